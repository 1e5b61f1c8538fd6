import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.agents.djmc.medoids import delta_medoids
from segue.features.errors import UserError


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.8))
def test_every_track_is_within_delta_of_a_representative(seed, delta):
    points = np.random.default_rng(seed).random((60, 3))
    chosen = delta_medoids(points, delta)
    distance = np.linalg.norm(points[:, None] - points[chosen][None], axis=2).min(axis=1)
    assert (distance <= delta).all()
    assert len(set(chosen.tolist())) == len(chosen)


def test_separate_clusters_are_represented_by_their_medoids():
    points = np.array([0.0, 0.1, 0.2, 5.0, 5.1, 5.2, 5.3, 5.4])[:, None]
    assert delta_medoids(points, 0.5).tolist() == [1, 5]


def test_with_a_delta_of_0_each_different_track_is_chosen():
    assert len(delta_medoids(np.array([[0.0], [1.0], [1.0], [2.0]]), 0.0)) == 3


def test_a_negative_delta_is_refused():
    with pytest.raises(UserError, match="0 or more"):
        delta_medoids(np.zeros((2, 1)), -1.0)

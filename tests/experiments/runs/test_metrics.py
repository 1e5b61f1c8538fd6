"""The metrics of a session, against numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segue.experiments.runs.metrics import playlist_diversity, session_metrics
from segue.features import open_catalog


def test_session_metrics_by_hand():
    catalog = open_catalog("synthetic:80")
    index, previous = np.array([3, 9, 4]), np.array([1, 3, 9])
    plays = pd.DataFrame(
        {
            "episode": 5,
            "position": [0, 1, 2],
            "index": index,
            "previous": previous,
            "listened": [1.0, 0.25, 1.0],
            "skipped": [False, True, False],
            "left": [False, False, True],
            "reward": [1.0, 0.25, 1.0],
            "utility_taste": [0.5, -1.0, 2.0],
        }
    )
    (row,) = session_metrics(plays, catalog).to_dict("records")
    assert (row["episode"], row["length"], row["completed"], row["left"]) == (5, 3, 2, True)
    assert row["return"] == 2.25
    assert row["skip_rate"] == pytest.approx(1 / 3)
    assert row["utility_taste"] == pytest.approx(0.5)
    t = catalog.transition_names.index("loudness_step")
    steps = catalog.transitions(previous, index)[:, t]
    assert row["transition_distance_loudness_step"] == pytest.approx(np.abs(steps - 0.5).mean() / 0.5)


def test_diversity_by_hand():
    features = np.array([[0.0, 0.0], [1.0, 0.5], [0.5, 0.5]], dtype=np.float32)
    # Pairs: (1 + .5)/2, (.5 + .5)/2, (.5 + 0)/2.
    assert playlist_diversity(features) == pytest.approx((0.75 + 0.5 + 0.25) / 3)
    assert playlist_diversity(features[:1]) == 0.0


@given(arrays(np.float32, st.tuples(st.integers(2, 9), st.just(3)), elements=st.floats(0, 1, width=32)))
def test_diversity_is_the_mean_over_all_pairs(features):
    n = len(features)
    pairs = [np.abs(features[i].astype(float) - features[j]).mean() for i in range(n) for j in range(i)]
    assert playlist_diversity(features) == pytest.approx(np.mean(pairs), abs=1e-6)

"""Point estimates, against numbers worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.experiments.analysis.scores import (
    interquartile_mean,
    normalised_score,
    probability_of_improvement,
    share_of_sessions_won,
)


def test_the_anchors_score_0_and_1():
    np.testing.assert_allclose(
        normalised_score([2.0, 4.0, 8.0, 1.0, 10.0], 2.0, 8.0), [0, 1 / 3, 1, -1 / 6, 4 / 3]
    )


def test_normalised_score_of_equal_anchors_is_unknown():
    assert np.isnan(normalised_score(3.0, 2.0, 2.0))


def test_interquartile_mean_by_hand():
    assert interquartile_mean([100.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, -100.0]) == 3.5  # two cut at each end
    assert interquartile_mean([0.0, 1.0, 2.0, 9.0, 50.0]) == 4.0  # one cut at each end
    assert interquartile_mean([0.0, 3.0, 9.0]) == 4.0  # nothing cut
    np.testing.assert_array_equal(interquartile_mean([[0, 1, 3, 99], [4, 4, 4, 4]]), [2, 4])


def test_probability_of_improvement_by_hand():
    # Pairs: 1>0, 1<2, 3>0, 3>2.
    assert probability_of_improvement([1, 3], [0, 2]) == 0.75
    assert probability_of_improvement([1, 2], [2]) == 0.25  # 1<2, and a tie for half
    assert probability_of_improvement([5.0], [5.0]) == 0.5


@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=6), st.lists(st.integers(-3, 3), min_size=1, max_size=6)
)
def test_one_agent_improves_as_often_as_the_other_does_not(first, second):
    forth, back = probability_of_improvement(first, second), probability_of_improvement(second, first)
    assert forth + back == pytest.approx(1.0)


def test_share_of_sessions_won_compares_the_same_sessions_only():
    returns = [[1.0, 5.0, 3.0]]
    others = [[0.0, 6.0, 3.0], [2.0, 4.0, 3.0]]
    # Against the first row: won, lost, tie; against the second: lost, won, tie.
    assert share_of_sessions_won(returns, others) == pytest.approx((1.5 + 1.5) / 6)

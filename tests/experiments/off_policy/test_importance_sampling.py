"""Estimates by weights: cases computed by hand, and the truth of the simulator."""

import numpy as np
import pytest

from segue.experiments.off_policy import (
    effective_sessions,
    importance_sampling,
    per_decision_importance_sampling,
    weighted_importance_sampling,
)
from segue.experiments.off_policy.importance_sampling import cumulative_weights
from segue.features.errors import UserError

TARGET = np.tile([0.75, 0.25], (5, 1))
# Ratios are 1.5 for action 0 and 0.5 for action 1, so the sessions weigh 2.25, 0.75 and 0.5.


def test_the_weights_of_a_case_computed_by_hand(two_plays):
    assert cumulative_weights(two_plays, TARGET).tolist() == [[1.5, 2.25], [1.5, 0.75], [0.5, 0.5]]
    assert effective_sessions(two_plays, TARGET) == pytest.approx(3.5**2 / (2.25**2 + 0.75**2 + 0.5**2))


def test_the_estimates_of_a_case_computed_by_hand(two_plays):
    assert importance_sampling(two_plays, TARGET).estimate == pytest.approx((6.75 + 9 + 8) / 3)
    assert per_decision_importance_sampling(two_plays, TARGET).estimate == pytest.approx((6 + 12 + 8) / 3)
    assert weighted_importance_sampling(two_plays, TARGET).estimate == pytest.approx(23.75 / 3.5)


def test_a_discount_counts_later_rewards_less(two_plays):
    found = importance_sampling(two_plays, TARGET, discount=0.5)
    assert found.estimate == pytest.approx((2.25 * 2 + 0.75 * 8 + 0.5 * 16) / 3)
    found = per_decision_importance_sampling(two_plays, TARGET, discount=0.5)
    assert found.estimate == pytest.approx((1.5 + 2.25 + 6 + 3 + 8) / 3)


def test_the_logging_policy_itself_is_valued_by_its_mean_return(recorded_log):
    log = recorded_log(100)
    target = np.zeros(log.masks.shape)
    target[np.arange(len(log.actions)), log.actions] = log.propensities
    returns = np.bincount(log.session_of, log.rewards)
    for estimate in (
        importance_sampling,
        per_decision_importance_sampling,
        weighted_importance_sampling,
    ):
        found = estimate(log, target)
        assert found.estimate == pytest.approx(returns.mean())
        error = 1.96 * returns.std() / 10
        assert (found.low, found.high) == pytest.approx(
            (returns.mean() - error, returns.mean() + error), abs=0.3 * error
        )


def test_a_target_that_never_does_what_was_logged_is_refused_or_worth_nothing(two_plays):
    never = np.zeros((5, 2))
    never[np.arange(5), 1 - two_plays.actions] = 1.0
    assert importance_sampling(two_plays, never) == (0.0, 0.0, 0.0)
    assert effective_sessions(two_plays, never) == 0.0
    with pytest.raises(UserError, match="would never have played any of the logged sessions"):
        weighted_importance_sampling(two_plays, never)

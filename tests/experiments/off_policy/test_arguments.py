"""Arguments of estimators outside their range are refused in a sentence."""

import numpy as np
import pytest

from segue.experiments.off_policy import (
    doubly_robust,
    estimate_value,
    fitted_q_evaluation,
    importance_sampling,
    per_decision_importance_sampling,
    weighted_importance_sampling,
)
from segue.features.errors import UserError

TARGET = np.tile([0.75, 0.25], (5, 1))
BY_WEIGHTS = (importance_sampling, per_decision_importance_sampling, weighted_importance_sampling)
BY_MODELS = (doubly_robust, fitted_q_evaluation)


@pytest.mark.parametrize("estimate", [*BY_WEIGHTS, *BY_MODELS])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("confidence", value) for value in (95, 0.0, 1.0, float("nan"))),
        *(("discount", value) for value in (2, -1, float("nan"))),
    ],
)
def test_confidence_and_discount_are_checked(estimate, name, value, two_plays):
    with pytest.raises(UserError, match=rf"{name} must lie between 0 and 1, .*but is {value}\."):
        estimate(two_plays, TARGET, **{name: value})


@pytest.mark.parametrize("estimate", BY_MODELS)
@pytest.mark.parametrize("ridge", [0.0, -1.0, float("nan"), float("inf")])
def test_the_ridge_is_checked(estimate, ridge, two_plays):
    with pytest.raises(UserError, match="ridge must be above 0 and finite"):
        estimate(two_plays, TARGET, ridge=ridge)


def test_all_estimators_at_once_check_the_discount_and_a_bootstrap_needs_resamples(two_plays):
    with pytest.raises(UserError, match=r"discount must lie between 0 and 1, but is 1.5\."):
        estimate_value(two_plays, TARGET, discount=1.5)
    with pytest.raises(UserError, match="resamples must be 1 or more"):
        fitted_q_evaluation(two_plays, TARGET, resamples=0)


@pytest.mark.parametrize("discount", [0, 1])
def test_the_ends_of_the_range_of_the_discount_are_allowed(discount, two_plays):
    assert np.isfinite(importance_sampling(two_plays, TARGET, discount=discount)).all()

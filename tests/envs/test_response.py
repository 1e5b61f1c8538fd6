"""Skips within a track and leaving after it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.envs.listener.departure import AbandonHazard
from segue.envs.listener.response import SkipHazard
from segue.features.errors import UserError

UNIFORM = (np.arange(20000) + 0.5) / 20000


def seconds_heard(utility, duration=200.0, **settings):
    fraction = SkipHazard(**settings).listened(UNIFORM, np.full(20000, utility), np.full(20000, duration))
    return fraction, fraction * duration


def test_at_utility_zero_the_published_shares_are_skipped():
    fraction, seconds = seconds_heard(0.0)
    assert (seconds <= 5).mean() == pytest.approx(0.24, abs=1e-3)
    assert (seconds <= 30).mean() == pytest.approx(0.35, abs=1e-3)
    assert (fraction < 1).mean() == pytest.approx(0.49, abs=1e-3)


def test_the_hazard_is_proportional():
    hazard = SkipHazard(beta=1.5)
    fraction, _ = seconds_heard(0.4, beta=1.5)
    assert (fraction == 1).mean() == pytest.approx(0.51 ** np.exp(-1.5 * 0.4), abs=1e-3)
    assert hazard.completion(np.array([0.4]))[0] == pytest.approx(0.51 ** np.exp(-1.5 * 0.4))


@given(utility=st.floats(-6, 6), duration=st.floats(1.0, 4000.0))
def test_expected_listening_is_the_mean_of_the_draws(utility, duration):
    fraction, _ = seconds_heard(utility, duration)
    expected = SkipHazard().expected(np.array([utility]), np.array([duration]))[0]
    assert fraction.mean() == pytest.approx(expected, abs=2e-3)
    assert fraction.min() >= 0
    assert fraction.max() <= 1


@given(st.floats(-5, 5), st.floats(0.01, 2))
def test_more_utility_never_means_less_listening(utility, more):
    low, _ = seconds_heard(utility)
    high, _ = seconds_heard(utility + more)
    assert (high >= low).all()


def test_leaving_follows_the_written_logit():
    hazard = AbandonHazard(a=-3.0, b=0.5, c=0.7, shape=0.6, scale=8.0)
    by_hand = -3.0 + 0.5 * 2 - 0.7 * 0.3 + (0.6 - 1.0) * np.log(4 / 8.0)
    probability = hazard.probability(np.array([4]), np.array([2]), np.array([0.3]))
    assert probability[0] == pytest.approx(1 / (1 + np.exp(-by_hand)))


def test_a_listener_who_never_leaves_never_leaves():
    hazard = AbandonHazard(never=True, a=50.0)
    assert hazard.probability(np.array([9]), np.array([9]), np.array([-9.0]))[0] == 0.0


@pytest.mark.parametrize(
    ("model", "settings", "named"),
    [
        (SkipHazard, {"beta": 0}, "beta"),
        (SkipHazard, {"skipped": 0.2}, "skipped"),
        (AbandonHazard, {"decay": 1.0}, "decay"),
    ],
)
def test_impossible_settings_are_refused(model, settings, named):
    with pytest.raises(UserError, match=named):
        model(**settings)

"""The response (skips within a track) and the departure after it."""

import sys
import types
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.envs import ResponseModel
from segue.envs.compiled.draws.noise import RESPONSE
from segue.envs.compiled.draws.philox import uniform_rows
from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting
from segue.envs.listener.departure import AbandonHazard
from segue.envs.listener.response import SkipHazard
from segue.features.errors import UserError

UNIFORM = (np.arange(20000) + 0.5) / 20000


def seconds_heard(utility, duration=200.0, **settings):
    fraction = SkipHazard(**settings).listened(UNIFORM, np.full(20000, utility), np.full(20000, duration))
    return fraction, fraction * duration


def test_the_published_shares_are_skipped_at_utility_zero():
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


def test_departure_follows_the_documented_logit():
    hazard = AbandonHazard(a=-3.0, b=0.5, c=0.7, shape=0.6, scale=8.0)
    by_hand = -3.0 + 0.5 * 2 - 0.7 * 0.3 + (0.6 - 1.0) * np.log(4 / 8.0)
    probability = hazard.probability(np.array([4]), np.array([2]), np.array([0.3]))
    assert probability[0] == pytest.approx(1 / (1 + np.exp(-by_hand)))


def test_never_overrides_the_other_departure_settings():
    hazard = AbandonHazard(never=True, a=50.0)
    assert hazard.probability(np.array([9]), np.array([9]), np.array([-9.0]))[0] == 0.0


@pytest.mark.parametrize(
    ("model", "settings", "setting"),
    [
        (SkipHazard, {"beta": 0}, "beta"),
        (SkipHazard, {"skipped": 0.2}, "skipped"),
        (AbandonHazard, {"decay": 1.0}, "decay"),
    ],
)
def test_impossible_settings_are_rejected(model, settings, setting):
    with pytest.raises(UserError, match=setting):
        model(**settings)


@dataclass(frozen=True)
class Patience(ResponseModel):
    """Hears the same share of every track, or all of it if the uniform draw is above 0.6."""

    share: float = 0.25

    def listened(self, uniform, utility, duration):
        return np.where(uniform > 0.6, 1.0, self.share)


class Copied(SkipHazard):
    """The built-in model as a custom model."""


@pytest.fixture
def begin(monkeypatch):
    """Begins 400 sessions of the full listener with a custom response."""
    module = types.ModuleType("custom_responses")
    module.Patience, module.Copied = Patience, Copied
    monkeypatch.setitem(sys.modules, "custom_responses", module)

    def make(**response):
        listener = {"preset": "full", "response": response}
        setting = build_setting(catalog="synthetic:400", listener=listener, pool_size=12, length=8)
        sessions = Sessions(setting, [np.random.default_rng(row) for row in range(400)])
        sessions.begin(np.arange(400))
        return sessions

    return make


def test_a_custom_response_determines_the_heard_fractions(begin):
    sessions = begin(model="custom_responses:Patience", share=0.125)
    noise = uniform_rows(sessions.state.key, np.uint64(0), RESPONSE, sessions.position, 1)[:, 0]
    expected = sessions.expected_reward()
    step = sessions.step(np.zeros(400, int))
    assert np.array_equal(step.listened, np.where(noise > 0.6, 1.0, 0.125))
    assert np.array_equal(step.skipped, noise <= 0.6)
    assert np.array_equal(step.reward, step.listened)
    assert expected == pytest.approx(0.4 + 0.6 * 0.125, abs=2e-3)
    repeated = sessions.step(np.zeros(400, int))
    assert (repeated.listened == 0).all()
    assert repeated.skipped.all()


def test_the_built_in_response_as_a_custom_one_gives_the_same_sessions(begin):
    shares = {"skipped_5s": 0.1, "skipped_30s": 0.3, "skipped": 0.6}
    compiled = begin(beta=1.4, **shares)
    custom = begin(model="custom_responses:Copied", beta=1.4, **shares)
    for slot in range(8):
        left, right = compiled.step(np.full(400, slot)), custom.step(np.full(400, slot))
        assert np.array_equal(left.listened, right.listened)
        assert np.array_equal(left.utility, right.utility)
        assert np.array_equal(left.terminated, right.terminated)


@pytest.mark.parametrize("duration", [40.0, 210.0])
def test_numerical_expectations_are_close_to_the_closed_forms(duration):
    utility = np.linspace(-2, 2, 12).reshape(3, 4)
    length = np.full((3, 4), duration)
    closed = SkipHazard()
    assert ResponseModel.expected(closed, utility, length) == pytest.approx(
        closed.expected(utility, length), abs=5e-3
    )
    assert ResponseModel.completion(closed, utility) == pytest.approx(closed.completion(utility), abs=5e-3)


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ({"model": "json:dumps"}, "json:dumps is not a dataclass that inherits segue.envs.ResponseModel"),
        ({"model": "custom_responses:Patience", "shore": 1}, "did you mean 'share'"),
        ({"model": "no_such_module:Patience"}, "no_such_module"),
    ],
)
def test_an_invalid_response_is_reported_with_a_fix(begin, response, message):
    with pytest.raises(UserError) as caught:
        begin(**response)
    assert message in str(caught.value)


@pytest.mark.parametrize("duration", [20.0, 200.0])
def test_the_base_hazard_is_what_a_draw_reaches(duration):
    response = SkipHazard(beta=1.5, skipped_5s=0.2, skipped_30s=0.35, skipped=0.6, centre=0.3)
    draws, utility = np.linspace(0.02, 0.9, 40), np.full(40, 0.2)
    listened = response.listened(draws, utility, np.full(40, duration))
    rate, reached = response.base_hazard(listened * duration, np.full(40, duration))
    inside = listened < 1
    assert 5 < inside.sum() < 40
    # The survival at the time of a skip is one minus the draw.
    survival = np.exp(-reached * np.exp(-1.5 * 0.2))
    assert survival[inside] == pytest.approx(1 - draws[inside])
    # The rate is the slope of the integral.
    _, later = response.base_hazard(listened * duration + 1e-6, np.full(40, duration))
    assert (later - reached)[inside] / 1e-6 == pytest.approx(rate[inside], rel=1e-3)

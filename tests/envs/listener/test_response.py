"""Skips within a track and leaving after it."""

import sys
import types
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.envs import ResponseModel
from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting
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


@dataclass(frozen=True)
class Patience(ResponseModel):
    """Hears every track for the same share, or to its end if luck is above a bar."""

    share: float = 0.25

    def listened(self, uniform, utility, duration):
        return np.where(uniform > 0.6, 1.0, self.share)


class Copied(SkipHazard):
    """The built-in model, but as one's own."""


@pytest.fixture
def begin(monkeypatch):
    """Begins 400 sessions of the full listener with a response of one's own."""
    module = types.ModuleType("responses_of_mine")
    module.Patience, module.Copied = Patience, Copied
    monkeypatch.setitem(sys.modules, "responses_of_mine", module)

    def make(**response):
        listener = {"preset": "full", "response": response}
        setting = build_setting(catalog="synthetic:400", listener=listener, pool_size=12, length=8)
        sessions = Sessions(setting, [np.random.default_rng(row) for row in range(400)])
        sessions.begin(np.arange(400))
        return sessions

    return make


def test_a_response_of_ones_own_is_what_is_heard(begin):
    sessions = begin(model="responses_of_mine:Patience", share=0.125)
    noise = sessions.state.noise[:, 0, 0].copy()
    expected = sessions.expected_reward()
    step = sessions.step(np.zeros(400, int))
    assert np.array_equal(step.listened, np.where(noise > 0.6, 1.0, 0.125))
    assert np.array_equal(step.skipped, noise <= 0.6)
    assert np.array_equal(step.reward, step.listened)
    assert expected == pytest.approx(0.4 + 0.6 * 0.125, abs=2e-3)
    repeated = sessions.step(np.zeros(400, int))
    assert (repeated.listened == 0).all()
    assert repeated.skipped.all()


def test_the_built_in_response_as_ones_own_gives_the_same_sessions(begin):
    compiled, own = begin(beta=1.4), begin(model="responses_of_mine:Copied", beta=1.4)
    for slot in range(8):
        left, right = compiled.step(np.full(400, slot)), own.step(np.full(400, slot))
        assert np.array_equal(left.listened, right.listened)
        assert np.array_equal(left.utility, right.utility)
        assert np.array_equal(left.terminated, right.terminated)


@pytest.mark.parametrize("duration", [40.0, 210.0])
def test_expectations_without_closed_forms_are_near_them(duration):
    utility = np.linspace(-2, 2, 12).reshape(3, 4)
    length = np.full((3, 4), duration)
    closed = SkipHazard()
    assert ResponseModel.expected(closed, utility, length) == pytest.approx(
        closed.expected(utility, length), abs=5e-3
    )
    assert ResponseModel.completion(closed, utility) == pytest.approx(closed.completion(utility), abs=5e-3)


@pytest.mark.parametrize(
    ("response", "sentence"),
    [
        ({"model": "json:dumps"}, "json:dumps is not a dataclass that inherits segue.envs.ResponseModel"),
        ({"model": "responses_of_mine:Patience", "shore": 1}, "did you mean 'share'"),
        ({"model": "no_such_module:Patience"}, "no_such_module"),
    ],
)
def test_a_wrong_response_is_named(begin, response, sentence):
    with pytest.raises(UserError) as caught:
        begin(**response)
    assert sentence in str(caught.value)

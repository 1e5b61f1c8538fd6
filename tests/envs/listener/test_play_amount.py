"""A skip is not a full listen: what a partial play adds to the terms that accumulate plays."""

import sys
import types
from dataclasses import dataclass

import numpy as np
import pytest

from segue.envs import ResponseModel, Term
from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting
from segue.features.errors import UserError


@dataclass(frozen=True)
class Share(ResponseModel):
    """Hears the same share of every track."""

    share: float = 0.25

    def listened(self, uniform, utility, duration):
        return np.full_like(utility, self.share)


@dataclass
class Total(Term):
    """Sums the amounts of all plays."""

    source = "a test"

    def bind(self, context):
        self.n_state = 1

    def utility(self, sessions, slots, hidden, state):
        return np.zeros(slots.shape)

    def update(self, sessions, play, hidden, state):
        state[:, 0] += play.amount


@pytest.fixture
def begin(monkeypatch):
    """Begins sessions of a listener who hears a fixed share of every track."""
    module = types.ModuleType("custom_listener")
    module.Share, module.Total = Share, Total
    monkeypatch.setitem(sys.modules, "custom_listener", module)

    def make(terms, share=0.25, batch=1, **listener):
        config = {"terms": terms, "departure": {"never": True}, **listener}
        config["response"] = {"model": "custom_listener:Share", "share": share}
        setting = build_setting(catalog="synthetic:600", listener=config, pool_size=40, length=20)
        sessions = Sessions(setting, [np.random.default_rng(row) for row in range(batch)])
        sessions.begin(np.arange(batch))
        return sessions

    return make


RULES = {"fraction": 0.25, "any": 1.0, "completed": 0.0}


@pytest.mark.parametrize(("rule", "amount"), RULES.items())
def test_the_rule_determines_the_amount_of_a_partial_play(begin, rule, amount):
    sessions = begin({"total": {"term": "custom_listener:Total"}}, play_amount=rule)
    assert sessions.step(np.zeros(1, int)).amount[0] == amount
    sessions.step(np.ones(1, int))
    assert sessions.state_of("total")[0, 0] == 2 * amount


@pytest.mark.parametrize("rule", RULES)
def test_a_completed_play_counts_in_full_and_a_repeat_not_at_all(begin, rule):
    sessions = begin({"total": {"term": "custom_listener:Total"}}, share=1.0, play_amount=rule)
    assert sessions.step(np.zeros(1, int)).amount[0] == 1.0
    assert sessions.step(np.zeros(1, int)).amount[0] == 0.0
    assert sessions.state_of("total")[0, 0] == 1.0


def test_by_default_the_compiled_response_counts_the_fraction_heard():
    setting = build_setting(catalog="synthetic:600", listener="full", pool_size=12, length=8)
    sessions = Sessions(setting, [np.random.default_rng(row) for row in range(100)])
    sessions.begin(np.arange(100))
    step = sessions.step(np.zeros(100, int))
    assert 0 < step.skipped.mean() < 1
    assert np.array_equal(step.amount, step.listened)


def change(begin, terms, share, **listener):
    """How the utility of all candidates changes when the first one is played."""
    sessions = begin(terms, share, batch=30, **listener)
    before = sessions.utility()
    sessions.step(np.zeros(30, int))
    return sessions.utility() - before


def test_satiation_grows_with_the_fraction_heard(begin):
    full, quarter, none = (change(begin, {"satiation": {}}, share) for share in (1.0, 0.25, 0.0))
    assert full.min() < -0.3
    assert np.allclose(quarter, 0.25 * full)
    assert (none == 0).all()


def test_familiarity_grows_with_the_fraction_heard(begin):
    # With a distant optimum and a small pull the utility is close to linear in the activation.
    terms = {"exposure": {"best": 50.0, "width": 10.0, "pull": 0.001}}
    full, quarter, none = (change(begin, terms, share) for share in (1.0, 0.25, 0.0))
    added, partly = full - none, quarter - none
    assert added.min() < -1e-4
    assert np.allclose(partly, 0.25 * added, atol=1e-7)


def test_the_pleasure_of_repetition_grows_with_the_fraction_heard(begin):
    terms = {"boredom": {"pleasure": 0.5, "onset": 0.0}}
    full, quarter = (change(begin, terms, share) for share in (1.0, 0.25))
    assert full.max() == pytest.approx(0.5 * 0.6)
    assert np.allclose(quarter, 0.25 * full)


def test_nobody_is_bored_by_tracks_that_were_skipped_at_once(begin):
    terms = {"boredom": {"pleasure": 0.5, "onset": 100.0, "recovery": 0.0, "clusters": 1}}
    for share, bored in ((0.0, 0.0), (1.0, 1.0)):
        sessions = begin(terms, share, batch=30)
        for slot in range(5):
            sessions.step(np.full(30, slot))
        assert (sessions.state_of("boredom")[:, 0] == bored).all()


def test_the_taste_drifts_with_the_fraction_heard(begin):
    moved = []
    for share in (1.0, 0.25, 0.0):
        sessions = begin({"taste": {}, "drift": {}}, share, batch=30)
        before = sessions.state_of("taste").copy()
        sessions.step(np.zeros(30, int))
        moved.append(sessions.state_of("taste") - before)
    full, quarter, none = moved
    assert np.abs(full).max() > 0.1
    assert np.allclose(quarter, 0.25 * full)
    assert (none == 0).all()


def test_an_unknown_rule_is_reported_with_a_suggestion():
    with pytest.raises(
        UserError, match="Unknown play_amount of the listener 'complete'; did you mean 'completed'"
    ):
        build_setting(catalog="synthetic:60", listener={"terms": {"taste": {}}, "play_amount": "complete"})

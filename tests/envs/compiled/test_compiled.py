"""The compiled loops match the NumPy forms of the terms and transitions."""

import sys
import types

import numpy as np
import pytest
from scipy.stats import norm

from segue.envs.compiled.draws.philox import stream_id, uniform_rows
from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting
from segue.envs.listener.term import Play
from segue.envs.listener.terms.satiation import Satiation
from segue.features.catalog.transitions import transition_features

EVERY_TERM = {
    "taste": {},
    "transition": {"memory": 4},
    "satiation": {"noise": 0.1},
    "boredom": {"onset": 0.6},
    "exposure": {},
    "drift": {"rate": 0.5},
    "energy_arc": {"curve": "waves"},
    "engagement": {"noise": 0.2},
    "by-artist": {"term": "satiation", "by": "artist", "weight": 0.5},
    "peak_end": {},
    "song_bins": {},
    "transition_bins": {},
    "conjunctions": {},
}


@pytest.fixture
def sessions():
    """Returns started sessions with every compiled term."""
    setting = build_setting(catalog="synthetic:300", listener={"terms": EVERY_TERM}, pool_size=30, length=15)
    made = Sessions(setting, [np.random.default_rng(row) for row in range(20)])
    made.begin(np.arange(20))
    return made


def test_all_terms_of_this_listener_are_compiled(sessions):
    assert sessions.setting.term_table.in_numpy == ()
    assert len(sessions.setting.term_table.groups) == 2


def test_utilities_and_updates_match_the_numpy_forms(sessions):
    rng = np.random.default_rng(5)
    listener, rows = sessions.setting.listener, np.arange(20)
    for _ in range(12):
        compiled = sessions.utilities()
        slots = np.broadcast_to(np.arange(30), (20, 30))
        for name, term in listener.terms.items():
            plain = term.utility(sessions, slots, sessions.hidden_of(name), sessions.state_of(name))
            assert np.allclose(compiled[name], term.weight * plain, rtol=1e-6, atol=1e-6), name

        numpy_copy = sessions.repeat(rows)
        chosen = rng.integers(30, size=20)
        now = np.minimum(sessions.position, 14)
        running = ~sessions.state.ended
        result = sessions.step(chosen)
        for name, term in listener.terms.items():
            noise = uniform_rows(
                sessions.state.key, np.uint64(0), np.uint64(stream_id(f"noise/{name}")), now, term.n_noise
            )
            noise = norm.ppf(noise) if term.normal_noise else noise
            play = Play(chosen, result.heard, result.utility, result.listened, result.amount, noise=noise)
            term.update(numpy_copy, play, numpy_copy.hidden_of(name), numpy_copy.state_of(name))
        for name in listener.terms:
            expected, got = numpy_copy.state_of(name)[running], sessions.state_of(name)[running]
            assert np.allclose(got, expected, rtol=1e-9, atol=1e-9), name


def test_observed_transitions_match_transition_features(sessions):
    from segue.envs.core.observation import ObservationLayout

    layout = ObservationLayout(sessions.setting)
    for slot in range(3):
        seen = layout.observe(sessions)["transitions"]
        boundary_features = sessions.catalog.boundary_features
        plain = transition_features(
            boundary_features[sessions.current][:, None, :], boundary_features[sessions.pool]
        )
        assert np.allclose(seen, plain, atol=1e-6)
        sessions.step(np.full(20, slot))


class PlainSatiation(Satiation):
    """A subclass runs in its NumPy form, because it may override it."""


def test_a_term_in_numpy_gives_the_same_session_as_its_compiled_form(monkeypatch):
    custom = types.ModuleType("custom_terms")
    custom.PlainSatiation = PlainSatiation
    monkeypatch.setitem(sys.modules, "custom_terms", custom)
    totals = []
    for kind in ("satiation", "custom_terms:PlainSatiation"):
        listener = {
            "terms": {"taste": {}, "stock": {"term": kind, "noise": 0.1}, "transition": {}, "drift": {}}
        }
        setting = build_setting(catalog="synthetic:300", listener=listener, pool_size=30, length=15)
        made = Sessions(setting, [np.random.default_rng(row) for row in range(8)])
        made.begin(np.arange(8))
        totals.append([made.step(np.full(8, slot)) for slot in range(15)])
    assert any(step.listened.any() for step in totals[0])
    for compiled, plain in zip(*totals, strict=True):
        assert np.allclose(compiled.utility, plain.utility, rtol=1e-9)
        assert np.allclose(compiled.listened, plain.listened, rtol=1e-6)


def test_the_long_averages_follow_the_liked_tracks(sessions):
    from segue.envs.core.observation import ObservationLayout

    layout = ObservationLayout(sessions.setting)
    sessions = sessions.repeat(np.array([0]))
    heard, shares = [], []
    for slot in range(4):
        if sessions.state.ended[0]:
            break
        result = sessions.step(np.array([slot]))
        heard.append(sessions.catalog.matrix[result.track[0]].astype(float))
        shares.append(result.listened[0])
    weights = np.array(shares) * 0.97 ** np.arange(len(shares))[::-1]
    context = layout.observe(sessions)["context"][0]
    by_hand = (weights[:, None] * heard).sum(axis=0) / weights.sum()
    assert context[layout.context_slice("liked_mean")] == pytest.approx(by_hand, abs=1e-6)
    assert context[layout.context_slice("liked_weight")] == pytest.approx(weights.sum() / (weights.sum() + 2))
    assert context[layout.context_slice("current")] == pytest.approx(heard[-1])
    assert context[layout.context_slice("last_listened")] == pytest.approx(shares[-1])

"""Planted listeners are recovered, and what a log does not show is left out."""

import numpy as np
import pytest

from segue.envs import load_preset
from segue.envs.listener.terms.engagement import Engagement
from segue.experiments.fitting import selection
from segue.experiments.fitting.fit import fit_listener
from segue.experiments.fitting.likelihood.estimate import estimate
from segue.experiments.fitting.likelihood.model import ListenerModel
from segue.experiments.fitting.likelihood.momentum import momentum_of
from segue.experiments.fitting.likelihood.parameters import to_free
from segue.experiments.fitting.play_arrays import play_arrays
from segue.experiments.fitting.regressors import no_regressors, term_regressors
from segue.experiments.fitting.simulated_logs import simulate_log
from segue.experiments.fitting.splits import split_plays
from segue.features.errors import UserError

BARE = {"preset": "session", "terms": {"taste": {"weight": 0}, "transition": {"weight": 0}}}
"""The listener of `segue/Session-v0` without what depends on tracks."""


def model_of(listener, log, catalog=None):
    arrays = play_arrays(log, catalog)
    preset = load_preset(listener)
    known = no_regressors(len(arrays), {}) if catalog is None else term_regressors(arrays, catalog, preset)
    return ListenerModel(preset, arrays, known)


def errors_of(model, found):
    """Errors of the estimates in standard errors, by name."""
    gap = found.numbers - to_free(model.start, found.names)
    return dict(zip(found.names, gap / np.sqrt(np.diag(found.covariance())), strict=True))


def away(model):
    """Values to begin with that are far from the truth."""
    far = {"bias": 0.5, "level_spread": 0.3, "persistence": 0.6, "gain": 0.3, "noise": 0.5, "opening": 0.2}
    return {**model.initial(), **far}


@pytest.mark.parametrize("timed", [True, False])
def test_bias_engagement_response_and_departure_are_recovered(timed):
    log = simulate_log(BARE, "synthetic:200", listeners=1200, seed=4).plays
    model = model_of(BARE, log if timed else log.drop(columns=["listened", "listened_s"]))
    found = estimate(model, away(model), model.free)
    errors = errors_of(model, found)
    assert {"bias", "level_spread", "persistence", "gain", "noise", "opening"} <= set(errors)
    assert ("until_5s" in errors) == timed
    assert {name: error for name, error in errors.items() if abs(error) > 3.5} == {}
    # Who skips a track seldom skips it at once: the log does tell something of the gain.
    assert found.values["gain"] == pytest.approx(model.start["gain"], abs=0.25)


def test_the_weights_of_terms_are_recovered():
    listener = {**BARE, "terms": {"taste": {"weight": 0.8}, "transition": {"weight": 0.6}}}
    log = simulate_log(listener, "synthetic:300", listeners=60, sessions_each=6, length=12, seed=2)
    model = model_of(listener, log.plays, log.setting.catalog)
    found = estimate(model, {**model.initial(), "weight.taste": 0.3, "weight.transition": 0.2}, model.free)
    errors = errors_of(model, found)
    assert max(abs(errors["weight.taste"]), abs(errors["weight.transition"])) < 3.5
    assert found.values["weight.taste"] > 0.4
    assert found.values["weight.transition"] > 0.25


def test_a_penalty_does_not_draw_intervals_toward_0():
    listener = {**BARE, "terms": {"taste": {"weight": 0.8}, "transition": {"weight": 0}}}
    log = simulate_log(listener, "synthetic:300", listeners=60, sessions_each=6, length=12, seed=2)
    model = model_of(listener, log.plays, log.setting.catalog)
    free, shrunk = (estimate(model, model.start, ("bias", "weight.taste"), penalty=p) for p in (0.0, 100.0))
    drawn = shrunk.values["weight.taste"] - free.values["weight.taste"]
    assert drawn < -0.1
    moved = np.subtract(shrunk.intervals()["weight.taste"], free.intervals()["weight.taste"])
    assert np.abs(moved).max() < 0.6 * abs(drawn)


def test_the_weight_of_a_taste_that_drifts_at_random_is_recovered():
    terms = {"taste": {"weight": 0.8}, "transition": {"weight": 0}, "drift": {"rate": 1.0}}
    listener = {"preset": "session", "terms": terms}
    log = simulate_log(listener, "synthetic:1000", listeners=400, sessions_each=6, seed=5)
    model = model_of(listener, log.plays, log.setting.catalog)
    found = estimate(model, model.start, ("bias", "weight.taste"))
    assert found.values["weight.taste"] == pytest.approx(0.8, abs=0.045)


def test_a_log_without_order_effects_shows_none():
    still = {"persistence": 0.0, "gain": 0.0, "noise": 0.0, "opening": 0.0, "level_spread": 0.7}
    listener = {**BARE, "terms": {**BARE["terms"], "engagement": still}}
    log = simulate_log(listener, "synthetic:200", listeners=600, seed=3).plays
    found = fit_listener(log, None, BARE)
    assert "momentum of the engagement" in found.unsupported
    assert found.estimate.values["gain"] == 0
    assert found.estimate.values["level_spread"] == pytest.approx(0.7, abs=0.15)


def test_terms_that_plays_do_not_depend_on_are_left_out():
    terms = {"taste": {"weight": 0.8}, "transition": {"weight": 0.0}}
    log = simulate_log({"preset": "session", "terms": terms}, "synthetic:300", listeners=250, seed=8)
    asked = {"transition": {}, "satiation": {}, "energy_arc": {}, "taste": {}}
    found = fit_listener(log.plays, log.setting.catalog, {"preset": "session", "terms": asked})
    assert {"transition", "satiation", "energy_arc"} <= set(found.unsupported)
    assert found.estimate.values["weight.taste"] == pytest.approx(0.8, abs=0.25)
    low, high = found.estimate.intervals()["weight.taste"]
    assert 0.3 < low < 0.8 < high < 1.2
    assert "momentum of the engagement" not in found.unsupported


@pytest.mark.parametrize("weight", [0.2, 0.0])
def test_a_weak_term_that_only_all_plays_of_a_long_log_show_is_found(weight, monkeypatch):
    terms = {"taste": {"weight": 0.8}, "transition": {"weight": weight}}
    listener = {"preset": "session", "terms": terms}
    log = simulate_log(listener, "synthetic:300", listeners=250, sessions_each=4, seed=3)
    monkeypatch.setattr(selection, "SEARCHED", 800)  # too few to show the weak transitions
    asked = {"preset": "session", "terms": {"taste": {}, "transition": {}}}
    model = model_of(asked, log.plays, log.setting.catalog)
    found, _, unsupported = selection.choose_terms(
        model, split_plays(model.plays, 0), lambda what, share: None
    )
    assert ("transition" in unsupported) == (weight == 0)
    assert found.values.get("weight.transition", 0.0) == pytest.approx(weight, abs=0.1)


def test_a_search_far_from_the_truth_or_in_a_log_that_tells_little_does_not_run_off():
    log = simulate_log("session", "synthetic:200", listeners=20, sessions_each=8, seed=1)
    whole = fit_listener(log.plays, log.setting.catalog, "djset")
    hidden = np.random.default_rng(0).random(len(log.plays)) < 0.5
    masked = log.plays.drop(columns=["listened", "listened_s"])
    masked["skipped"] = masked["skipped"].mask(hidden)
    for found in (whole, fit_listener(masked, None, "session")):
        values = found.estimate.values
        assert np.isfinite(found.estimate.log_likelihood)
        assert {name: value for name, value in values.items() if abs(value) > 5} == {}


def test_the_step_of_the_momentum_is_that_of_the_term():
    step = momentum_of(Engagement(persistence=0.6, gain=0.25, noise=0.4))
    assert (step.persistence, step.constant) == pytest.approx((0.6, -0.25))
    assert (step.slope, step.noise) == pytest.approx((0.5, 0.4))


def test_logs_that_tell_nothing_are_refused():
    log = simulate_log(BARE, "synthetic:200", listeners=30, seed=0).plays
    silent = log.drop(columns=["listened", "listened_s", "skipped"])
    with pytest.raises(UserError, match="whether it was skipped"):
        fit_listener(silent, None, BARE)
    for skipped, what in ((True, "kept"), (False, "skipped")):
        with pytest.raises(UserError, match=f"Only 0 of .* are known to be {what}"):
            fit_listener(log.drop(columns=["listened", "listened_s"]).assign(skipped=skipped), None, BARE)
    with pytest.raises(UserError, match="too few to fit and to check"):
        fit_listener(log[log["session"].isin(log["session"].unique()[:5])], None, BARE)

"""An effect against its term: it is named as such, and the baselines see the term all the same."""

import pytest

from segue.envs import load_preset
from segue.experiments.fitting.fit import _within_bounds, fit_listener
from segue.experiments.fitting.goodness import summary
from segue.experiments.fitting.goodness.forecasts import FITTED, TREES
from segue.experiments.fitting.likelihood.estimate import estimate
from segue.experiments.fitting.likelihood.model import ListenerModel
from segue.experiments.fitting.play_arrays import play_arrays
from segue.experiments.fitting.regressors import term_regressors
from segue.experiments.fitting.simulated_logs import simulate_log
from segue.experiments.fitting.written_preset import preset_of

LISTENER = {
    **load_preset("session").listener,
    "bias": 0.0,
    "terms": {"transition": {"weight": 3.0, "memory": 1}},
}


@pytest.fixture(scope="module")
def log():
    """Plays of listeners who skip after smooth transitions, and their catalogue."""
    made = simulate_log(LISTENER, "synthetic:200", listeners=60, sessions_each=3, length=15, seed=1)
    plays = made.plays.drop(columns=["listened", "listened_s"])
    return plays.assign(skipped=~plays["skipped"]), made.setting.catalog


@pytest.fixture(scope="module")
def fitted(log):
    return fit_listener(*log, LISTENER)


def test_a_term_whose_effect_is_opposite_is_named_as_such(fitted):
    assert "opposite sign" in fitted.unsupported["transition"]
    assert "Left out: transition, since its effect in the log has the opposite sign" in " ".join(
        summary.notes(fitted)
    )
    assert preset_of(fitted, "mine", "log")["terms"]["transition"]["weight"] == 0


def test_the_baselines_see_terms_that_the_fitted_listener_leaves_out(fitted):
    auc = fitted.forecasts.set_index(["set", "forecast"])["auc"]["held-out listeners"]
    assert auc[TREES] > 0.7 > auc[FITTED]
    assert "worse than boosted trees" in summary.verdict(fitted)


def test_several_sessions_of_each_listener_are_not_said_to_be_one(fitted):
    assert "spread of the bias" in fitted.unsupported
    assert not [note for note in summary.notes(fitted) if "about one session each" in note]


def test_an_effect_that_only_the_whole_log_turns_is_left_out_too(log):
    plays, catalog = log
    arrays, preset = play_arrays(plays, catalog), load_preset(LISTENER)
    model = ListenerModel(preset, arrays, term_regressors(arrays, catalog, preset))
    found = estimate(model, model.initial(), ("bias", "weight.transition"))
    assert found.values["weight.transition"] < -1
    without, smaller = _within_bounds(found, model)
    assert without.names == ("bias",)
    assert smaller.regressors.names == ()
    assert "opposite sign" in smaller.regressors.unsupported["transition"]

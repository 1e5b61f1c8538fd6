"""What each kind of response says of the skip hazard, and that stopped plays and short times do no harm."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from segue.envs import load_preset
from segue.envs.listener.response import SkipHazard
from segue.experiments.fitting.likelihood.estimate import estimate
from segue.experiments.fitting.likelihood.model import ListenerModel
from segue.experiments.fitting.likelihood.parameters import to_free
from segue.experiments.fitting.likelihood.responses import response_hazards
from segue.experiments.fitting.play_arrays import play_arrays
from segue.experiments.fitting.regressors import no_regressors
from segue.experiments.fitting.simulated_logs import simulate_log
from segue.features.errors import UserError

BARE = {"preset": "session", "terms": {"taste": {"weight": 0}, "transition": {"weight": 0}}}
STILL = {"persistence": 0.0, "gain": 0.0, "noise": 0.0, "opening": 0.0, "level_spread": 0.7}
LEVELS = {**BARE, "terms": {**BARE["terms"], "engagement": STILL}}
"""Listeners whose sessions differ in their level only."""


def model_of(listener, log):
    arrays = play_arrays(log, None)
    return ListenerModel(load_preset(listener), arrays, no_regressors(len(arrays), {}))


def test_hazards_of_every_kind_of_response():
    # The base hazard is 0.02 per s until 5 s, 0.01 until 30 s, and 0.0035 until 130 s.
    hazard = SkipHazard(1.0, *(1 - np.exp(-np.array([0.1, 0.35, 0.7]))))
    rows = [
        (True, 10.0),
        (True, 0.0),
        (True, 0.4),
        (True, None),
        (False, 130.0),
        (False, None),
        (False, 10.0),
        (None, 10.0),
        (None, 0.0),
        (None, None),
    ]
    log = pd.DataFrame(rows, columns=["skipped", "listened_s"]).astype({"skipped": "boolean"})
    log = log.assign(session="s", listener="l", position=range(len(rows)), track="x", duration_s=130.0)
    seen = response_hazards(play_arrays(log, None), hazard)
    assert seen.exact.tolist() == [True] + [False] * 9
    # Skips before 1 s count as skips until 1 s; a play that stops at 10 s was not skipped until then.
    assert seen.hazard == pytest.approx([0.15, 0.02, 0.02, 0.7, 0.7, 0.7, 0.15, 0.15, 0, 0])
    assert seen.log_rate == pytest.approx([np.log(0.01)] + [0] * 9)


def test_skips_at_0_s_do_not_bias_the_estimates():
    log = simulate_log(BARE, "synthetic:200", listeners=400, seed=5).plays
    skipped = log["skipped"].to_numpy(bool)
    short = skipped & (log["listened_s"].to_numpy() < 1)
    others = skipped & (np.random.default_rng(0).random(len(log)) < 0.02)
    assert 0.1 < short.sum() / skipped.sum() < 0.3
    names = ("bias", "level_spread", "noise", "until_5s", "until_30s")

    def estimated(at_0):
        changed = log.assign(**{name: log[name].mask(at_0, 0.0) for name in ("listened", "listened_s")})
        model = model_of(BARE, changed)
        found = estimate(model, model.start, names)
        return found.numbers, np.sqrt(np.diag(found.covariance())), to_free(model.start, names)

    as_logged, errors, truth = estimated(np.full(len(log), False))
    rounded, _, _ = estimated(short)
    assert np.abs((rounded - as_logged) / errors).max() < 0.05
    # Those of others are wrong, but few.
    contaminated, errors, _ = estimated(short | others)
    assert np.abs((contaminated - truth) / errors).max() < 3


def test_plays_that_stop_without_a_known_skip_do_not_bias_the_estimates():
    log = simulate_log(LEVELS, "synthetic:200", listeners=800, seed=6).plays
    rng = np.random.default_rng(0)
    stop = np.where(rng.random(len(log)) < 0.5, rng.random(len(log)) * 60, np.inf)
    stopped = stop < log["listened_s"].to_numpy()
    assert stopped.mean() > 0.3
    log["skipped"] = log["skipped"].mask(stopped, False).mask(stopped & (rng.random(len(log)) < 0.5))
    log["listened_s"] = np.minimum(log["listened_s"], stop)
    log["listened"] = log["listened_s"] / log["duration_s"]
    model = model_of(LEVELS, log)
    names = ("bias", "level_spread", "until_5s", "until_30s")
    found = estimate(model, model.start, names)
    gap = (found.numbers - to_free(model.start, names)) / np.sqrt(np.diag(found.covariance()))
    assert np.abs(gap).max() < 3.5
    assert np.sqrt(found.covariance()[0, 0]) < 0.1


def test_a_likelihood_that_is_not_a_number_ends_in_a_sentence():
    model = model_of(LEVELS, simulate_log(LEVELS, "synthetic:200", listeners=30, seed=0).plays)
    impossible = dataclasses.replace(model.plays, duration=np.full(len(model.plays), np.nan))
    with pytest.raises(UserError, match="no finite maximum"):
        estimate(dataclasses.replace(model, plays=impossible), model.start, ("bias", "level_spread"))

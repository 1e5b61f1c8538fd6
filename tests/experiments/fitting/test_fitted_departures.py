"""A preset in which nobody leaves: its departures are the log's, if that shows any."""

import numpy as np
import pandas as pd
import pytest

from segue.envs import load_preset
from segue.envs.listener.listener import Listener
from segue.experiments.fitting.fit import fit_listener
from segue.experiments.fitting.goodness import summary
from segue.experiments.fitting.likelihood.model import ListenerModel
from segue.experiments.fitting.play_arrays import play_arrays
from segue.experiments.fitting.regressors import no_regressors
from segue.experiments.fitting.simulated_logs import simulate_log
from segue.experiments.fitting.written_preset import preset_of


def test_estimated_departures_are_written():
    log = simulate_log("session", "synthetic:200", listeners=250, length=15, seed=1).plays
    fitted = fit_listener(log.drop(columns=["listened", "listened_s"]), None, "djmc")
    written = preset_of(fitted, "mine", "log")
    assert "departure: a" in [row[0] for row in summary.parameter_table(fitted).rows]
    departure = Listener.from_config({key: written[key] for key in ("bias", "terms", "departure")}).departure
    assert not departure.never
    # Half of the sessions are over after 5 plays.
    lengths = log.groupby("session").size()
    leaves = departure.probability(np.arange(1, 6), np.zeros(5, np.int64), np.zeros(5))
    assert 1 - np.prod(1 - leaves) == pytest.approx((lengths <= 5).mean(), abs=0.1)


def test_a_log_without_departures_leaves_them_as_they_are():
    sessions, length = 30, 4
    log = pd.DataFrame(
        {
            "session": np.repeat(np.arange(sessions), length).astype(str),
            "listener": "a",
            "position": np.tile(np.arange(length), sessions),
            "track": "x",
            "skipped": np.arange(sessions * length) % 3 == 0,
        }
    )
    arrays = play_arrays(log, None)
    model = ListenerModel(load_preset("djmc"), arrays, no_regressors(len(arrays), {}))
    assert model.departure_of(model.start).never

"""The learning curve describes the training sessions that ended, window by window."""

import numpy as np
import pytest


@pytest.mark.parametrize("name", ["maskable-ppo", "dqn"])
def test_each_row_describes_the_sessions_of_a_window(name, train):
    progress = []
    curve = train(name, steps=1024, on_progress=progress.append).curve
    assert {"steps", "seconds", "return_mean", "completed_mean", "skip_rate", "length_mean"} <= set(curve)
    assert {"utility_taste", "utility_transition", "utility_energy_arc"} <= set(curve)
    assert curve["steps"].is_monotonic_increasing
    assert 980 < curve["steps"].iloc[-1] <= 1024  # the last window in which a session ended
    assert progress[-1] == 1024
    assert (curve["length_mean"] <= 6).all()
    # Tracks that were not heard to their end were skipped.
    share = 1.0 - curve["completed_mean"] / curve["length_mean"]
    np.testing.assert_allclose(curve["skip_rate"], share)


def test_dagger_has_one_point_per_round_at_the_steps_trained_so_far(train):
    """The sessions of a round run in lockstep: a part of a round would hold the short ones alone."""
    progress = []
    sessions = 16
    agent = train("dagger", steps=300, on_progress=progress.append, domain_randomization=None)
    curve = agent.curve
    assert len(curve) > 2
    assert (curve["episodes"] == sessions).all()
    assert curve["steps"].tolist() == (curve["episodes"] * curve["length_mean"]).cumsum().round().tolist()
    assert curve["steps"].iloc[-1] >= 300 > curve["steps"].iloc[-2]
    assert len(progress) > len(curve)  # reported within rounds, too
    assert progress[-1] == curve["steps"].iloc[-1]


def test_the_curve_shows_the_sessions_with_the_tracks_of_the_environment(train):
    """Half of the sessions of each round have other tracks; they count as steps, but not as points."""
    curve = train("dagger", steps=300, domain_randomization="synthetic:500").curve
    assert len(curve) > 1
    assert (curve["episodes"] == 8).all()
    own_steps = (curve["episodes"] * curve["length_mean"]).cumsum().round()
    assert (curve["steps"] > 1.3 * own_steps).all()
    assert (curve["steps"] < 3.0 * own_steps).all()

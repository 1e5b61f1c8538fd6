"""The learning curve describes the training sessions that began in each window."""

import numpy as np
import pytest


@pytest.mark.parametrize("name", ["maskable-ppo", "dqn"])
def test_each_row_describes_the_sessions_of_a_window(name, train):
    progress = []
    curve = train(name, steps=1024, on_progress=progress.append).curve
    assert {"steps", "seconds", "return_mean", "completed_mean", "skip_rate", "length_mean"} <= set(curve)
    assert {"utility_taste", "utility_transition", "utility_energy_arc"} <= set(curve)
    assert curve["steps"].is_monotonic_increasing
    # Sessions that began in the last 6 steps of 8 sessions each may have been cut off.
    assert 1024 - 48 - 40 < curve["steps"].iloc[-1] + 20 <= 1024 - 48
    assert progress[-1] == 1024
    assert (curve["length_mean"] <= 6).all()
    # Tracks that were not heard to their end were skipped.
    share = 1.0 - curve["completed_mean"] / curve["length_mean"]
    np.testing.assert_allclose(curve["skip_rate"], share)


def test_random_play_does_not_seem_to_improve(train):
    """Sessions that end early in training are short; those that begin early are like all others."""
    settings = {"learning_starts": 10**6, "num_envs": 32, "buffer_size": 10}
    env = {"length": 30, "pool_size": 50}
    curve = train("dqn", "segue/Rebound-v0", steps=16_000, env_settings=env, **settings).curve
    early = curve["steps"] < 1000
    sessions = curve["episodes"][early].sum()
    assert sessions > 60
    mean, length = (
        np.average(curve[name], weights=curve["episodes"]) for name in ("return_mean", "length_mean")
    )
    first, first_length = (
        np.average(curve[name][early], weights=curve["episodes"][early])
        for name in ("return_mean", "length_mean")
    )
    # Standard deviations of a single session: about 5 in return, and 6 in length.
    assert abs(first - mean) < 3 * 5 / np.sqrt(sessions)
    assert abs(first_length - length) < 3 * 6 / np.sqrt(sessions)


def test_dagger_has_one_point_per_round_at_the_steps_before_it(train):
    progress = []
    sessions = 16
    agent = train("dagger", steps=300, on_progress=progress.append, domain_randomization=None)
    curve = agent.curve
    assert len(curve) > 2
    assert (curve["episodes"] == sessions).all()
    ends = (curve["episodes"] * curve["length_mean"]).cumsum().round()
    assert curve["steps"].tolist() == [0, *ends[:-1]]
    assert ends.iloc[-1] >= 300 > ends.iloc[-2]
    assert len(progress) > len(curve)  # reported within rounds, too
    assert progress[-1] == agent.steps == ends.iloc[-1]


def test_the_curve_shows_the_sessions_with_the_tracks_of_the_environment(train):
    """Half of the sessions of each round have other tracks; they count as steps, but not as points."""
    agent = train("dagger", steps=300, domain_randomization="synthetic:500")
    curve = agent.curve
    assert len(curve) > 1
    assert (curve["episodes"] == 8).all()
    own_steps = (curve["episodes"] * curve["length_mean"]).cumsum().round()
    ends = np.append(curve["steps"][1:], agent.steps)
    assert (ends > 1.3 * own_steps).all()
    assert (ends < 3.0 * own_steps).all()

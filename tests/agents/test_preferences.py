import numpy as np
import pytest

from segue.agents.observed import Observed
from segue.agents.preferences import NOISE, SPREADS, USUAL, Preferences

OBSERVED = Observed(("tempo", "energy"), ("tempo", "energy_step"), (0.0, 0.5), (("last_listened", 1),))
RNG = np.random.default_rng(0)


def observation(batch=2, pool=4, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "candidates": rng.random((batch, pool, 2)).astype(np.float32),
        "transitions": rng.random((batch, pool, 2)).astype(np.float32),
    }


def regressors(seen, row, slot):
    features = 2.0 * seen["candidates"][row, slot].astype(float) - 1.0
    tempo, step = seen["transitions"][row, slot].astype(float)
    return np.array([1.0, *features, tempo, abs(step - 0.5) / 0.5])


def test_play_after_play_it_is_the_regression_on_all_plays_at_once():
    plays, listened = [], RNG.random((6, 2))
    known = Preferences.prior(2, OBSERVED)
    for turn in range(6):
        seen, slots = observation(seed=turn), RNG.integers(4, size=2)
        known.play(seen, slots, OBSERVED)
        plays.append([regressors(seen, row, slots[row]) for row in range(2)])
        known = known.after(listened[turn])
    prior_mean = np.array([USUAL, 0, 0, 0, 0])
    precision = np.diag(1.0 / np.repeat(SPREADS, [1, 2, 2]))
    for row in range(2):
        x = np.array([play[row] for play in plays])
        covariance = np.linalg.inv(precision + x.T @ x / NOISE)
        mean = covariance @ (precision @ prior_mean + x.T @ listened[:, row] / NOISE)
        np.testing.assert_allclose(known.mean[row], mean, rtol=1e-6)
        np.testing.assert_allclose(known.covariance[row], covariance, rtol=1e-6, atol=1e-9)


def test_it_finds_what_a_planted_listener_likes():
    slopes = np.array([0.5, 0.2, -0.15, 0.0, -0.25])
    known = Preferences.prior(1, OBSERVED)
    for turn in range(2000):
        seen = observation(1, seed=turn)
        known.play(seen, np.zeros(1, int), OBSERVED)
        known = known.after(regressors(seen, 0, 0) @ slopes + RNG.normal(0, NOISE**0.5, 1))
    np.testing.assert_allclose(known.mean[0], slopes, atol=0.06)


def test_without_a_play_nothing_is_learned():
    known = Preferences.prior(2, OBSERVED).after(np.array([0.0, 1.0]))
    assert np.array_equal(known.mean, Preferences.prior(2, OBSERVED).mean)
    assert np.array_equal(known.covariance, Preferences.prior(2, OBSERVED).covariance)


@pytest.mark.parametrize("rows", [np.array([1]), np.array([False, True])])
def test_a_new_session_knows_nothing_of_the_last_one(rows):
    known = Preferences.prior(2, OBSERVED)
    known.play(observation(), np.array([2, 3]), OBSERVED)
    known = known.after(np.array([0.1, 0.2]))
    kept = known.mean[0].copy()
    known.forget(rows, OBSERVED)
    assert np.array_equal(known.mean[1], Preferences.prior(1, OBSERVED).mean[0])
    assert np.array_equal(known.mean[0], kept)
    assert not np.array_equal(kept, known.mean[1])

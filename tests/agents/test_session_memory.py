import numpy as np

from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.session_estimator import NOISE, SCALE, SPREADS, USUAL, SessionEstimator

OBSERVED = ObservationSpec(("tempo", "energy"), ("tempo", "energy_step"), (0.0, 0.5), (("last_listened", 1),))
RNG = np.random.default_rng(0)


def observation(batch=2, pool=4, seed=0, listened=None):
    rng = np.random.default_rng(seed)
    return {
        "candidates": rng.random((batch, pool, 2)).astype(np.float32),
        "transitions": rng.random((batch, pool, 2)).astype(np.float32),
        "context": np.full((batch, 1), 1.0) if listened is None else np.asarray(listened)[:, None],
    }


def rough(seen):
    steps = seen["transitions"].astype(float)
    return np.stack([steps[..., 0], abs(steps[..., 1] - 0.5) / 0.5], axis=-1)


def regressors(seen, transition_history, row, slot):
    features = 2.0 * seen["candidates"][row, slot].astype(float) - 1.0
    return np.array([1.0, *features, *(rough(seen) + transition_history)[row, slot]])


def test_play_after_play_it_is_the_regression_on_all_plays_at_once():
    known, plays, responses, trails = SessionEstimator.fresh(2, 4, OBSERVED), [], RNG.random((7, 2)), []
    for turn in range(7):
        seen, slots = observation(seed=turn, listened=responses[turn]), RNG.integers(4, size=2)
        known = known.seeing(seen, OBSERVED)
        transition_history = sum(
            (step / back**2 for back, step in enumerate(reversed(trails), 2)), np.zeros((2, 4, 2))
        )
        if turn < 6:
            known = known.playing(seen, slots)
            plays.append([regressors(seen, transition_history, row, slots[row]) for row in range(2)])
        trails = [*trails, rough(seen)][-5:]
    prior_mean, precision = np.array([USUAL, 0, 0, 0, 0]), np.diag(1.0 / np.repeat(SPREADS, [1, 2, 2]))
    for row in range(2):
        x, y = np.array([play[row] for play in plays]), responses[1:, row]
        covariance = np.linalg.inv(precision + x.T @ x / NOISE)
        mean = covariance @ (precision @ prior_mean + x.T @ y / NOISE)
        np.testing.assert_allclose(known.mean[row], mean, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(known.covariance[row], covariance, rtol=1e-4, atol=1e-7)


def test_it_finds_what_a_planted_listener_likes():
    slopes = np.array([0.5, 0.2, -0.15, 0.0, -0.25])
    known, listened = SessionEstimator.fresh(1, 3, OBSERVED), np.ones(1)
    for turn in range(3000):
        seen = observation(1, 3, turn, listened)
        known = known.seeing(seen, OBSERVED).playing(seen, np.zeros(1, int))
        listened = known.played[0] @ slopes + RNG.normal(0, NOISE**0.5, 1)
    np.testing.assert_allclose(known.mean[0], slopes, atol=0.06)


def test_the_trail_is_the_faded_roughness_from_earlier_tracks():
    known = SessionEstimator.fresh(2, 4, OBSERVED)
    seen = [observation(seed=turn) for turn in range(9)]
    for each in seen:
        known = known.seeing(each, OBSERVED)
    transition_history = known.session_estimates(seen[-1])[:, :, -2:]
    # The current track is the first of the six that count; what lies further back is forgotten.
    expected = sum(rough(seen[-back]) / back**2 for back in range(2, 7))
    np.testing.assert_allclose(transition_history, expected, rtol=1e-5)


def test_what_it_expects_of_a_candidate_is_the_sum_of_its_parts():
    known, seen = SessionEstimator.fresh(2, 4, OBSERVED), observation()
    known = known.seeing(seen, OBSERVED).playing(seen, np.array([1, 2]))
    known = known.seeing(observation(seed=1, listened=[0.1, 0.9]), OBSERVED)
    shown = known.session_estimates(observation(seed=1))
    parts, whole, transition_history = shown[:, :, :4], shown[:, :, 4], shown[:, :, 5:]
    np.testing.assert_allclose(whole, parts.sum(axis=2) + SCALE * known.mean[:, None, 0], rtol=1e-5)
    for row in range(2):
        expected = SCALE * known.mean[row] @ regressors(observation(seed=1), transition_history, row, 3)
        np.testing.assert_allclose(whole[row, 3], expected, rtol=1e-5)


def test_without_a_play_nothing_is_learned_and_nothing_given_is_changed():
    first = SessionEstimator.fresh(2, 4, OBSERVED)
    known = first.seeing(observation(listened=[0.0, 1.0]), OBSERVED)
    assert np.array_equal(known.mean, first.mean)
    assert np.array_equal(known.covariance, first.covariance)
    assert not first.steps.any()


def test_a_new_session_knows_nothing_of_the_last_one():
    known, seen = SessionEstimator.fresh(2, 4, OBSERVED), observation()
    known = known.seeing(seen, OBSERVED).playing(seen, np.array([2, 3]))
    following = observation(seed=1, listened=[0.1, 0.2])
    going_on, other = known.seeing(following, OBSERVED), np.array([False, True])
    begun = known.seeing(following, OBSERVED, starts=other)
    fresh = SessionEstimator.fresh(2, 4, OBSERVED).seeing(following, OBSERVED)
    for part in ("steps", "mean", "covariance"):
        assert np.array_equal(getattr(begun, part)[1], getattr(fresh, part)[1])
        assert np.array_equal(getattr(begun, part)[0], getattr(going_on, part)[0])
    assert not np.array_equal(begun.mean[0], begun.mean[1])

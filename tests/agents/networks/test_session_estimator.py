import numpy as np

from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.session_estimator import (
    NOISE_VARIANCE,
    PRIOR_LISTENED,
    PRIOR_VARIANCES,
    SLOPE_SCALE,
    SessionEstimator,
)

SPEC = ObservationSpec(("tempo", "energy"), ("tempo", "energy_step"), (0.0, 0.5), (("last_listened", 1),))


def observation(batch=2, pool=4, seed=0, listened=None):
    rng = np.random.default_rng(seed)
    return {
        "candidates": rng.random((batch, pool, 2)).astype(np.float32),
        "transitions": rng.random((batch, pool, 2)).astype(np.float32),
        "context": np.full((batch, 1), 1.0) if listened is None else np.asarray(listened)[:, None],
    }


def distances(seen):
    """|t - neutral| / its largest value: tempo is neutral at 0, the energy step at 0.5."""
    steps = seen["transitions"].astype(float)
    return np.stack([steps[..., 0], abs(steps[..., 1] - 0.5) / 0.5], axis=-1)


def regressors(seen, history, row, slot):
    features = 2.0 * seen["candidates"][row, slot].astype(float) - 1.0
    return np.array([1.0, *features, *(distances(seen) + history)[row, slot]])


def test_recursive_updates_equal_the_regression_on_all_plays_at_once():
    rng = np.random.default_rng(0)
    estimator, plays, responses, earlier = SessionEstimator.initial(2, 4, SPEC), [], rng.random((7, 2)), []
    for step in range(7):
        seen, slots = observation(seed=step, listened=responses[step]), rng.integers(4, size=2)
        estimator = estimator.update(seen, SPEC)
        history = sum((each / back**2 for back, each in enumerate(reversed(earlier), 2)), np.zeros((2, 4, 2)))
        if step < 6:
            estimator = estimator.record_action(seen, slots)
            plays.append([regressors(seen, history, row, slots[row]) for row in range(2)])
        earlier = [*earlier, distances(seen)][-5:]
    prior_mean, precision = (
        np.array([PRIOR_LISTENED, 0, 0, 0, 0]),
        np.diag(1.0 / np.repeat(PRIOR_VARIANCES, [1, 2, 2])),
    )
    for row in range(2):
        x, y = np.array([play[row] for play in plays]), responses[1:, row]
        covariance = np.linalg.inv(precision + x.T @ x / NOISE_VARIANCE)
        mean = covariance @ (precision @ prior_mean + x.T @ y / NOISE_VARIANCE)
        np.testing.assert_allclose(estimator.mean[row], mean, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(estimator.covariance[row], covariance, rtol=1e-4, atol=1e-7)


def test_the_slopes_of_a_simulated_listener_are_recovered():
    rng, slopes = np.random.default_rng(0), np.array([0.5, 0.2, -0.15, 0.0, -0.25])
    estimator, listened = SessionEstimator.initial(1, 3, SPEC), np.ones(1)
    for step in range(3000):
        seen = observation(1, 3, step, listened)
        estimator = estimator.update(seen, SPEC).record_action(seen, np.zeros(1, int))
        listened = estimator.last_regressors[0] @ slopes + rng.normal(0, NOISE_VARIANCE**0.5, 1)
    np.testing.assert_allclose(estimator.mean[0], slopes, atol=0.06)


def test_the_transition_history_weights_distances_from_earlier_tracks():
    estimator = SessionEstimator.initial(2, 4, SPEC)
    seen = [observation(seed=step) for step in range(9)]
    for each in seen:
        estimator = estimator.update(each, SPEC)
    history = estimator.session_estimates(seen[-1])[:, :, -2:]
    # The current track is the first of the six that count; tracks further back do not.
    expected = sum(distances(seen[-back]) / back**2 for back in range(2, 7))
    np.testing.assert_allclose(history, expected, rtol=1e-5)


def test_the_prediction_for_a_candidate_is_the_sum_of_its_contributions():
    estimator, seen = SessionEstimator.initial(2, 4, SPEC), observation()
    estimator = estimator.update(seen, SPEC).record_action(seen, np.array([1, 2]))
    estimator = estimator.update(observation(seed=1, listened=[0.1, 0.9]), SPEC)
    shown = estimator.session_estimates(observation(seed=1))
    parts, prediction, history = shown[:, :, :4], shown[:, :, 4], shown[:, :, 5:]
    np.testing.assert_allclose(
        prediction, parts.sum(axis=2) + SLOPE_SCALE * estimator.mean[:, None, 0], rtol=1e-5
    )
    for row in range(2):
        expected = SLOPE_SCALE * estimator.mean[row] @ regressors(observation(seed=1), history, row, 3)
        np.testing.assert_allclose(prediction[row, 3], expected, rtol=1e-5)


def test_without_a_play_the_posterior_stays_the_prior_and_the_old_estimator_unchanged():
    first = SessionEstimator.initial(2, 4, SPEC)
    estimator = first.update(observation(listened=[0.0, 1.0]), SPEC)
    assert np.array_equal(estimator.mean, first.mean)
    assert np.array_equal(estimator.covariance, first.covariance)
    assert not first.distances.any()


def test_a_new_session_starts_from_the_prior():
    estimator, seen = SessionEstimator.initial(2, 4, SPEC), observation()
    estimator = estimator.update(seen, SPEC).record_action(seen, np.array([2, 3]))
    following = observation(seed=1, listened=[0.1, 0.2])
    continued, starts = estimator.update(following, SPEC), np.array([False, True])
    restarted = estimator.update(following, SPEC, starts=starts)
    initial = SessionEstimator.initial(2, 4, SPEC).update(following, SPEC)
    for part in ("distances", "mean", "covariance"):
        assert np.array_equal(getattr(restarted, part)[1], getattr(initial, part)[1])
        assert np.array_equal(getattr(restarted, part)[0], getattr(continued, part)[0])
    assert not np.array_equal(restarted.mean[0], restarted.mean[1])

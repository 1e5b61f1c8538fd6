import numpy as np
import pytest

from segue.agents.djmc.preferences import Preferences, Rewards, bin_of_percentile


def test_percentiles_fall_into_their_tenth():
    assert bin_of_percentile([0.0, 0.099, 0.1, 0.55, 1.0]).tolist() == [0, 0, 1, 5, 9]


def test_answers_are_counted_over_a_uniform_prior():
    songs = np.array([[0, 3], [0, 4]])
    estimated = Preferences.from_queries(songs, np.array([[1, 1]]), np.array([[2, 5]]))
    np.testing.assert_allclose(estimated.song[0, 0, :2], [3 / 12, 1 / 12])
    np.testing.assert_allclose(estimated.song[0, 1, 3:6], [2 / 12, 2 / 12, 1 / 12])
    assert estimated.transition[0, 1, 1, 5] == pytest.approx(2 / 101)
    assert estimated.transition[0, 1, 5, 1] == pytest.approx(1 / 101)
    np.testing.assert_allclose(estimated.song.sum(axis=2), 1.0)
    np.testing.assert_allclose(estimated.transition.sum(axis=(2, 3)), 1.0)


def test_one_update_by_hand():
    """One feature, two bins, the second song twice as good as the mean."""
    estimated = Preferences(np.array([[[0.6, 0.4]]]), np.array([[[[0.1, 0.4], [0.3, 0.2]]]]))
    rewards = Rewards(np.array([1.0]), np.array([0.5]), np.array([3.0]))
    estimated.update(np.array([0]), np.array([[1]]), np.array([[0]]), rewards)
    # The song in bin 1 and the pair 0 -> 1 both predicted 0.4: each gets half of log 2, over k + 1 = 4.
    credit = 0.25 * 0.5 * np.log(2)
    song = np.array([0.75 * 0.6, 0.75 * 0.4 + credit])
    np.testing.assert_allclose(estimated.song[0, 0], song / song.sum())
    pair = np.array([[0.075, 0.3 + credit], [0.225, 0.15]])
    np.testing.assert_allclose(estimated.transition[0, 0], pair / pair.sum())


def test_preferences_stay_distributions_when_every_song_is_skipped():
    estimated = Preferences.uniform(1, 3)
    for k in range(1, 30):
        rewards = Rewards(np.zeros(1), np.array([0.5]), np.array([float(k)]))
        estimated.update(np.array([0]), np.full((1, 3), k % 10), np.full((1, 3), (k + 3) % 10), rewards)
    assert (estimated.song >= 0).all()
    assert (estimated.transition >= 0).all()
    np.testing.assert_allclose(estimated.song.sum(axis=2), 1.0)
    np.testing.assert_allclose(estimated.transition.sum(axis=(2, 3)), 1.0)


def test_the_preferences_of_a_simulated_listener_are_recovered():
    rng = np.random.default_rng(0)
    songs = bin_of_percentile(rng.random((400, 5)))
    weight = rng.dirichlet(np.full(10, 0.5), 5)
    truth = weight[np.arange(5), songs].sum(axis=1)
    rewards = np.clip(truth / truth.max() + 0.05 * rng.normal(size=400), 0.01, 1.0)
    estimated, row = Preferences.uniform(1, 5), np.array([0])
    agreement = []
    for k in range(1, 400):
        seen = Rewards(rewards[[k]], rewards[1 : k + 1].mean(keepdims=True), np.array([float(k)]))
        estimated.update(row, songs[[k]], songs[[k - 1]], seen)
        if k in (10, 399):
            agreement.append(np.corrcoef(estimated.song_reward(songs[None])[0], truth)[0, 1])
    assert agreement[1] > max(0.8, agreement[0])

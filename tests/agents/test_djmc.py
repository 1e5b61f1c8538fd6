import itertools

import numpy as np
import pytest

from segue.agents import make_agent
from segue.agents.djmc.agent import plan_values
from segue.agents.djmc.preferences import Heard, Preferences, percentile_bins
from segue.agents.djmc.rollouts import random_sequences, sequence_values


def test_percentiles_fall_into_their_tenth():
    assert percentile_bins([0.0, 0.099, 0.1, 0.55, 1.0]).tolist() == [0, 0, 1, 5, 9]


def test_the_answers_to_queries_are_counted_over_a_uniform_prior():
    songs = np.array([[0, 3], [0, 4]])
    made = Preferences.from_queries(songs, np.array([[1, 1]]), np.array([[2, 5]]))
    np.testing.assert_allclose(made.song[0, 0, :2], [3 / 12, 1 / 12])
    np.testing.assert_allclose(made.song[0, 1, 3:6], [2 / 12, 2 / 12, 1 / 12])
    assert made.transition[0, 1, 1, 5] == pytest.approx(2 / 101)
    assert made.transition[0, 1, 5, 1] == pytest.approx(1 / 101)
    np.testing.assert_allclose(made.song.sum(axis=2), 1.0)
    np.testing.assert_allclose(made.transition.sum(axis=(2, 3)), 1.0)


def test_one_update_by_hand():
    """One feature, two bins, the second song twice as good as the mean."""
    believed = Preferences(np.array([[[0.6, 0.4]]]), np.array([[[[0.1, 0.4], [0.3, 0.2]]]]))
    heard = Heard(np.array([1.0]), np.array([0.5]), np.array([3.0]))
    believed.update(np.array([0]), np.array([[1]]), np.array([[0]]), heard)
    # The song in bin 1 and the step 0 -> 1 both predicted 0.4: each gets half of log 2, over k + 1 = 4.
    credit = 0.25 * 0.5 * np.log(2)
    song = np.array([0.75 * 0.6, 0.75 * 0.4 + credit])
    np.testing.assert_allclose(believed.song[0, 0], song / song.sum())
    step = np.array([[0.075, 0.3 + credit], [0.225, 0.15]])
    np.testing.assert_allclose(believed.transition[0, 0], step / step.sum())


def test_what_is_refused_stays_a_distribution():
    believed = Preferences.uniform(1, 3)
    for k in range(1, 30):
        heard = Heard(np.zeros(1), np.array([0.5]), np.array([float(k)]))
        believed.update(np.array([0]), np.full((1, 3), k % 10), np.full((1, 3), (k + 3) % 10), heard)
    assert (believed.song >= 0).all()
    np.testing.assert_allclose(believed.song.sum(axis=2), 1.0)
    np.testing.assert_allclose(believed.transition.sum(axis=(2, 3)), 1.0)


def test_a_planted_listener_is_recovered():
    rng = np.random.default_rng(0)
    songs = percentile_bins(rng.random((400, 5)))
    weight = rng.dirichlet(np.full(10, 0.5), 5)
    truth = weight[np.arange(5), songs].sum(axis=1)
    rewards = np.clip(truth / truth.max() + 0.05 * rng.normal(size=400), 0.01, 1.0)
    believed, row = Preferences.uniform(1, 5), np.array([0])
    agreement = []
    for k in range(1, 400):
        heard = Heard(rewards[[k]], rewards[1 : k + 1].mean(keepdims=True), np.array([float(k)]))
        believed.update(row, songs[[k]], songs[[k - 1]], heard)
        if k in (10, 399):
            agreement.append(np.corrcoef(believed.song_reward(songs[None])[0], truth)[0, 1])
    assert agreement[1] > max(0.8, agreement[0])


def test_sequences_never_repeat_and_are_all_as_likely():
    drawn = random_sequences(4, 3, 24_000, np.random.default_rng(1))
    found, counts = np.unique(drawn, axis=1, return_counts=True)
    assert sorted(map(tuple, found.T)) == sorted(itertools.permutations(range(4), 3))
    assert (np.abs(counts - 1000) < 160).all()  # five standard deviations


def test_values_are_the_sum_that_the_paper_writes():
    rng = np.random.default_rng(2)
    believed = Preferences(rng.random((1, 3, 10)), rng.random((1, 3, 10, 10)))
    songs, past = percentile_bins(rng.random((6, 3))), percentile_bins(rng.random((2, 3)))
    sequences = random_sequences(6, 4, 5, rng)
    values = plan_values(believed, 0, songs, past, sequences)
    for sequence, value in zip(sequences.T, values, strict=True):
        played = [past[1], past[0], *songs[sequence]]
        total = 0.0
        for at in range(2, 6):
            total += sum(believed.song[0, f, played[at][f]] for f in range(3))
            for back in range(1, at + 1):
                step = sum(believed.transition[0, f, played[at - back][f], played[at][f]] for f in range(3))
                total += step / back**2
        assert value == pytest.approx(total)


def test_values_without_a_past():
    values = sequence_values(np.array([[0], [1]]), np.array([1.0, 2.0]), np.eye(2) + 4, np.zeros((2, 2)))
    assert values == [7.0]


def test_memory_keeps_sessions_apart(vector_env):
    """What one session taught is forgotten where a new one begins, and nowhere else."""
    env = vector_env(3)
    agent = make_agent("djmc", env, rollouts=50)
    observation, _ = env.reset(seed=0)
    slots, first = agent.predict(observation, None, np.ones(3, bool))
    observation, *_ = env.step(slots)
    observation["context"][:, env.layout.context_slice("progress")] = 0.2
    observation["context"][:, env.layout.context_slice("last_listened")] = [[1.0], [0.3], [0.6]]
    _, second = agent.predict(observation, first, np.array([False, True, False]))
    assert second.count.tolist() == [1.0, 0.0, 1.0]
    assert second.known[:, 1].tolist() == [True, False, True]
    assert first.count.tolist() == [0.0, 0.0, 0.0]  # the state that was passed in is not changed


def test_it_learns_within_a_session(vector_env, returns):
    """A listener of taste alone, who never leaves: DJ-MC finds more of what is liked than chance does."""
    listener = {"terms": {"taste": {"weight": 2.0}}, "departure": {"never": True}}
    env = vector_env(60, listener=listener, pool_size=60, length=30)
    random = returns(make_agent("random", env), env, range(60))
    for name, settings in (("djmc", {"rollouts": 300}), ("djmc-myopic", {})):
        learned = returns(make_agent(name, env, seed=1, **settings), env, range(60))
        assert (learned - random).mean() > 3 * (learned - random).std() / 60**0.5

"""The questions that DJ-MC asks before the first song."""

import gymnasium as gym
import numpy as np
import pytest

from segue.agents import make_agent
from segue.agents.djmc.elicitation import PreferenceElicitation
from segue.agents.djmc.preferences import Preferences, bin_of_percentile
from segue.features.errors import UserError

SETTINGS = {"catalog": "synthetic:200", "pool_size": 120, "length": 12}


@pytest.fixture
def env():
    made = gym.make_vec("segue/DJMC-v0", 3, vectorization_mode="vector_entry_point", **SETTINGS)
    made.reset(seed=4)
    return made


def query(env, songs, transitions, row=1, seed=0):
    features = env.sessions.state.features[row]
    return PreferenceElicitation(songs, transitions).query(
        env.sessions, row, features, 10, np.random.default_rng(seed)
    )


def test_favourites_are_the_songs_with_the_highest_utility(env):
    answers = query(env, songs=5, transitions=0)
    best = np.argsort(-env.sessions.utility()[1])[:5]
    liked = bin_of_percentile(env.sessions.state.features[1][best])
    none = liked[:0]
    np.testing.assert_allclose(answers.song, Preferences.from_queries(liked, none, none).song)
    np.testing.assert_allclose(answers.transition, 0.01)


def test_each_transition_adds_one_pair_of_bins_per_feature(env):
    """With n answers a weight is (1 + its own answers) / (n + 100), and all 100 sum to 1."""
    answers = query(env, songs=5, transitions=6)
    counts = answers.transition[0] * 106 - 1
    np.testing.assert_allclose(counts, counts.round(), atol=1e-9)
    np.testing.assert_allclose(counts.sum(axis=(1, 2)), 6)


def test_the_song_that_should_follow_has_the_highest_utility_after_the_last_one(env):
    elicitation = PreferenceElicitation(0, 3)
    shown = np.arange(0, 120, 4)
    sequence = elicitation._preferred_sequence(env.sessions, 2, shown, np.random.default_rng(0))
    assert len(sequence) == len(set(sequence)) == 4
    for place in range(3):
        copy = env.sessions.repeat(np.array([2]))
        copy.step(sequence[[place]])
        left = np.setdiff1d(shown, sequence[: place + 1])
        assert sequence[place + 1] == left[copy.utility()[0][left].argmax()]


def test_asking_leaves_the_sessions_unchanged(env):
    before = env.sessions.snapshot()
    query(env, songs=5, transitions=5)
    for one, other in zip(before.state.arrays, env.sessions.state.arrays, strict=True):
        np.testing.assert_array_equal(one, other)


def test_answers_reveal_the_song_preferences_before_the_first_song(env):
    agreement = []
    for row in range(3):
        songs = bin_of_percentile(env.sessions.state.features[row])
        estimated = query(env, songs=10, transitions=10, row=row).song_reward(songs[None])[0]
        agreement.append(np.corrcoef(estimated, env.sessions.utilities()["song_bins"][row])[0, 1])
    assert min(agreement) > 0.5


def test_asking_increases_the_return(returns):
    env = gym.make_vec("segue/DJMC-v0", 20, vectorization_mode="vector_entry_point", **SETTINGS)
    asked = returns(make_agent("djmc-myopic", env, query_songs=10), env, range(20))
    silent = returns(make_agent("djmc-myopic", env), env, range(20))
    assert (asked - silent).mean() > 3 * (asked - silent).std() / 20**0.5


def test_greedy_by_song_plays_the_named_favourite_first(env):
    agent = make_agent("djmc", env, horizon=0, update_online=False, query_songs=1)
    observation, _ = env.reset(seed=4)
    favourite = env.sessions.utility().argmax(axis=1)
    slots, state = agent.predict(observation)
    assert slots.tolist() == favourite.tolist()
    observation, *_ = env.step(slots)
    _, later = agent.predict(observation, state, np.zeros(3, bool))
    np.testing.assert_array_equal(later.preferences.song, state.preferences.song)


def test_impossible_queries_are_refused(env):
    with pytest.raises(UserError, match="0 or more"):
        make_agent("djmc", env, query_songs=-1)
    agent = make_agent("djmc", env, query_songs=3)
    other = gym.make_vec("segue/DJMC-v0", 2, vectorization_mode="vector_entry_point", **SETTINGS)
    with pytest.raises(UserError, match="listeners of 3 sessions"):
        agent.predict(other.reset(seed=0)[0])

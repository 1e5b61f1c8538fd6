"""DJ-MC's questions before the first song."""

import gymnasium as gym
import numpy as np
import pytest

from segue.agents import make_agent
from segue.agents.djmc.elicitation import PreferenceElicitation
from segue.agents.djmc.preferences import Preferences, percentile_bins
from segue.features.errors import UserError

SETTINGS = {"catalog": "synthetic:200", "pool_size": 120, "length": 12}


@pytest.fixture
def env():
    made = gym.make_vec("segue/DJMC-v0", 3, vectorization_mode="vector_entry_point", **SETTINGS)
    made.reset(seed=4)
    return made


def query(env, songs, steps, row=1, seed=0):
    features = env.sessions.state.features[row]
    return PreferenceElicitation(songs, steps).query(
        env.sessions, row, features, 10, np.random.default_rng(seed)
    )


def test_favourites_are_the_songs_of_the_highest_utility(env):
    asked = query(env, songs=5, steps=0)
    best = np.argsort(-env.sessions.utility()[1])[:5]
    liked = percentile_bins(env.sessions.state.features[1][best])
    nothing = liked[:0]
    np.testing.assert_allclose(asked.song, Preferences.from_queries(liked, nothing, nothing).song)
    np.testing.assert_allclose(asked.transition, 0.01)


def test_each_answer_on_transitions_is_one_pair_of_bins(env):
    """Before they are made to sum to 1 the weights are (1 + answers) / (answers + 100)."""
    asked = query(env, songs=5, steps=6)
    answers = asked.transition[0] * 106 - 1
    np.testing.assert_allclose(answers, answers.round(), atol=1e-9)
    np.testing.assert_allclose(answers.sum(axis=(1, 2)), 6)


def test_what_should_follow_is_what_the_listener_likes_best_after_it(env):
    elicitation = PreferenceElicitation(0, 3)
    shown = np.arange(0, 120, 4)
    chain = elicitation._chain(env.sessions, 2, shown, np.random.default_rng(0))
    assert len(chain) == len(set(chain)) == 4
    for place in range(3):
        twin = env.sessions.repeat(np.array([2]))
        twin.step(chain[[place]])
        left = np.setdiff1d(shown, chain[: place + 1])
        assert chain[place + 1] == left[twin.utility()[0][left].argmax()]


def test_asking_disturbs_nothing(env):
    before = env.sessions.snapshot()
    query(env, songs=5, steps=5)
    for one, other in zip(before.state.arrays, env.sessions.state.arrays, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_listener_that_was_asked_is_known_before_the_first_song(env):
    agreement = []
    for row in range(3):
        songs = percentile_bins(env.sessions.state.features[row])
        believed = query(env, songs=10, steps=10, row=row).song_reward(songs[None])[0]
        agreement.append(np.corrcoef(believed, env.sessions.utilities()["song_bins"][row])[0, 1])
    assert min(agreement) > 0.5


def test_asking_pays(returns):
    env = gym.make_vec("segue/DJMC-v0", 20, vectorization_mode="vector_entry_point", **SETTINGS)
    asked = returns(make_agent("djmc-myopic", env, asked_songs=10), env, range(20))
    unasked = returns(make_agent("djmc-myopic", env), env, range(20))
    assert (asked - unasked).mean() > 3 * (asked - unasked).std() / 20**0.5


def test_greedy_by_song_plays_what_was_named_first(env):
    agent = make_agent("djmc", env, horizon=0, learns=False, asked_songs=1)
    observation, _ = env.reset(seed=4)
    favourite = env.sessions.utility().argmax(axis=1)
    slots, memory = agent.predict(observation)
    assert slots.tolist() == favourite.tolist()
    observation, *_ = env.step(slots)
    _, later = agent.predict(observation, memory, np.zeros(3, bool))
    np.testing.assert_array_equal(later.preferences.song, memory.preferences.song)


def test_what_cannot_be_asked_is_refused(env):
    with pytest.raises(UserError, match="0 or more"):
        make_agent("djmc", env, asked_songs=-1)
    agent = make_agent("djmc", env, asked_songs=3)
    other = gym.make_vec("segue/DJMC-v0", 2, vectorization_mode="vector_entry_point", **SETTINGS)
    with pytest.raises(UserError, match="listeners of 3 sessions"):
        agent.predict(other.reset(seed=0)[0])

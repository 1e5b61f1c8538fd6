"""What a network is told of the plays so far: by hand, and in training as in use."""

import numpy as np
import pytest

from segue.agents.networks.play_history import DECAYS, PlayHistory
from segue.agents.networks.scorer import ScorerSettings
from segue.agents.networks.session_inputs import SessionInputs
from segue.agents.sb3.mixed_vec_env import MixedVecEnv
from segue.agents.sb3.session_inputs_env import SessionInputsVecEnv
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.features.errors import UserError

SETTINGS = ScorerSettings(use_session_estimates=True, play_history=True, soft_clusters=2)


class Spec:
    """Two columns of context, of which the first is the heard fraction of the last play."""

    @staticmethod
    def context_slice(name):
        assert name == "last_listened"
        return slice(0, 1)


def observation(*listened):
    return {"context": np.array([[each, 0.5] for each in listened], np.float32)}


def test_what_was_heard_fades_with_every_play():
    history = PlayHistory.initial(2, 3).update(observation(0.0, 0.0), Spec)
    for slots, listened in [((1, 0), (1.0, 0.5)), ((2, 1), (0.25, 0.0)), ((0, 2), (0.0, 1.0))]:
        history = history.record_action(np.array(slots)).update(observation(*listened), Spec)
    decay = np.array(DECAYS)
    np.testing.assert_allclose(history.heard[0], [0 * decay, decay**3, 0.25 * decay**2], rtol=1e-6)
    np.testing.assert_allclose(history.heard[1], [0.5 * decay**3, 0 * decay, decay], rtol=1e-6)


def test_a_new_session_begins_with_nothing_heard_and_leaves_the_others_alone():
    before = PlayHistory.initial(2, 3).record_action(np.array([1, 1]))
    after = before.update(observation(1.0, 1.0), Spec, starts=np.array([True, False]))
    assert not after.heard[0].any()
    np.testing.assert_allclose(after.heard[1, 1], DECAYS)
    assert not before.heard.any()


def sessions(vector_env, mixed):
    if not mixed:
        return PlaylistVecEnv(vector_env(5))
    return MixedVecEnv(PlaylistVecEnv(vector_env(3)), PlaylistVecEnv(vector_env(2)))


@pytest.mark.parametrize("mixed", [False, True])
def test_sessions_in_training_show_what_an_agent_sees_when_it_plays(mixed, vector_env):
    env, plain = SessionInputsVecEnv(sessions(vector_env, mixed), SETTINGS), sessions(vector_env, mixed)
    for each in (env, plain):
        each.seed(7)
    seen, raw = env.reset(), plain.reset()
    inputs, starts, ends = SessionInputs.initial(5, 10, plain.observation_spec, SETTINGS), None, 0
    assert env.observation_space.contains({key: part[0] for key, part in seen.items()})
    for _ in range(12):
        inputs = inputs.update(raw, starts)
        expected = inputs.extend(raw)
        assert seen.keys() == expected.keys()
        for key, part in expected.items():
            np.testing.assert_allclose(seen[key], part, atol=1e-6)
        slots = raw["available"].argmax(axis=1)
        inputs = inputs.record_action(raw, slots)
        (seen, _, starts, infos), (raw, _, _, raw_infos) = env.step(slots), plain.step(slots)
        for row in np.flatnonzero(starts):
            ends += 1
            last = {key: part[None] for key, part in raw_infos[row]["terminal_observation"].items()}
            extended = inputs.rows(np.array([row])).update(last).extend(last)
            for key, part in extended.items():
                np.testing.assert_allclose(infos[row]["terminal_observation"][key], part[0], atol=1e-6)
    assert ends > 3


@pytest.mark.parametrize("name", ["maskable-ppo", "ppo", "a2c", "dqn", "qrdqn", "dagger"])
def test_every_agent_on_slots_learns_with_it(name, train, vector_env):
    agent = train(name, play_history=True, soft_clusters=2)
    env = vector_env(3)
    observation, _ = env.reset(seed=1)
    slots, state = agent.predict(observation)
    observation, *_ = env.step(slots)
    _, state = agent.predict(observation, state, np.zeros(3, bool))
    assert (state.history.heard.sum(axis=2) > 0).sum(axis=1).max() == 1


def test_an_agent_on_points_has_none(train):
    with pytest.raises(UserError, match="play_history"):
        train("sac", play_history=True)

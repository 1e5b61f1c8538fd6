"""Two batches of sessions as one: each session plays as in its own batch."""

import numpy as np
import pytest
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported

from segue.agents import PlaylistVecEnv
from segue.agents.sb3.mixed_vec_env import MixedVecEnv

OTHER = {"catalog": "synthetic:150"}


@pytest.mark.parametrize("observation", ["dict", "flat"])
def test_each_session_plays_as_in_its_own_batch(observation, vector_env):
    def parts():
        settings = ({}, OTHER)
        return [
            PlaylistVecEnv(vector_env(n, observation=observation, **more))
            for n, more in zip((3, 2), settings, strict=True)
        ]

    mixed, (own, other) = MixedVecEnv(*parts()), parts()
    seeds = [5, 1, 7, 4, 9]
    mixed.seed_each(seeds)
    own.seed_each(seeds[:3])
    other.seed_each(seeds[3:])
    seen, expected = mixed.reset(), (own.reset(), other.reset())
    ended = [0, 0]
    for _ in range(20):
        keys = seen if observation == "dict" else [...]
        for key in keys:
            np.testing.assert_array_equal(seen[key], np.concatenate([part[key] for part in expected]))
        slots = get_action_masks(mixed).argmax(axis=1)
        seen, rewards, done, infos = mixed.step(slots)
        results = own.step(slots[:3]), other.step(slots[3:])
        expected = [result[0] for result in results]
        np.testing.assert_array_equal(rewards, np.concatenate([result[1] for result in results]))
        np.testing.assert_array_equal(done, np.concatenate([result[2] for result in results]))
        for row in np.flatnonzero(done):
            # Only the sessions with the tracks of the environment itself are reported.
            assert ("episode" in infos[row]) == (row < 3)
            assert "terminal_observation" in infos[row]
            ended[int(row >= 3)] += 1
    assert min(ended) > 1


def test_attributes_and_methods_are_those_of_the_session_asked_for(vector_env):
    own, other = vector_env(3), vector_env(2, **OTHER)
    env = MixedVecEnv(PlaylistVecEnv(own), PlaylistVecEnv(other))
    env.reset()
    assert is_masking_supported(env)
    assert [len(sessions.catalog) for sessions in env.get_attr("sessions", [0, 2, 3])] == [400, 400, 150]
    env.step(np.array([4, 0, 9, 2, 7]))
    masks = np.stack(env.env_method("action_masks"))
    np.testing.assert_array_equal(masks, np.concatenate([own.action_masks(), other.action_masks()]))
    np.testing.assert_array_equal(env.env_method("action_masks", indices=[3])[0], other.action_masks()[0])
    env.set_attr("anything", 3)
    assert env.get_attr("anything") == [3] * 5


def test_options_reach_the_sessions_once(vector_env):
    env = MixedVecEnv(PlaylistVecEnv(vector_env(1)), PlaylistVecEnv(vector_env(1, **OTHER)))
    sessions = env.get_attr("sessions")
    env.set_options([{"start": str(each.catalog.ids[7])} for each in sessions])
    env.seed_each([0, 1])
    env.reset()
    assert [int(each.history[0, 0]) for each in sessions] == [7, 7]
    env.seed_each([0, 1])
    env.reset()
    assert [int(each.history[0, 0]) for each in sessions] != [7, 7]

"""Common tools for Stable-Baselines3 and Gymnasium work on these environments and agents unchanged."""

import sys
from importlib.util import find_spec
from types import ModuleType

import av
import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium.wrappers import FlattenObservation, RecordEpisodeStatistics, RecordVideo
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.evaluation import evaluate_policy as evaluate_masked
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.callbacks import CheckpointCallback, EvalCallback
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecNormalize

from segue.agents import PlaylistVecEnv, agent_info, make_agent
from segue.agents.algorithms.scorer_algorithms import maskable_ppo

SMALL = {"n_steps": 16, "batch_size": 16, "n_epochs": 1, "device": "cpu", "seed": 0}


def test_plain_policies_train_on_the_scalar_environment(scalar_env):
    PPO("MultiInputPolicy", scalar_env(), **SMALL).learn(32)
    DQN("MultiInputPolicy", scalar_env(), learning_starts=8, buffer_size=100, device="cpu").learn(32)
    model = MaskablePPO("MultiInputPolicy", scalar_env(), **SMALL).learn(32)
    assert model.num_timesteps == 32


def test_agents_are_evaluated_as_models_are(scalar_env):
    env = Monitor(scalar_env())
    env.reset(seed=0)
    agent = make_agent("content", env)
    mean, _ = evaluate_policy(agent, env, n_eval_episodes=20)
    assert 0 < mean <= 6
    means, lengths = evaluate_masked(agent, env, n_eval_episodes=5, return_episode_rewards=True)
    assert len(means) == len(lengths) == 5


def test_callbacks_evaluate_and_save_models_that_load(vector_env, tmp_path):
    env = PlaylistVecEnv(vector_env(4))
    model = maskable_ppo(env, 0, n_steps=8, batch_size=16, n_epochs=1, hidden=[8])
    held_out = PlaylistVecEnv(vector_env(2))
    evaluation = EvalCallback(held_out, eval_freq=8, n_eval_episodes=2, verbose=0)
    model.learn(64, callback=[evaluation, CheckpointCallback(8, str(tmp_path), "step")])
    assert np.isfinite(evaluation.last_mean_reward)
    assert len(list(tmp_path.glob("step_*.zip"))) == 2
    model.save(tmp_path / "end")
    loaded = MaskablePPO.load(tmp_path / "end", env=env, device="cpu")
    observation = env.reset()
    chosen = [policy.predict(observation, deterministic=True)[0] for policy in (model, loaded)]
    np.testing.assert_array_equal(*chosen)


def test_observations_and_rewards_are_normalised(vector_env):
    env = VecNormalize(PlaylistVecEnv(vector_env(4)), norm_obs_keys=["context"])
    # A plain policy: VecNormalize hides the attributes that the scorer's factory reads.
    model = MaskablePPO("MultiInputPolicy", env, **SMALL).learn(64)
    assert model.num_timesteps == 64
    assert env.obs_rms["context"].count > 60


@pytest.mark.parametrize("name", ["maskable-ppo", "ppo", "recurrent-ppo", "dqn", "qrdqn"])
def test_a_saved_policy_loads_with_its_scorer(name, vector_env, tmp_path):
    settings = {"hidden": [8], **({"memory": 4} if name == "recurrent-ppo" else {})}
    model = agent_info(name).load()(PlaylistVecEnv(vector_env(2)), 0, **settings)
    model.policy.save(str(tmp_path / "policy"))
    loaded = type(model.policy).load(str(tmp_path / "policy"), device="cpu")
    weights = model.policy.state_dict()
    assert weights.keys() == loaded.state_dict().keys()
    assert all(th.equal(weights[key], value) for key, value in loaded.state_dict().items())


@pytest.mark.parametrize(
    "wrap", [RecordEpisodeStatistics, lambda env: Monitor(env, info_keywords=("left", "listened"))]
)
def test_monitors_count_an_episode(wrap, scalar_env):
    env = wrap(scalar_env())
    env.reset(seed=0)
    total, steps, done = 0.0, 0, False
    while not done:
        _, reward, terminated, truncated, info = env.step(env.unwrapped.action_masks().argmax())
        total, steps, done = total + reward, steps + 1, terminated or truncated
    assert info["episode"]["l"] == steps
    assert info["episode"]["r"] == pytest.approx(total, abs=1e-5)


def test_observations_flatten(scalar_env):
    env = FlattenObservation(scalar_env())
    observation, _ = env.reset(seed=0)
    assert env.observation_space.contains(observation)
    assert isinstance(env.action_space, gym.spaces.Discrete)


def test_a_video_is_recorded(scalar_env, tmp_path, monkeypatch):
    """Gymnasium writes with moviepy; where this optional package is missing, PyAV replaces it."""
    if find_spec("moviepy") is None:
        clips = ModuleType("moviepy.video.io.ImageSequenceClip")
        clips.ImageSequenceClip = AvClip
        for name in ("moviepy", "moviepy.video", "moviepy.video.io"):
            monkeypatch.setitem(sys.modules, name, ModuleType(name))
        monkeypatch.setitem(sys.modules, clips.__name__, clips)
    folder = tmp_path / "videos"
    env = RecordVideo(scalar_env(render_mode="rgb_array"), str(folder), episode_trigger=lambda _: True)
    env.reset(seed=0)
    steps, ended = 0, False
    while not ended:
        _, _, ended, *_ = env.step(env.unwrapped.action_masks().argmax())
        steps += 1
    env.close()
    (file,) = folder.glob("*.mp4")
    with av.open(str(file)) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    assert len(frames) == steps + 1  # one after the reset, one after each play
    assert frames[0].shape == (400, 640, 3)
    assert np.abs(frames[0].astype(int) - frames[-1]).max() > 50


class AvClip:
    """The part of moviepy's ImageSequenceClip that RecordVideo uses."""

    def __init__(self, frames, fps):
        self.frames, self.fps = frames, fps

    def write_videofile(self, path, logger=None):
        with av.open(path, "w") as video:
            stream = video.add_stream("mpeg4", rate=self.fps, width=640, height=400)
            for frame in self.frames:
                video.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(frame), format="rgb24")))
            video.mux(stream.encode())


@pytest.mark.parametrize(("name", "loss"), [("maskable-ppo", "train/value_loss"), ("dagger", "train/loss")])
def test_tensorboard_shows_utilities_by_term(name, loss, train, tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    agent = train(name, log_dir=tmp_path)
    (folder,) = tmp_path.iterdir()
    events = accumulator.EventAccumulator(str(folder))
    events.Reload()
    tags = set(events.Tags()["scalars"])
    assert {"session/skip_rate", "session/length_mean", "session/utility_energy_arc", loss} <= tags
    shown = events.Scalars("session/length_mean")[-1].value
    assert np.isclose(agent.curve["length_mean"], shown, atol=1e-4).any()

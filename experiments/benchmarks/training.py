"""Measures where the time of training goes, and its speed relative to the same algorithm on CartPole-v1.

usage: python experiments/benchmarks/training.py [--agents ppo dqn] [--steps 40000] [--sessions 64]

All numbers are CPU time of one process with one torch thread. Each training is divided into the steps of the
environment, the overhead of the adapter to Stable-Baselines3, choosing (forward passes of the policy),
learning (gradient steps), and the rest (buffers, callbacks).
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.env_util import make_vec_env

from segue.agents import agent_info
from segue.agents.networks.scorer import ScorerSettings
from segue.agents.registry import TRAINING_SETTINGS
from segue.agents.sb3.learning_curve import LearningCurve
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.agents.settings import default_settings
from segue.experiments.console import errors_in_one_sentence, output, print_table
from segue.experiments.formatting import number, per_cent
from segue.experiments.runs.batches import make_batch

ENVIRONMENT, CARTPOLE = "segue/Playlist-v0", "CartPole-v1"
TARGET = 0.15
"""Largest acceptable share of environment and adapter in the time of PPO."""
PLAIN: dict[str, type[BaseAlgorithm]] = {"ppo": PPO, "maskable-ppo": PPO, "a2c": A2C, "dqn": DQN}
"""The algorithm of Stable-Baselines3 that corresponds to an agent, for CartPole."""

Parts: TypeAlias = defaultdict[str, float]
"""CPU seconds by part."""


@dataclass(frozen=True)
class Timing:
    """CPU seconds of a training.

    Attributes:
        agent: The agent.
        environment: The environment.
        steps: Training steps.
        total: CPU seconds in total.
        parts: CPU seconds of the environment's `step`, of the adapter's (which includes the former), of the
            policy's `forward` and of `train`.
    """

    agent: str
    environment: str
    steps: int
    total: float
    parts: Parts

    @property
    def rate(self) -> float:
        """Steps per CPU second."""
        return self.steps / self.total

    @property
    def environment_share(self) -> float:
        """Share of environment and adapter in the total time."""
        return self.parts["adapter"] / self.total

    def row(self) -> tuple[str, ...]:
        """Returns the row of the table."""
        overhead = self.parts["adapter"] - self.parts["environment"]
        rest = self.total - self.parts["adapter"] - self.parts["choosing"] - self.parts["learning"]
        shares = (self.parts["environment"], overhead, self.parts["choosing"], self.parts["learning"], rest)
        return (
            self.agent,
            self.environment,
            number(self.rate, 0),
            per_cent(self.environment_share),
            *(per_cent(seconds / self.total) for seconds in shares),
        )


def watch(owner: Any, method: str, part: str, parts: Parts) -> None:
    """Wraps a method of an object so that its CPU time is added to a part."""
    inner = getattr(owner, method)

    def timed(*args: Any, **kwargs: Any) -> Any:
        started = time.process_time()
        try:
            return inner(*args, **kwargs)
        finally:
            parts[part] += time.process_time() - started

    setattr(owner, method, timed)


def time_segue(agent: str, steps: int, sessions: int, seed: int = 0) -> Timing:
    """Measures a training on `ENVIRONMENT` with the default settings of the agent and `sessions` sessions."""
    settings = {key: value for key, value in default_settings(agent).items() if key not in TRAINING_SETTINGS}
    env = PlaylistVecEnv(make_batch(ENVIRONMENT, {"split": "train"}, sessions))
    env.seed(seed)
    model = agent_info(agent).load()(env, seed, **settings)
    parts: Parts = defaultdict(float)
    watch(env.env, "step", "environment", parts)
    watch(env, "step_wait", "adapter", parts)
    curve = LearningCurve(max(steps // 50, 1), env.env.sessions.setting.length)
    timing = _time(model, agent, ENVIRONMENT, steps, parts, curve)
    env.close()
    return timing


def time_cartpole(agent: str, steps: int, sessions: int, seed: int = 0) -> Timing:
    """Measures a training of the same algorithm and settings on CartPole, with the library's network."""
    specific = {"num_envs", "final_learning_rate", *ScorerSettings().to_dict()}
    settings = {key: value for key, value in default_settings(agent).items() if key not in specific}
    env = make_vec_env(CARTPOLE, sessions, seed=seed)
    model = PLAIN[agent]("MlpPolicy", env, seed=seed, device="cpu", **settings)
    parts: Parts = defaultdict(float)
    watch(env, "step_wait", "adapter", parts)
    timing = _time(model, agent, CARTPOLE, steps, parts)
    timing.parts["environment"] = timing.parts["adapter"]
    env.close()
    return timing


def _time(
    model: BaseAlgorithm,
    agent: str,
    environment: str,
    steps: int,
    parts: Parts,
    curve: LearningCurve | None = None,
) -> Timing:
    for method in ("forward", "predict"):
        # On-policy algorithms call `forward` in a rollout, those with a replay buffer `predict`.
        watch(model.policy, method, "choosing", parts)
    watch(model, "train", "learning", parts)
    started = time.process_time()
    model.learn(steps, callback=curve)
    return Timing(agent, environment, model.num_timesteps, time.process_time() - started, parts)


def main() -> None:
    """Measures trainings and prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--agents", nargs="+", choices=sorted(PLAIN), default=["ppo", "maskable-ppo", "dqn"])
    parser.add_argument("--steps", type=int, default=40_000, help="steps of each training")
    parser.add_argument("--sessions", type=int, default=64, help="sessions stepped at once")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    time_segue(arguments.agents[0], 1, arguments.sessions)  # compiles everything
    timings = []
    for agent in arguments.agents:
        timings.append(time_segue(agent, arguments.steps, arguments.sessions))
        timings.append(time_cartpole(agent, arguments.steps, arguments.sessions))
    parts = ("environment", "adapter", "choosing", "learning", "rest")
    head = ("agent", "environment", "steps/s", "env + adapter", *parts)
    title = f"CPU time of training, {arguments.sessions} sessions, one core"
    print_table(head, [timing.row() for timing in timings], title=title, numbers=head[2:])
    for segue, cartpole in zip(timings[::2], timings[1::2], strict=True):
        output().print(f"{segue.agent}: {segue.rate / cartpole.rate:.2f} × its steps/s on {CARTPOLE}")
    output().print(f"Target: environment and adapter take at most {per_cent(TARGET)} of the time of PPO.")


if __name__ == "__main__":
    with errors_in_one_sentence("training"):
        main()

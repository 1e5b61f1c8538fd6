"""Training: from the names of an agent and an environment to a trained agent with its learning curve."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import gymnasium as gym
import numpy as np
import torch as th
from stable_baselines3 import SAC
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

from segue.agents.imitation.dagger import DAgger
from segue.agents.networks.pointing_policy import PointingActor
from segue.agents.networks.scorer import CandidateScorer
from segue.agents.registry import TRAINING_SETTINGS, agent_info, check_learned_settings
from segue.agents.sb3.checkpoints import Checkpoints
from segue.agents.sb3.domain_randomization import randomized_env
from segue.agents.sb3.learning_curve import LearningCurve
from segue.agents.sb3.mixed_vec_env import MixedVecEnv
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.agents.settings import default_settings
from segue.agents.trained.base import TrainedAgent
from segue.agents.trained.model_agent import ModelAgent
from segue.agents.trained.sac_agent import SacAgent
from segue.agents.trained.scorer_agent import ScorerAgent
from segue.envs import environment
from segue.features.errors import UserError, excerpt

POINTS_ON_CURVE = 50
CHECKPOINTS = 10
"""Parts of a training after each of which `on_checkpoint` is called."""
_DEFAULT_NUM_ENVS = 64
_MOST_NUM_ENVS = 100_000

_Network = TypeVar("_Network", bound=th.nn.Module)


def train_agent(
    name: str,
    env_id: str,
    env_settings: Mapping[str, Any] | None = None,
    *,
    seed: int,
    steps: int,
    settings: Mapping[str, Any] | None = None,
    domain_randomization: str | None = None,
    on_progress: Callable[[int], None] | None = None,
    on_checkpoint: Callable[[TrainedAgent, int], None] | None = None,
    log_dir: str | Path | None = None,
) -> TrainedAgent:
    """Trains an agent in a batch of sessions, on one torch thread.

    Args:
        name: A learned agent's name.
        env_id: A registered environment.
        env_settings: Its settings; with `split="train"` the tracks and listeners of testing stay unseen.
        seed: Seed of everything random in training: sessions, weights, exploration. The same seed gives the
            same agent.
        steps: Choices to train on, summed over sessions; rounded up to whole rollouts.
        settings: Settings of the agent, which override its defaults in `agents/settings`; `num_envs` is the
            size of the batch.
        domain_randomization: Name or path of a catalogue with whose tracks half of the sessions are played,
            such as `"synthetic:10000"`, so that what is learnt transfers to other tracks; see
            `segue.agents.sb3.domain_randomization`. None for the agent's default: `dagger` has
            `"synthetic:10000"`, the others use only the environment's tracks. `settings` may hold it too, and
            take precedence: there None stands for only the environment's tracks.
        on_progress: Called some fifty times during training with the steps done so far.
        on_checkpoint: Called with the agent as it is and the steps done so far: before training, after each
            tenth of the steps, with the end of the rollout, and after training. It may let the agent play,
            which leaves no trace in its training.
        log_dir: A folder for TensorBoard; beside the algorithm's own curves it receives, under `session/`,
            the returns, skip rates, lengths and utilities by term of training sessions. Needs the extra
            `track`.

    Returns:
        The trained agent, with `steps` as they were done, and `curve`, which describes the sessions with the
        environment's own tracks.

    Raises:
        UserError: The agent or the environment is unknown, the agent does not learn, a setting is unknown, or
            the catalogue of `domain_randomization` cannot be used.
    """
    environment(env_id)
    info = agent_info(name)
    if not info.learned:
        raise UserError(f"Agent {name!r} does not learn: use make_agent.")
    if steps < 1:
        raise UserError(f"Agent {name!r} needs 1 training step or more, not {steps}.")
    if domain_randomization is not None:
        settings = {"domain_randomization": domain_randomization, **(settings or {})}
    threads = th.get_num_threads()
    th.set_num_threads(1)
    try:
        model, env, chosen = untrained_model(name, env_id, env_settings, seed=seed, settings=settings)
        longest, by_round = env.env.sessions.setting.length, isinstance(model, DAgger)
        curve = LearningCurve(max(steps // POINTS_ON_CURVE, 1), longest, on_progress, by_round=by_round)
        callbacks: list[BaseCallback] = [curve]
        if on_checkpoint is not None:

            def visit(done: int) -> None:
                on_checkpoint(_trained_agent(name, model, env, seed, chosen), done)

            callbacks.append(Checkpoints(max(steps // CHECKPOINTS, 1), visit))
        if log_dir is not None:
            model.tensorboard_log = str(log_dir)
        else:
            # Without a logger Stable-Baselines3 makes an empty folder for one in the temporary directory.
            model.set_logger(Logger(folder=None, output_formats=[]))
        model.learn(steps, callback=callbacks, log_interval=None if log_dir is None else 1)
        env.close()
    finally:
        th.set_num_threads(threads)
    agent = _trained_agent(name, model, env, seed, chosen)
    agent.curve, agent.steps = curve.frame, model.num_timesteps
    return agent


def untrained_model(
    name: str,
    env_id: str,
    env_settings: Mapping[str, Any] | None = None,
    *,
    seed: int,
    settings: Mapping[str, Any] | None = None,
) -> tuple[Any, PlaylistVecEnv | MixedVecEnv, dict[str, Any]]:
    """Builds the algorithm of a learned agent and the sessions in which it will train; see `train_agent`.

    Returns:
        The algorithm, its sessions, and all settings with which it was built.

    Raises:
        UserError: A setting is unknown or has a value that cannot be used, or the agent does not fit the
            environment.
    """
    factory = agent_info(name).load()
    chosen = {"num_envs": _DEFAULT_NUM_ENVS, **default_settings(name), **(settings or {})}
    check_learned_settings(name, chosen, factory)
    num_envs = chosen["num_envs"]
    if isinstance(num_envs, bool) or not isinstance(num_envs, int) or not 1 <= num_envs <= _MOST_NUM_ENVS:
        raise UserError(
            f"Agent {name!r}: num_envs must be a whole number from 1 to {_MOST_NUM_ENVS:,}, but is "
            f"{excerpt(num_envs)}."
        )
    env = _training_sessions(env_id, env_settings or {}, num_envs, chosen.get("domain_randomization"))
    # Large and scattered, so that training never uses the small seeds of evaluation.
    env.seed_each(np.random.SeedSequence(seed).generate_state(num_envs).tolist())
    arguments = {key: value for key, value in chosen.items() if key not in TRAINING_SETTINGS}
    return factory(env, seed, **arguments), env, chosen


def _training_sessions(
    env_id: str, env_settings: Mapping[str, Any], num_envs: int, catalog: str | None
) -> PlaylistVecEnv | MixedVecEnv:
    """Makes the sessions of a training, half of them with the tracks of `catalog`, if there is one."""
    if catalog is not None and num_envs < 2:
        raise UserError("domain_randomization needs num_envs of 2 or more: half of the sessions use it.")
    n_other = 0 if catalog is None else num_envs // 2
    mode = "vector_entry_point"
    own = PlaylistVecEnv(gym.make_vec(env_id, num_envs - n_other, vectorization_mode=mode, **env_settings))
    return own if catalog is None else MixedVecEnv(own, randomized_env(own, catalog, n_other))


def _trained_agent(
    name: str, model: Any, env: PlaylistVecEnv | MixedVecEnv, seed: int, settings: dict[str, Any]
) -> TrainedAgent:
    """Takes the agent out of a model: its scorer or its actor, if it has one of segue's.

    The agent plays on the CPU. A network on another device is copied, since `cpu` would move the one that may
    still be training.
    """
    if isinstance(model, SAC) and isinstance(model.actor, PointingActor):
        return SacAgent(name, _on_cpu(model.actor), seed=seed)
    scorer = getattr(model.policy, "scorer", None)
    if isinstance(scorer, CandidateScorer):
        return ScorerAgent(name, _on_cpu(scorer), samples=isinstance(model, OnPolicyAlgorithm), seed=seed)
    return ModelAgent(name, model, env.observation_spec, settings)


def _on_cpu(network: _Network) -> _Network:
    if all(weights.device.type == "cpu" for weights in network.parameters()):
        return network
    return copy.deepcopy(network).cpu()

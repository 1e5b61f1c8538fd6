"""Proximal policy optimisation in one file, on the native vector environment.

The equations are those of Schulman et al. 2017, "Proximal Policy Optimization Algorithms", with generalised
advantage estimation (Schulman et al. 2016, "High-Dimensional Continuous Control Using Generalized Advantage
Estimation"). It uses nothing from segue but the environment, so it is a starting point for an algorithm that
Stable-Baselines3 does not have.

Run it with `python ppo.py`; `python ppo.py --help` lists the settings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
import torch
import tyro
from torch import Tensor, nn
from torch.distributions import Categorical
from tqdm import tqdm

Arrays = dict[str, np.ndarray]
"""A batch of observations, as the environment returns it."""
Tensors = dict[str, Tensor]
"""The same for torch."""
Policy = Callable[[Arrays], np.ndarray]
"""From a batch of observations to actions (B,)."""


@dataclass
class Args:
    """Settings of a training run."""

    env: str = "segue.envs:segue/Playlist-v0"
    """Id of the environment."""
    seed: int = 1
    """Seed of the network, the actions and the training sessions."""
    split_seed: int = 0
    """Which split of the catalogue into tracks of training and of evaluation."""
    steps: int = 60_000
    """Environment steps, over all sessions."""
    num_envs: int = 64
    """Sessions that are stepped at once."""
    rollout: int = 32
    """Steps of each session between two updates."""
    epochs: int = 8
    """Passes over the data of a rollout."""
    batch_size: int = 128
    """Steps per gradient step."""
    learning_rate: float = 3e-3
    """Step size of Adam at the start; it falls linearly to a tenth of it."""
    gamma: float = 0.95
    """Discount."""
    gae_lambda: float = 0.9
    """Decay of the advantage estimator: 0 trusts the value function, 1 the returns."""
    clip: float = 0.2
    """How far the probability ratio may move from 1 before its gradient is cut off."""
    entropy: float = 0.005
    """Weight of the entropy bonus."""
    value_weight: float = 0.5
    """Weight of the value loss."""
    max_grad_norm: float = 0.5
    """Gradients are scaled down to this norm."""
    hidden: int = 64
    """Width of the network."""
    test_sessions: int = 200
    """Sessions of the evaluation, whose listeners and tracks training has not seen."""


class CandidateNetwork(nn.Module):
    """One small MLP applied to every candidate, and a value head on the mean over the available candidates.

    The scores do not depend on the order of the pool, and the number of weights does not depend on its size.

    Args:
        shapes: Shape of each part of the observation of one session.
        hidden: Width of both layers.
    """

    def __init__(self, shapes: dict[str, tuple[int, ...]], hidden: int) -> None:
        super().__init__()
        # A linear layer of the concatenation [candidate, transition, context], split so that the context,
        # which all candidates share, is multiplied once per session.
        self.from_candidate = nn.Linear(shapes["candidates"][1] + shapes["transitions"][1], hidden)
        self.from_context = nn.Linear(shapes["context"][0], hidden, bias=False)
        self.body = nn.Sequential(nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.score = nn.Linear(hidden, 1)
        self.value = nn.Linear(hidden, 1)
        nn.init.zeros_(self.score.weight)  # the first policy is uniform

    def forward(self, observation: Tensors) -> tuple[Categorical, Tensor]:
        """Returns the distribution over the K candidates and the values, for a batch of B sessions.

        Args:
            observation: `candidates` (B, K, F), `transitions` (B, K, T), `available` (B, K) and `context`
                (B, C).

        Returns:
            The policy, which never plays a taken candidate, and values (B,).
        """
        free = observation["available"] > 0.5
        each = torch.cat([observation["candidates"], observation["transitions"]], dim=-1)
        shared = self.from_context(observation["context"]).unsqueeze(1)
        hidden = self.body(self.from_candidate(each) + shared)
        logits = self.score(hidden).squeeze(-1).masked_fill(~free, -1e9)
        pooled = (hidden * free.unsqueeze(-1)).sum(1) / free.sum(1, keepdim=True).clamp(min=1)
        return Categorical(logits=logits, validate_args=False), self.value(pooled).squeeze(-1)


def as_tensors(observation: Arrays) -> Tensors:
    """Wraps the arrays of an observation; the environment writes fresh ones at every step."""
    return {key: torch.from_numpy(array) for key, array in observation.items()}


@dataclass
class Rollout:
    """T steps of B sessions: every tensor is (T, B); those of the observations have further axes."""

    observations: Tensors
    actions: Tensor
    log_probs: Tensor
    advantages: Tensor
    returns: Tensor


class Collector:
    """Plays with the current policy; a session that a rollout leaves unfinished continues in the next."""

    def __init__(
        self, env: gym.vector.VectorEnv, first: Arrays, network: CandidateNetwork, args: Args
    ) -> None:
        self.env, self.network, self.args = env, network, args
        self.observation = as_tensors(first)
        self.earned = np.zeros(args.num_envs)
        self.finished: list[float] = []
        """Returns of the sessions that ended since training began."""

    @torch.no_grad()
    def collect(self) -> Rollout:
        """Plays one rollout and estimates its advantages."""
        kept: dict[str, list[Tensor]] = {}
        seen: list[Tensors] = []
        for _ in range(self.args.rollout):
            policy, value = self.network(self.observation)
            action = policy.sample()
            seen.append(self.observation)
            reward, done = self._step(action)
            step = {"action": action, "log_prob": policy.log_prob(action), "value": value}
            for name, tensor in {**step, "reward": reward, "done": done}.items():
                kept.setdefault(name, []).append(tensor)
        stacked = {name: torch.stack(tensors) for name, tensors in kept.items()}
        advantages = self._advantages(stacked, self.network(self.observation)[1])
        return Rollout(
            {key: torch.stack([observation[key] for observation in seen]) for key in self.observation},
            stacked["action"],
            stacked["log_prob"],
            advantages,
            advantages + stacked["value"],
        )

    def _step(self, action: Tensor) -> tuple[Tensor, Tensor]:
        """Steps all sessions; returns rewards (B,) and whether each session ended (B,), as 0 or 1."""
        observation, reward, terminated, truncated, info = self.env.step(action.numpy())
        done = terminated | truncated
        self.earned += reward
        self.finished += self.earned[done].tolist()
        self.earned[done] = 0.0
        reward = torch.as_tensor(reward, dtype=torch.float32)
        # Under SAME_STEP autoreset, `observation` already shows the next session where one has ended; the
        # last observation of the old one is in `final_obs`. A session that an outside limit cut off was not
        # over, so the value of the rest is added to its last reward. One that terminated earns nothing more.
        cut = np.flatnonzero(truncated & ~terminated)
        if cut.size:
            last = {key: np.stack([info["final_obs"][row][key] for row in cut]) for key in observation}
            reward[cut] += self.args.gamma * self.network(as_tensors(last))[1]
        self.observation = as_tensors(observation)
        return reward, torch.as_tensor(done, dtype=torch.float32)

    def _advantages(self, kept: Tensors, next_value: Tensor) -> Tensor:
        """Returns advantages (T, B), sum_l (gamma lambda)^l delta_{t+l} up to the end of each session."""
        advantages = torch.zeros_like(kept["reward"])
        running = torch.zeros_like(next_value)
        for t in reversed(range(len(advantages))):
            continues = 1.0 - kept["done"][t]
            delta = kept["reward"][t] + self.args.gamma * next_value * continues - kept["value"][t]
            running = delta + self.args.gamma * self.args.gae_lambda * continues * running
            advantages[t], next_value = running, kept["value"][t]
        return advantages


def update(network: CandidateNetwork, optimiser: torch.optim.Optimizer, data: Rollout, args: Args) -> None:
    """Takes several passes of gradient steps over a rollout."""
    observations = {key: tensor.flatten(0, 1) for key, tensor in data.observations.items()}
    actions, old, advantages, returns = (
        tensor.flatten() for tensor in (data.actions, data.log_probs, data.advantages, data.returns)
    )
    for _ in range(args.epochs):
        for rows in torch.split(torch.randperm(len(actions)), args.batch_size):
            policy, value = network({key: tensor[rows] for key, tensor in observations.items()})
            advantage = advantages[rows]
            advantage = (advantage - advantage.mean()) / (advantage.std(correction=0) + 1e-8)
            ratio = (policy.log_prob(actions[rows]) - old[rows]).exp()
            clipped = ratio.clamp(1 - args.clip, 1 + args.clip)
            gain = torch.minimum(ratio * advantage, clipped * advantage).mean()
            value_loss = ((value - returns[rows]) ** 2).mean()
            loss = -gain + args.value_weight * value_loss - args.entropy * policy.entropy().mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), args.max_grad_norm)
            optimiser.step()


def train(args: Args) -> CandidateNetwork:
    """Trains a network on the training tracks and listeners, with a progress line.

    Args:
        args: The settings.

    Returns:
        The trained network.
    """
    torch.manual_seed(args.seed)
    env = make_env(args, args.num_envs, "train")
    observation, _ = env.reset(seed=args.seed)
    network = CandidateNetwork({key: part.shape[1:] for key, part in observation.items()}, args.hidden)
    optimiser = torch.optim.Adam(network.parameters(), lr=args.learning_rate)
    collector = Collector(env, observation, network, args)
    per_rollout = args.num_envs * args.rollout
    with tqdm(total=args.steps, unit=" steps") as progress:
        while progress.n < args.steps:
            optimiser.param_groups[0]["lr"] = args.learning_rate * (1 - 0.9 * progress.n / args.steps)
            update(network, optimiser, collector.collect(), args)
            if collector.finished:
                progress.set_postfix({"return": f"{np.mean(collector.finished[-200:]):.2f}"})
            progress.update(per_rollout)
    env.close()
    return network


def make_env(args: Args, num_envs: int, split: str) -> gym.vector.VectorEnv:
    """Makes the native vector environment; `split` chooses its tracks and listeners."""
    settings: dict[str, Any] = {"split": split, "split_seed": args.split_seed}
    return gym.make_vec(args.env, num_envs=num_envs, vectorization_mode="vector_entry_point", **settings)


def greedy(network: CandidateNetwork) -> Policy:
    """Returns the policy that plays the candidate with the highest score."""

    @torch.no_grad()
    def act(observation: Arrays) -> np.ndarray:
        return network(as_tensors(observation))[0].logits.argmax(1).numpy()

    return act


def uniform(seed: int) -> Policy:
    """Returns the policy that plays any available candidate with equal probability."""
    rng = np.random.default_rng(seed)
    return lambda observation: (rng.random(observation["available"].shape) * observation["available"]).argmax(
        1
    )


def mean_return(policy: Policy, args: Args) -> float:
    """Plays the first session under each test seed, the same listeners and noise for every policy."""
    env = make_env(args, args.test_sessions, "test")
    observation, _ = env.reset(seed=2**32)  # training draws its seeds below
    earned, over = np.zeros(args.test_sessions), np.zeros(args.test_sessions, bool)
    while not over.all():
        observation, reward, terminated, truncated, _ = env.step(policy(observation))
        earned += np.where(over, 0.0, reward)
        over |= terminated | truncated
    env.close()
    return float(earned.mean())


def main(args: Args) -> dict[str, Any]:
    """Trains, and compares the trained policy with a random one on the same unseen sessions."""
    torch.set_num_threads(1)  # a network this small is slower on several threads
    returns = {"ppo": mean_return(greedy(train(args)), args), "random": mean_return(uniform(args.seed), args)}
    for name, value in returns.items():
        print(f"{name}: mean return {value:.2f} over {args.test_sessions} unseen sessions")
    return returns


if __name__ == "__main__":
    main(tyro.cli(Args))

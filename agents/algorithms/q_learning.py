"""Masked double Q-learning over candidates, which evaluates only the candidates that the loss needs."""

from typing import Any

import numpy as np
import torch as th
from sb3_contrib import QRDQN
from sb3_contrib.common.utils import quantile_huber_loss
from stable_baselines3 import DQN
from stable_baselines3.common.buffers import DictReplayBuffer
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from torch.nn import functional as F  # noqa: N812 - torch's own name for it

from segue.agents.base import masked_argmax
from segue.agents.networks.q_policies import ScorerDQNPolicy, ScorerQRDQNPolicy
from segue.features.arrays import AnyArray


class PoolReplayBuffer(DictReplayBuffer):
    """Stores the candidates of a transition once: a session's pool is the same before and after a step."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.next_observations["candidates"] = self.observations["candidates"]


class MaskedQLearning(OffPolicyAlgorithm):
    """The part in which both algorithms differ from Stable-Baselines3's.

    Only available candidates are explored, chosen or bootstrapped from. Each session explores independently,
    where DQN draws once for the whole batch. Targets are those of double DQN (van Hasselt et al. 2016): the
    online network chooses the next candidate, the target network values it. Since a candidate's Q does not
    depend on the other candidates, the loss evaluates only the one that was played.
    """

    policy: Any
    exploration_rate: float
    max_grad_norm: Any

    def _setup_model(self) -> None:
        if self.replay_buffer_class is None:
            self.replay_buffer_class = PoolReplayBuffer
        super()._setup_model()
        self._exploration_rng = np.random.default_rng(self.seed)

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "_exploration_rng"]

    def _sample_action(
        self, learning_starts: int, action_noise: Any = None, n_envs: int = 1
    ) -> tuple[AnyArray, AnyArray]:
        assert isinstance(self._last_obs, dict)
        mask = self._last_obs["available"] > 0.5
        slots = masked_argmax(self._exploration_rng.random(mask.shape), mask)
        if self.num_timesteps >= learning_starts:
            greedy, _ = self.policy.predict(self._last_obs, deterministic=True)
            slots = np.where(self._exploration_rng.random(n_envs) < self.exploration_rate, slots, greedy)
        return slots, slots

    def loss(self, replay: Any) -> th.Tensor:
        """Computes the loss on a sample of the replay buffer, a scalar."""
        raise NotImplementedError

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """Takes gradient steps on samples of the replay buffer.

        Args:
            gradient_steps: Number of steps.
            batch_size: Transitions per step.
        """
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        assert self.replay_buffer is not None
        losses = []
        for _ in range(gradient_steps):
            loss = self.loss(self.replay_buffer.sample(batch_size, env=self._vec_normalize_env))
            self.policy.optimizer.zero_grad()
            th.autograd.backward(loss)
            if self.max_grad_norm is not None:
                th.nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
            self.policy.optimizer.step()
            losses.append(loss.item())
        self._n_updates += gradient_steps
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")
        self.logger.record("train/loss", np.mean(losses))


class MaskedDQN(MaskedQLearning, DQN):
    """Double DQN over the available candidates."""

    policy: ScorerDQNPolicy

    def targets(self, replay: Any) -> th.Tensor:
        """Computes the double-DQN targets of a replay sample.

        Args:
            replay: A sample of the replay buffer.

        Returns:
            reward + (1 - done) * discount * Q_target(s', argmax Q(s', available)), of shape (B,).
        """
        discounts = self.gamma if replay.discounts is None else replay.discounts.flatten()
        with th.no_grad():
            next_obs = replay.next_observations
            best = self.policy.q_net(next_obs).argmax(dim=1)
            value = self.policy.q_net_target.at(next_obs, best)
            return replay.rewards.flatten() + (1 - replay.dones.flatten()) * discounts * value

    def loss(self, replay: Any) -> th.Tensor:
        """Computes the Huber loss between the Q of the candidates played and their targets."""
        chosen = self.policy.q_net.at(replay.observations, replay.actions.long().flatten())
        return F.smooth_l1_loss(chosen, self.targets(replay))


class MaskedQRDQN(MaskedQLearning, QRDQN):
    """Quantile-regression DQN (Dabney et al. 2018) over the available candidates."""

    policy: ScorerQRDQNPolicy

    def targets(self, replay: Any) -> th.Tensor:
        """Computes target quantiles, (B, n_quantiles), for the next candidate with the highest mean."""
        discounts = self.gamma if replay.discounts is None else replay.discounts
        with th.no_grad():
            next_obs = replay.next_observations
            best = self.policy.quantile_net(next_obs).mean(dim=1).argmax(dim=1)
            quantiles = self.policy.quantile_net_target.at(next_obs, best)
            return replay.rewards + (1 - replay.dones) * discounts * quantiles

    def loss(self, replay: Any) -> th.Tensor:
        """Computes the quantile Huber loss between the candidates played and their targets."""
        chosen = self.policy.quantile_net.at(replay.observations, replay.actions.long().flatten())
        loss: th.Tensor = quantile_huber_loss(chosen, self.targets(replay), sum_over_quantiles=True)
        return loss

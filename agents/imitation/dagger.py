"""DAgger: a learner plays and learns to imitate an expert that sees the training listeners.

Ross, Gordon and Bagnell 2011 for the loop: the states are the learner's own, the expert's choices are their
labels, and earlier rounds are kept. The expert is privileged (Chen et al. 2020, "learning by cheating"): it
knows each training listener and plans with the simulator, neither of which the learner has when it is
evaluated. The learner, which cannot distinguish listeners at first, learns what is best on average for those
who would have responded as this one did.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.type_aliases import MaybeCallback, Schedule
from torch.nn import functional

from segue.agents.imitation.expert_rollouts import Expert, ExpertRollouts, Step
from segue.agents.networks.actor_policies import MASKED_LOGIT, ScorerMaskablePolicy
from segue.agents.sb3.mixed_vec_env import MixedVecEnv
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.features.errors import UserError


class DAgger(BaseAlgorithm):
    """DAgger with the interface of a Stable-Baselines3 algorithm; a step is a choice that the expert labels.

    Args:
        policy: The learner, a policy on a candidate scorer.
        env: Its training sessions. Each round plays all of them once, those of a `MixedVecEnv` part by part.
        learning_rate: Of Adam.
        batch_size: Choices per gradient step.
        n_epochs: Passes over the buffer after each round of sessions.
        buffer_rounds: Latest rounds whose choices are kept in the buffer.
        n_candidates: See `Expert`; so are the next three.
        search_rounds: Rounds of the expert's local search at each step.
        search_tries: Changes of a plan that are tried in each.
        temperature: Of the softmax over the expert's planned returns.
        tensorboard_log: Folder for TensorBoard.
        policy_kwargs: Passed on to the policy.
        verbose: As in Stable-Baselines3.
        seed: Seed of the weights, the expert's search and the shuffling.
        device: Device of the network.
    """

    policy: ScorerMaskablePolicy
    policy_class: type[ScorerMaskablePolicy]

    def __init__(
        self,
        policy: type[ScorerMaskablePolicy],
        env: PlaylistVecEnv | MixedVecEnv,
        learning_rate: float | Schedule = 3e-3,
        batch_size: int = 256,
        n_epochs: int = 2,
        buffer_rounds: int = 3,
        n_candidates: int = 30,
        search_rounds: int = 2,
        search_tries: int = 10,
        temperature: float = 0.6,
        tensorboard_log: str | None = None,
        policy_kwargs: dict[str, Any] | None = None,
        verbose: int = 0,
        seed: int | None = None,
        device: th.device | str = "cpu",
    ) -> None:
        counts = (batch_size, n_epochs, buffer_rounds, n_candidates, search_rounds, search_tries)
        if min(counts) < 1 or temperature <= 0:
            raise UserError(
                "Agent 'dagger' needs batch_size, n_epochs, buffer_rounds, n_candidates, search_rounds and "
                "search_tries of 1 or more and a temperature above 0."
            )
        super().__init__(
            policy,
            env,
            learning_rate,
            policy_kwargs=policy_kwargs,
            tensorboard_log=tensorboard_log,
            verbose=verbose,
            device=device,
            support_multi_env=True,
            seed=seed,
            supported_action_spaces=(spaces.Discrete,),
        )
        self.batch_size, self.n_epochs, self.buffer_rounds = batch_size, n_epochs, buffer_rounds
        self.expert = Expert(n_candidates, search_rounds, search_tries, temperature)
        self._setup_model()

    def _setup_model(self) -> None:
        self._setup_lr_schedule()
        self.set_random_seed(self.seed)
        self._rng = np.random.default_rng(self.seed)
        arguments = (self.observation_space, self.action_space, self.lr_schedule)
        self.policy = self.policy_class(*arguments, **self.policy_kwargs).to(self.device)

    def learn(
        self,
        total_timesteps: int,
        callback: MaybeCallback = None,
        log_interval: int | None = 1,
        tb_log_name: str = "DAgger",
        reset_num_timesteps: bool = True,
        progress_bar: bool = False,
    ) -> "DAgger":
        """Plays rounds of sessions until enough choices have been labelled, and fits the learner after each.

        Args:
            total_timesteps: Choices to label; rounded up to whole rounds.
            callback: Called as by Stable-Baselines3; a rollout is a round. Only sessions with the
                environment's own tracks are reported in `infos`.
            log_interval: None writes no logs.
            tb_log_name: Name of the run for TensorBoard.
            reset_num_timesteps: As in Stable-Baselines3.
            progress_bar: As in Stable-Baselines3.

        Returns:
            The algorithm.
        """
        arguments = (total_timesteps, callback, reset_num_timesteps, tb_log_name, progress_bar)
        total, callbacks = self._setup_learn(*arguments)
        buffer: deque[list[Step]] = deque(maxlen=self.buffer_rounds)
        callbacks.on_training_start(locals(), globals())
        continue_training = True
        while continue_training and self.num_timesteps < total:
            buffer.append([])
            callbacks.on_rollout_start()
            for step, finished in self._round():
                buffer[-1].append(step)
                self.num_timesteps += len(step.expert_probs)
                callbacks.update_locals({"infos": [{"episode": statistics} for statistics in finished]})
                continue_training = callbacks.on_step()
                if not continue_training:
                    break
            callbacks.on_rollout_end()
            self._sessions.reset()  # for the next round, of another training too
            self._update_current_progress_remaining(min(self.num_timesteps, total), total)
            self._fit([step for steps in buffer for step in steps])
            if log_interval is not None:
                self.logger.dump(self.num_timesteps)
        callbacks.on_training_end()
        return self

    @property
    def _sessions(self) -> PlaylistVecEnv | MixedVecEnv:
        assert isinstance(self.env, PlaylistVecEnv | MixedVecEnv)
        return self.env

    def _round(self) -> Iterator[tuple[Step, list[dict[str, float]]]]:
        """Yields the steps of a round, and the statistics to report of the sessions that ended with each."""
        env = self._sessions
        for part in env.parts if isinstance(env, MixedVecEnv) else (env,):
            for step in ExpertRollouts(part.env, self.policy.scorer, self.expert, self._rng):
                yield step, step.finished if part.env is env.env else []

    def _fit(self, steps: list[Step]) -> None:
        """Fits the learner's choice probabilities to the expert's."""
        self._update_learning_rate(self.policy.optimizer)
        keys = steps[0].observation.keys()
        inputs = {
            key: th.from_numpy(np.concatenate([s.observation[key] for s in steps])).to(self.device)
            for key in keys
        }
        expert_probs = th.from_numpy(np.concatenate([step.expert_probs for step in steps])).to(self.device)
        losses = []
        for _ in range(self.n_epochs):
            order = th.from_numpy(self._rng.permutation(len(expert_probs))).to(self.device)
            for rows in th.split(order, self.batch_size):
                observation = {key: values[rows] for key, values in inputs.items()}
                logits = self.policy.scorer.scores(observation)
                logits = logits.masked_fill(observation["available"] < 0.5, MASKED_LOGIT)
                loss = functional.cross_entropy(logits, expert_probs[rows])
                self.policy.optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                self.policy.optimizer.step()
                losses.append(loss.item())
        self._n_updates += self.n_epochs
        self.logger.record("train/loss", float(np.mean(losses)))

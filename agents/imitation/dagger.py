"""DAgger: a student plays, a planner that sees the training listeners advises, the student learns to agree.

Ross, Gordon and Bagnell 2011 for the loop: the states are the student's own, the choices of the teacher are
their labels, and what was gathered before is kept. The teacher is privileged (Chen et al. 2020, "learning by
cheating"): it knows each training listener and plans with the simulator, neither of which the student has
when it is evaluated. The student, which cannot tell listeners apart at first, learns what is best on average
for those who would have responded as this one did.
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

from segue.agents.imitation.domain_randomization import randomized_env
from segue.agents.imitation.expert_rollouts import Expert, ExpertRollouts, Step
from segue.agents.networks.actor_policies import MASKED_LOGIT, ScorerMaskablePolicy
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.features.errors import UserError


class DAgger(BaseAlgorithm):
    """Stable-Baselines3's frame around the lessons; a step is a choice that the teacher has labelled.

    Args:
        policy: The student, a policy around a candidate scorer.
        env: Its training sessions.
        learning_rate: Of Adam.
        batch_size: Choices in a gradient step.
        n_epochs: Passes over what is kept, after each round of sessions.
        keep: Rounds whose choices are kept.
        candidates: See `Teacher`; so are the next three.
        rounds: Rounds of its local search.
        tries: Changes tried in each.
        temperature: How firmly it speaks.
        practice: Catalogue whose tracks every second round is played with, if its features are those of the
            environment's: see `segue.agents.imitation.domain_randomization`.
        tensorboard_log: Folder for TensorBoard.
        policy_kwargs: Passed on to the policy.
        verbose: As in Stable-Baselines3.
        seed: Seed of the weights and the shuffling.
        device: Where the network is.
    """

    policy: ScorerMaskablePolicy
    policy_class: type[ScorerMaskablePolicy]

    def __init__(
        self,
        policy: type[ScorerMaskablePolicy],
        env: PlaylistVecEnv,
        learning_rate: float | Schedule = 3e-3,
        batch_size: int = 256,
        n_epochs: int = 2,
        buffer_rounds: int = 3,
        candidates: int = 30,
        rounds: int = 2,
        tries: int = 10,
        temperature: float = 0.6,
        domain_randomization: str | None = None,
        tensorboard_log: str | None = None,
        policy_kwargs: dict[str, Any] | None = None,
        verbose: int = 0,
        seed: int | None = None,
        device: th.device | str = "cpu",
    ) -> None:
        if min(batch_size, n_epochs, buffer_rounds, candidates, rounds, tries) < 1 or temperature <= 0:
            raise UserError(
                "Agent 'dagger' needs batch_size, n_epochs, keep, candidates, rounds and tries of 1 or more "
                "and a temperature above 0."
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
        self.expert = Expert(candidates, rounds, tries, temperature)
        self.domain_randomization = domain_randomization
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
        """Holds rounds of lessons until so many choices have been labelled, and learns after each."""
        arguments = (total_timesteps, callback, reset_num_timesteps, tb_log_name, progress_bar)
        total, watcher = self._setup_learn(*arguments)
        kept: deque[list[Step]] = deque(maxlen=self.buffer_rounds)
        watcher.on_training_start(locals(), globals())
        turns, going_on = self._turns(), True
        while going_on and self.num_timesteps < total:
            kept.append([])
            watcher.on_rollout_start()
            env, own = next(turns)
            for step in ExpertRollouts(env.env, self.policy.scorer, self.expert, self._rng):
                kept[-1].append(step)
                self.num_timesteps += len(step.expert_probs)
                ended = step.finished if own else []
                watcher.update_locals({"infos": [{"episode": statistics} for statistics in ended]})
                going_on = watcher.on_step()
                if not going_on:
                    break
            watcher.on_rollout_end()
            self._update_current_progress_remaining(min(self.num_timesteps, total), total)
            self._fit([step for steps in kept for step in steps])
            if log_interval is not None:
                self.logger.dump(self.num_timesteps)
        watcher.on_training_end()
        return self

    def _turns(self) -> Iterator[tuple[PlaylistVecEnv, bool]]:
        """Gives fresh sessions for each round, and whether they are the environment's own."""
        env = self.env
        assert isinstance(env, PlaylistVecEnv)
        other = (
            randomized_env(env, self.domain_randomization) if self.domain_randomization is not None else None
        )
        if other is not None:
            other.seed_each(self._rng.integers(2**32, size=other.num_envs).tolist())
        if self.num_timesteps:  # learning has begun with fresh sessions
            env.reset()
        while True:
            yield env, True
            if other is not None:
                other.reset()
                yield other, False
            env.reset()

    def _fit(self, steps: list[Step]) -> None:
        """Makes the student's distribution over the candidates more like the teacher's."""
        self._update_learning_rate(self.policy.optimizer)
        keys = steps[0].observation.keys()
        seen = {key: th.from_numpy(np.concatenate([s.observation[key] for s in steps])) for key in keys}
        expert_probs = th.from_numpy(np.concatenate([step.expert_probs for step in steps]))
        losses = []
        for _ in range(self.n_epochs):
            order = th.from_numpy(self._rng.permutation(len(expert_probs)))
            for part in th.split(order, self.batch_size):
                observation = {key: values[part] for key, values in seen.items()}
                member_logits = self.policy.scorer.member_logits(observation)
                member_logits = member_logits.masked_fill(observation["available"] < 0.5, MASKED_LOGIT)
                # The mean over members; none sees what the others say, so each learns as if alone.
                loss = functional.cross_entropy(
                    member_logits.flatten(0, 1), expert_probs[part].repeat(len(member_logits), 1)
                )
                self.policy.optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                self.policy.optimizer.step()
                losses.append(loss.item())
        self._n_updates += self.n_epochs
        self.logger.record("train/loss", float(np.mean(losses)))

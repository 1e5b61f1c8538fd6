"""Lessons: sessions that a student plays while a planner that sees their listeners gives advice."""

from dataclasses import dataclass

import numpy as np
import torch as th

from segue.agents.base import best_available
from segue.agents.networks.ensemble import Ensemble
from segue.agents.networks.scorer import CandidateScorer
from segue.agents.networks.session_estimator import SessionEstimator
from segue.agents.oracles.planning.beam_search import beam_search
from segue.agents.oracles.planning.local_search import polish, values_in_front, without
from segue.agents.sb3.episode_statistics import EpisodeStatistics
from segue.envs import PlaylistVectorEnv, Sessions
from segue.features.arrays import AnyArray

BEAM, BRANCH, FIRST_ROUNDS = 2, 4, 10
"""Of the teacher's first plan: partial plans kept, continuations of each, rounds of local search."""


@dataclass(frozen=True)
class Expert:
    """How the teacher plans, and how firmly it speaks."""

    candidates: int = 30
    """Candidates that it values: what it would play, and those with the highest expected reward."""
    rounds: int = 2
    """Rounds of local search that it spends on a plan at each step; it plans once and goes on from there."""
    tries: int = 10
    """Changes of the plan that it tries in a round."""
    temperature: float = 0.6
    """What a return must lose to be advised e times less."""


@dataclass
class Step:
    """One step of all sessions that were still running.

    Attributes:
        observation: What the student saw, arrays with a leading axis R.
        advice: How the teacher would choose, (R, K), rows that sum to 1.
        finished: Tallies of the sessions that ended with it.
    """

    observation: dict[str, AnyArray]
    expert_probs: AnyArray
    finished: list[dict[str, float]]


class ExpertRollouts:
    """Plays one round of sessions, all from their first track on; an iterator over its steps.

    Sessions that have ended wait for the others, since the teacher plans for sessions in step.

    Args:
        env: The sessions; already reset.
        student: Plays them, always its favourite.
        teacher: How the teacher plans.
        rng: Source of what the teacher tries.
    """

    def __init__(
        self,
        env: PlaylistVectorEnv,
        learner: CandidateScorer | Ensemble,
        expert: Expert,
        rng: np.random.Generator,
    ) -> None:
        self._env, self._learner, self._expert, self._rng = env, learner, expert, rng
        self._plans: AnyArray | None = None
        self._statistics = EpisodeStatistics(env.num_envs)
        self._known: SessionEstimator | None = None
        if learner.settings.use_session_estimates:
            self._known = SessionEstimator.fresh(
                env.num_envs, env.sessions.pool_size, learner.observation_spec
            )

    def __iter__(self) -> "ExpertRollouts":
        return self

    def __next__(self) -> Step:
        """Plays a track in every session that is still running."""
        sessions = self._env.sessions
        live = np.flatnonzero(~sessions.state.ended & sessions.available.any(axis=1))
        if not live.size:
            raise StopIteration
        now = sessions.repeat(live)
        whole: dict[str, AnyArray] = dict(self._env.layout.observe(sessions))
        if self._known is not None:
            self._known = self._known.seeing(whole, self._learner.observation_spec)
            whole["session_estimates"] = self._known.session_estimates(whole)
        observation = {key: part[live] for key, part in whole.items()}
        chosen = self._choose(observation)
        plans = self._plan(now, live)
        expert_probs = self._expert_probs(values_in_front(now, plans, self._expert.candidates))
        slots = np.zeros(sessions.batch, np.intp)
        slots[live] = chosen
        self._plans = np.zeros((sessions.batch, plans.shape[1] - 1), np.intp)
        self._plans[live] = without(plans, chosen)
        if self._known is not None:
            self._known = self._known.playing(whole, slots)
        result = sessions.step(slots)
        self._statistics.add(result.reward, {"skipped": result.skipped, **result.utilities})
        ended = live[sessions.state.ended[live]]
        return Step(observation, expert_probs, [self._statistics.close(row) for row in ended])

    def _plan(self, now: Sessions, live: AnyArray) -> AnyArray:
        """Plans the rest of each session, from what was left of the plan before."""
        if self._plans is None:
            plans, rounds = beam_search(now, BEAM, BRANCH), FIRST_ROUNDS
        else:
            plans, rounds = self._plans[live], self._expert.rounds
        return polish(now, plans, self._rng, rounds, self._expert.tries)

    def _choose(self, observation: dict[str, AnyArray]) -> AnyArray:
        with th.no_grad():
            scores = self._learner.scores({key: th.from_numpy(part) for key, part in observation.items()})
        return best_available(scores.numpy(), observation["available"] > 0.5)

    def _expert_probs(self, values: AnyArray) -> AnyArray:
        """Turns planned returns into a distribution: what a listener hardly minds is advised alike."""
        lost = values - values.max(axis=1, keepdims=True)
        expert_probs = np.exp(lost / self._expert.temperature)
        return (expert_probs / expert_probs.sum(axis=1, keepdims=True)).astype(np.float32)

"""Sessions that a learner plays, with an expert's choice probabilities at every step.

The expert is a planner that sees the listeners.
"""

from dataclasses import dataclass

import numpy as np
import torch as th

from segue.agents.base import masked_argmax
from segue.agents.networks.scorer import CandidateScorer
from segue.agents.networks.session_inputs import SessionInputs
from segue.agents.oracles.planning.beam_search import beam_search
from segue.agents.oracles.planning.local_search import first_action_values, local_search, remaining_plans
from segue.agents.sb3.episode_statistics import EpisodeStatistics
from segue.envs import PlaylistVectorEnv, Sessions
from segue.features.arrays import AnyArray

BEAM_WIDTH, BRANCH, INITIAL_SEARCH_ROUNDS = 2, 4, 10
"""For the first plan of a session: partial plans kept, continuations of each, rounds of local search."""


@dataclass(frozen=True)
class Expert:
    """Settings of the planner, and of its choice probabilities."""

    n_candidates: int = 30
    """Candidates whose values are planned: the plan's first track, and those with the highest expected
    reward."""
    search_rounds: int = 2
    """Rounds of local search at each step, which improve what is left of the previous plan."""
    search_tries: int = 10
    """Changes of the plan that are tried in a round."""
    temperature: float = 0.6
    """Temperature of the softmax over planned returns."""


@dataclass
class Step:
    """One step of the R sessions that are still running.

    Attributes:
        observation: The learner's inputs, arrays with a leading axis R.
        expert_probs: The expert's choice probabilities, (R, K); rows sum to 1.
        finished: Statistics of the sessions that ended with this step.
    """

    observation: dict[str, AnyArray]
    expert_probs: AnyArray
    finished: list[dict[str, float]]


class ExpertRollouts:
    """Plays one round of sessions, all from their first track on; an iterator over its steps.

    Sessions that have ended wait for the others, since the expert plans for sessions at the same position.

    Args:
        env: The sessions; already reset.
        learner: Plays the sessions, always the candidate with its highest score.
        expert: Settings of the expert.
        rng: Source of the expert's local search.
    """

    def __init__(
        self,
        env: PlaylistVectorEnv,
        learner: CandidateScorer,
        expert: Expert,
        rng: np.random.Generator,
    ) -> None:
        self._env, self._learner, self._expert, self._rng = env, learner, expert, rng
        self._plans: AnyArray | None = None
        self._statistics = EpisodeStatistics(env.num_envs)
        self._inputs = SessionInputs.initial(
            env.num_envs, env.sessions.pool_size, learner.observation_spec, learner.settings
        )

    def __iter__(self) -> "ExpertRollouts":
        return self

    def __next__(self) -> Step:
        """Plays a track in every session that is still running."""
        sessions = self._env.sessions
        running = np.flatnonzero(~sessions.state.ended & sessions.available.any(axis=1))
        if not running.size:
            raise StopIteration
        before = sessions.repeat(running)
        batch = self._observe()
        observation = {key: part[running] for key, part in batch.items()}
        chosen = self._choose(observation)
        plans = self._plan(before, running)
        expert_probs = self._expert_probs(first_action_values(before, plans, self._expert.n_candidates))
        self._plans = np.zeros((sessions.batch, plans.shape[1] - 1), np.intp)
        self._plans[running] = remaining_plans(plans, chosen)
        slots = np.zeros(sessions.batch, np.intp)
        slots[running] = chosen
        self._inputs = self._inputs.record_action(batch, slots)
        result = sessions.step(slots)
        self._statistics.add(result.reward, {"skipped": result.skipped, **result.utilities})
        ended = running[sessions.state.ended[running]]
        return Step(observation, expert_probs, [self._statistics.pop(row) for row in ended])

    def _observe(self) -> dict[str, AnyArray]:
        """Observes all sessions, ended ones too, as the learner does when it plays alone."""
        observation = self._env.layout.observe(self._env.sessions)
        self._inputs = self._inputs.update(observation)
        return self._inputs.extend(observation)

    def _choose(self, observation: dict[str, AnyArray]) -> AnyArray:
        with th.no_grad():
            device = self._learner.neutral.device
            inputs = {key: th.from_numpy(part).to(device) for key, part in observation.items()}
            scores = self._learner.scores(inputs).cpu().numpy()
        return masked_argmax(scores, observation["available"] > 0.5)

    def _plan(self, sessions: Sessions, running: AnyArray) -> AnyArray:
        """Plans the rest of each running session, from what is left of the previous plan."""
        if self._plans is None:
            plans, rounds = beam_search(sessions, BEAM_WIDTH, BRANCH), INITIAL_SEARCH_ROUNDS
        else:
            plans, rounds = self._plans[running], self._expert.search_rounds
        return local_search(sessions, plans, self._rng, rounds, self._expert.search_tries)

    def _expert_probs(self, values: AnyArray) -> AnyArray:
        """Turns planned returns into probabilities by a softmax over the candidates."""
        loss = values - values.max(axis=1, keepdims=True)
        expert_probs = np.exp(loss / self._expert.temperature)
        return (expert_probs / expert_probs.sum(axis=1, keepdims=True)).astype(np.float32)

"""A trained agent on its own: the scorer and what it needs to know of observations, without the algorithm."""

from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import pandas as pd
import torch as th

from segue.agents.algorithms.sac import FORMAT as SAC_FORMAT
from segue.agents.algorithms.sac import SacAgent
from segue.agents.base import Batch, ScoringAgent, best_available
from segue.agents.networks.ensemble import Ensemble, new_scorer
from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import CandidateScorer, ScorerSettings
from segue.agents.networks.session_estimator import SessionEstimator
from segue.agents.trained.model_agent import FORMAT as MODEL_FORMAT
from segue.agents.trained.model_agent import ModelAgent
from segue.features.arrays import AnyArray
from segue.features.errors import UserError

_FORMAT = "segue agent, version 1"


class LearnedAgent(ScoringAgent):
    """Chooses by a trained candidate scorer, in pools of any size.

    Args:
        name: The agent's name.
        scorer: The trained network, or a committee of them.
        samples: True for an actor, whose scores are logits to sample from when it is not to be deterministic;
            False for a Q-function, whose highest score is always taken.
        seed: Seed of the sampling.
    """

    curve: pd.DataFrame
    """Learning curve, one row a stretch of training; without rows for a loaded agent."""

    def __init__(
        self, name: str, scorer: CandidateScorer | Ensemble, *, samples: bool, seed: int = 0
    ) -> None:
        self.name, self.scorer, self.samples = name, scorer.eval(), samples
        self.curve = pd.DataFrame()
        self.reset(seed)

    @property
    def observation_spec(self) -> ObservationSpec:
        """What the agent's observations hold."""
        return self.scorer.observation_spec

    def reset(self, seed: int) -> None:
        """Starts the random numbers of sampling anew."""
        self._rng = np.random.default_rng(seed)

    def choose(
        self,
        observation: Batch,
        mask: AnyArray,
        state: Any,
        starts: AnyArray | None,
        deterministic: bool,
    ) -> tuple[AnyArray, Any]:
        """Plays the free candidate with the highest score, or samples one."""
        if self.scorer.settings.use_session_estimates:
            known = self._known(observation, state, starts)
            scores, _ = self._scores(
                {**observation, "session_estimates": known.session_estimates(observation)}, None, None
            )
            slots = best_available(self._tempted(scores, deterministic), mask)
            return slots, known.playing(observation, slots)
        scores, state = self._scores(observation, state, starts)
        return best_available(self._tempted(scores, deterministic), mask), state

    def _known(self, observation: Batch, state: Any, starts: AnyArray | None) -> SessionEstimator:
        """What is known of the sessions after an observation."""
        batch, pool = observation["available"].shape
        before = SessionEstimator.fresh(batch, pool, self.observation_spec) if state is None else state
        known: SessionEstimator = before.seeing(observation, self.observation_spec, starts)
        return known

    def _tempted(self, scores: AnyArray, deterministic: bool) -> AnyArray:
        if not self.samples or deterministic:
            return scores
        # The highest of logits plus Gumbel noise is a draw from their softmax.
        return scores + self._rng.gumbel(size=scores.shape)

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """The scores: logits of an actor, expected discounted returns of a Q-function."""
        if state is None:
            return super().reasons(observation, mask, state)
        if isinstance(state, SessionEstimator):
            observation, memory = (
                {**observation, "session_estimates": state.session_estimates(observation)},
                None,
            )
        else:
            # What an LSTM hands on is what it says: its state after this observation is its memory of it.
            memory = state[0][0]
        with th.no_grad():
            tensors = {key: _tensor(value) for key, value in observation.items()}
            return {"score": self.scorer.scores(tensors, memory).numpy()[0].astype(np.float64)}

    def scores(self, observation: Batch, mask: AnyArray) -> AnyArray:
        """Logits of an actor, expected discounted returns of a Q-function; without any memory."""
        if self.scorer.settings.use_session_estimates:
            known = self._known(observation, None, None)
            observation = {**observation, "session_estimates": known.session_estimates(observation)}
        return self._scores(observation, None, None)[0]

    def _scores(self, observation: Batch, state: Any, starts: AnyArray | None) -> tuple[AnyArray, Any]:
        tensors = {key: _tensor(value) for key, value in observation.items()}
        with th.no_grad():
            memory, state = self._recall(tensors["context"], state, starts)
            return self.scorer.scores(tensors, memory).numpy().astype(np.float64), state

    def _recall(
        self, context: th.Tensor, state: Any, starts: AnyArray | None
    ) -> tuple[th.Tensor | None, tuple[th.Tensor, th.Tensor] | None]:
        """Takes a context into the memory of each session; its state is the LSTM's, (1, B, memory) twice."""
        recall = self.scorer.recall
        if recall is None:
            return None, None
        if state is not None and starts is not None:
            going_on = th.from_numpy(~starts).float().view(1, -1, 1)
            state = tuple(part * going_on for part in state)
        memory, state = recall(context.unsqueeze(0), state)
        return memory.squeeze(0), state

    def save(self, path: str | Path) -> None:
        """Writes settings, names and weights into one file.

        Args:
            path: Where to; an existing file is replaced.
        """
        content = {
            "format": _FORMAT,
            "name": self.name,
            "samples": self.samples,
            "observation_spec": self.observation_spec.to_dict(),
            "scorer": self.scorer.settings.to_dict(),
            "weights": self.scorer.state_dict(),
        }
        th.save(content, Path(path))


def load_agent(path: str | Path, env: Any, *, seed: int = 0) -> LearnedAgent | ModelAgent | SacAgent:
    """Reads a saved agent for an environment whose pool and catalogue may be others than in training.

    Args:
        path: A file that a trained agent's `save` wrote.
        env: The environment it is to play in, wrapped or not.
        seed: Seed of its sampling.

    Returns:
        The agent, ready to choose.

    Raises:
        UserError: There is no such file, it holds something else, or the environment shows other features.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"There is no trained agent at {str(path)!r}.")
    try:
        content = th.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise UserError(f"{str(path)!r} is not a trained agent.") from error
    if isinstance(content, dict) and content.get("format") == MODEL_FORMAT:
        return ModelAgent.restore(content, env)
    if isinstance(content, dict) and content.get("format") == SAC_FORMAT:
        return SacAgent.restore(content, env, seed)
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise UserError(f"{str(path)!r} is not a trained agent of this version of segue; train it again.")
    observation_spec = ObservationSpec.from_dict(content["observation_spec"])
    observation_spec.require_same(ObservationSpec.from_layout(env.unwrapped.layout), content["name"])
    scorer = new_scorer(observation_spec, ScorerSettings.from_dict(content["scorer"]))
    scorer.load_state_dict(content["weights"])
    return LearnedAgent(content["name"], scorer, samples=content["samples"], seed=seed)


def _tensor(values: AnyArray) -> th.Tensor:
    return th.from_numpy(np.require(values, np.float32, ["C", "W"]))

"""A trained candidate scorer as an agent, without the algorithm that trained it."""

from dataclasses import replace
from typing import Any, Self

import numpy as np
import torch as th

from segue.agents.base import Batch, ScoringAgent, masked_argmax, one_hot
from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import CandidateScorer, ScorerSettings
from segue.agents.networks.session_inputs import SessionInputs
from segue.agents.session_draws import session_uniforms
from segue.agents.trained.base import TrainedAgent
from segue.agents.trained.file import SavedAgent
from segue.agents.trained.network_weights import build_with_weights
from segue.features.arrays import AnyArray, FloatArray


class ScorerAgent(TrainedAgent, ScoringAgent):
    """Chooses by a trained candidate scorer, in pools of any size.

    Its state is None, or the `SessionInputs` of a scorer that uses any, or the state of a scorer's LSTM: two
    tensors (1, B, memory).

    Args:
        name: The agent's name.
        scorer: The trained network.
        samples: True for an actor, whose scores are logits to sample from when `deterministic` is False;
            False for a Q-function, whose highest score is always taken.
        seed: Seed of the sampling.
    """

    file_format = "segue scorer agent, version 3"

    def __init__(self, name: str, scorer: CandidateScorer, *, samples: bool, seed: int = 0) -> None:
        super().__init__(name)
        self.scorer, self.samples = scorer.eval(), samples
        self.reset(seed)

    @property
    def observation_spec(self) -> ObservationSpec:
        """The names behind the axes of the agent's observations."""
        return self.scorer.observation_spec

    def reset(self, seed: int) -> None:
        """Changes the seed of sampling, whose draws belong to each session."""
        self._seed = seed

    def choose(
        self,
        observation: Batch,
        mask: AnyArray,
        state: Any,
        starts: AnyArray | None,
        deterministic: bool,
    ) -> tuple[AnyArray, Any]:
        """Plays the available candidate with the highest score, or samples one."""
        scores, state = self._current_scores(observation, state, starts)
        slots = masked_argmax(self._add_sampling_noise(observation, scores, deterministic), mask)
        return slots, self.record_played(observation, state, slots)

    def probabilities(
        self,
        observation: Batch,
        mask: AnyArray,
        state: Any,
        starts: AnyArray | None,
        deterministic: bool,
    ) -> tuple[FloatArray, Any]:
        """Returns the softmax of an actor's logits over the available candidates if it is to sample."""
        scores, state = self._current_scores(observation, state, starts)
        if deterministic or not self.samples:
            return one_hot(masked_argmax(scores, mask), mask.shape[1]), state
        from scipy.special import softmax  # only recording needs it

        # Where nothing is available, all candidates count, so that the softmax exists.
        allowed = mask | ~mask.any(axis=1, keepdims=True)
        return softmax(np.where(allowed, scores, -np.inf), axis=1), state

    def record_played(self, observation: Batch, state: Any, slots: AnyArray) -> Any:
        """Records to which track the next response will be."""
        return state.record_action(observation, slots) if isinstance(state, SessionInputs) else state

    def _current_scores(
        self, observation: Batch, state: Any, starts: AnyArray | None
    ) -> tuple[AnyArray, Any]:
        """Takes in an observation; returns the scores and the state, in which no choice is recorded yet."""
        if self._uses_session_inputs:
            inputs = self._update_inputs(observation, state, starts)
            return self._network_scores(inputs.extend(observation), None), inputs
        memory, state = self._update_memory(observation["context"], state, starts)
        return self._network_scores(observation, memory), state

    def scores(self, observation: Batch, mask: AnyArray) -> AnyArray:
        """Returns the scores at the start of a session, (B, K); see `reasons`."""
        if self._uses_session_inputs:
            return self._network_scores(
                self._update_inputs(observation, None, None).extend(observation), None
            )
        memory, _ = self._update_memory(observation["context"], None, None)
        return self._network_scores(observation, memory)

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Returns the scores: logits of an actor, expected discounted returns of a Q-function."""
        if state is None:
            return super().reasons(observation, mask, state)
        memory = None
        if isinstance(state, SessionInputs):
            observation = state.extend(observation)
        else:
            # The output of an LSTM is its hidden state, so the state after this observation holds its memory.
            memory = state[0][0]
        return {"score": self._network_scores(observation, memory)[0]}

    def _network_scores(self, observation: Batch, memory: th.Tensor | None) -> AnyArray:
        tensors = {key: _tensor(value) for key, value in observation.items()}
        with th.no_grad():
            return self.scorer.scores(tensors, memory).numpy().astype(np.float64)

    def _add_sampling_noise(self, observation: Batch, scores: AnyArray, deterministic: bool) -> AnyArray:
        if not self.samples or deterministic:
            return scores
        # The highest of logits plus Gumbel noise is a draw from their softmax.
        uniforms = session_uniforms(observation, self._seed, scores.shape[1])
        return scores - np.log(-np.log1p(-uniforms) + 1e-300)

    @property
    def _uses_session_inputs(self) -> bool:
        return self.scorer.settings.use_session_estimates or self.scorer.settings.play_history

    def _update_inputs(self, observation: Batch, state: Any, starts: AnyArray | None) -> SessionInputs:
        if state is None:
            batch, pool = observation["available"].shape
            state = SessionInputs.initial(batch, pool, self.observation_spec, self.scorer.settings)
        inputs: SessionInputs = state.update(observation, starts)
        return inputs

    def _update_memory(
        self, context: AnyArray, state: Any, starts: AnyArray | None
    ) -> tuple[th.Tensor | None, tuple[th.Tensor, th.Tensor] | None]:
        """Feeds a context into the LSTM; returns its output (B, memory) and its new state."""
        lstm = self.scorer.lstm
        if lstm is None:
            return None, None
        if state is not None and starts is not None:
            continues = th.from_numpy(~starts).float().view(1, -1, 1)
            state = tuple(part * continues for part in state)
        with th.no_grad():
            output, state = lstm(_tensor(context).unsqueeze(0), state)
        return output.squeeze(0), state

    def content(self) -> SavedAgent:
        """Returns the settings, the names in its observations and the weights."""
        record = {
            "samples": self.samples,
            "observation_spec": self.observation_spec.to_dict(),
            "scorer": self.scorer.settings.to_dict(),
        }
        return SavedAgent(record, self.scorer.state_dict())

    @classmethod
    def restore(cls, saved: SavedAgent, env: Any, seed: int) -> Self:
        """Makes the agent for an environment, whose pools may have another size; see `TrainedAgent.restore`.

        Raises:
            UserError: The environment shows other features.
            ValueError: The settings and the weights do not fit together.
        """
        record, weights = saved.record, saved.weights
        observation_spec = ObservationSpec.from_dict(record["observation_spec"])
        found = ObservationSpec.from_layout(env.unwrapped.layout)
        # A scorer reads the tables that it knows: without durations it plays where they are observed, too.
        found = replace(found, durations=found.durations and observation_spec.durations)
        observation_spec.require_same(found, saved.name)
        settings = ScorerSettings.from_dict(record["scorer"])
        # Every layer has weights, so that more of them are not those of this file.
        if len(settings.hidden) > len(weights):
            raise ValueError("there are fewer weights than layers")
        scorer = build_with_weights(lambda: CandidateScorer(observation_spec, settings), weights)
        return cls(saved.name, scorer, samples=record["samples"] is True, seed=seed)


def _tensor(values: AnyArray) -> th.Tensor:
    return th.from_numpy(np.require(values, np.float32, ["C", "W"]))

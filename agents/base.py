"""The interface of every agent: one `predict` for baselines, planners, oracles and trained models.

The signature is Stable-Baselines3's, so an agent can be used wherever a trained model can. Only this file
distinguishes single from batched observations: subclasses see batches alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from segue.features.arrays import AnyArray, Float32Array, FloatArray
from segue.features.errors import UserError

Observation: TypeAlias = Mapping[str, Float32Array]
Batch: TypeAlias = dict[str, AnyArray]
"""An observation whose arrays have a leading axis B of sessions."""


def to_batch(observation: Observation) -> tuple[Batch, bool]:
    """Adds the leading axis of sessions to an observation that has none.

    Args:
        observation: As the scalar environment returns it (`available` of shape (K,)) or as the vector
            environment does ((B, K)).

    Returns:
        The observation with a leading axis B, and whether the axis was added.

    Raises:
        UserError: It is no dictionary, as where `observation="flat"`.
    """
    if not isinstance(observation, Mapping):
        raise UserError(
            'An agent sees dictionaries: make the environment without observation="flat", or give it '
            "env.unwrapped.layout.unflatten(observation)."
        )
    single = np.ndim(observation["available"]) == 1
    if single:
        return {key: np.asarray(value)[None] for key, value in observation.items()}, True
    return {key: np.asarray(value) for key, value in observation.items()}, False


def _batches(
    observation: Observation, episode_start: npt.ArrayLike | None, action_masks: npt.ArrayLike | None
) -> tuple[Batch, AnyArray, AnyArray | None, bool]:
    """Returns the arguments of `Agent.predict` with a leading axis B, and whether the axis was added."""
    batch, single = to_batch(observation)
    mask = batch["available"] > 0.5
    if action_masks is not None:
        mask = mask & np.asarray(action_masks, dtype=bool).reshape(mask.shape)
    starts = None if episode_start is None else np.asarray(episode_start, dtype=bool).reshape(len(mask))
    return batch, mask, starts, single


class Agent(ABC):
    """Anything that chooses the next track."""

    action_dtype: type[np.generic] = np.int64
    """Type of the actions: int64 for slots, float32 for points in feature space."""

    def __repr__(self) -> str:
        settings = (
            f" {name}={value!r}"
            for name, value in vars(self).items()
            if not name.startswith("_") and isinstance(value, bool | int | float | str)
        )
        return f"<{type(self).__name__}{''.join(settings)}>"

    def predict(
        self,
        observation: Observation,
        state: Any = None,
        episode_start: npt.ArrayLike | None = None,
        deterministic: bool = True,
        action_masks: npt.ArrayLike | None = None,
    ) -> tuple[AnyArray, Any]:
        """Chooses a candidate for every session.

        Args:
            observation: One session's observation, or a batch of them.
            state: The state that the previous call returned, for agents with a memory; None for the initial
                state.
            episode_start: bool (B,) (or a single bool), True where a new session begins and its memory is
                reset.
            deterministic: False lets an agent explore.
            action_masks: bool (K,) or (B, K), True where a candidate may be played; combined with
                `available` of the observation.

        Returns:
            The slots, int64, of shape () for a single observation and (B,) for a batch, and the new state.
            In an environment with continuous actions they are points, float32 with another axis F.
            A session without any available candidate gets slot 0.
        """
        batch, mask, starts, single = _batches(observation, episode_start, action_masks)
        actions, state = self.choose(batch, mask, state, starts, deterministic)
        actions = np.asarray(actions, dtype=self.action_dtype)
        return (actions.squeeze(axis=0) if single else actions), state

    @abstractmethod
    def choose(
        self,
        observation: Batch,
        mask: AnyArray,
        state: Any,
        starts: AnyArray | None,
        deterministic: bool,
    ) -> tuple[AnyArray, Any]:
        """Chooses a slot for each session of a batch.

        Args:
            observation: Arrays with a leading axis B.
            mask: bool (B, K), True where a candidate may be played.
            state: The agent's memory, or None.
            starts: bool (B,) or None, True where a session begins.
            deterministic: False lets an agent explore.

        Returns:
            Slots (B,) and the new state.
        """

    def action_probabilities(
        self,
        observation: Observation,
        state: Any = None,
        episode_start: npt.ArrayLike | None = None,
        deterministic: bool = True,
        action_masks: npt.ArrayLike | None = None,
    ) -> tuple[FloatArray, Any]:
        """Returns the probability with which `predict` would choose each candidate, instead of a choice.

        Args:
            observation: As in `predict`, as are the other arguments.
            state: See `predict`.
            episode_start: See `predict`.
            deterministic: See `predict`.
            action_masks: See `predict`.

        Returns:
            Probabilities, (K,) for a single observation and (B, K) for a batch, and the new state, which
            `record_played` has to be told what is played.

        Raises:
            UserError: The agent does not know its probabilities.
        """
        batch, mask, starts, single = _batches(observation, episode_start, action_masks)
        probabilities, state = self.probabilities(batch, mask, state, starts, deterministic)
        return (probabilities[0] if single else probabilities), state

    def probabilities(
        self,
        observation: Batch,
        mask: AnyArray,
        state: Any,
        starts: AnyArray | None,
        deterministic: bool,
    ) -> tuple[FloatArray, Any]:
        """Returns the probability of each slot in each session of a batch; override it where `choose` draws.

        Unless overridden, an agent that is asked to be deterministic is taken at its word: what it chooses
        has probability 1.

        Args:
            observation: Arrays with a leading axis B.
            mask: bool (B, K), True where a candidate may be played.
            state: The agent's memory, or None.
            starts: bool (B,) or None, True where a session begins.
            deterministic: False lets an agent explore.

        Returns:
            Probabilities (B, K) and the new state.

        Raises:
            UserError: The agent explores, and does not know its probabilities.
        """
        if not deterministic:
            raise UserError(
                f"{type(self).__name__} does not state the probabilities of its actions when it explores; "
                "let it be deterministic, or give it a method probabilities."
            )
        slots, state = self.choose(observation, mask, state, starts, deterministic)
        return one_hot(slots, mask.shape[1]), state

    def record_played(self, observation: Batch, state: Any, slots: AnyArray) -> Any:
        """Tells the agent what is played after `probabilities`, which need not be what it would have chosen.

        Override it in an agent whose memory holds its choices; others see in the next observation what was
        played.

        Args:
            observation: The batch of the last `probabilities`.
            state: The state that came with them.
            slots: The candidates that are played, int (B,).

        Returns:
            The state for the next choice.
        """
        return state

    def explain(self, observation: Observation, state: Any = None) -> pd.DataFrame:
        """Shows the reasons for the next choice.

        Args:
            observation: One session's observation, or a batch of one.
            state: The state that `predict` returned for this very observation, for agents with a memory.

        Returns:
            One row per slot: `available` (bool), `score` (NaN where it cannot be played), and the other
            columns that `reasons` of the agent returns.

        Raises:
            UserError: The observation is a batch of several sessions.
        """
        batch, _ = to_batch(observation)
        mask = batch["available"] > 0.5
        if len(mask) != 1:
            raise UserError(
                f"Only one session can be explained at a time, but the observation holds {len(mask)}."
            )
        columns = self.reasons(batch, mask, state)
        score = np.where(mask[0], columns.pop("score"), np.nan)
        return pd.DataFrame({"available": mask[0], "score": score, **columns})

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Returns the agent's estimates for each candidate of one session; equal scores unless overridden.

        Args:
            observation: Arrays with a leading axis 1.
            mask: bool (1, K), True where a candidate may be played.
            state: The agent's memory after its choice, or None.

        Returns:
            `score`, (K,), higher is better, and other columns by name.
        """
        return {"score": np.zeros(mask.shape[1])}

    def reset(self, seed: int) -> None:
        """Restarts the agent's random numbers; does nothing for agents that draw none.

        Args:
            seed: Seed of the new stream.
        """
        return


class ScoringAgent(Agent):
    """An agent without memory that gives each candidate a score and plays the best free one."""

    def choose(
        self,
        observation: Batch,
        mask: AnyArray,
        state: Any,
        starts: AnyArray | None,
        deterministic: bool,
    ) -> tuple[AnyArray, Any]:
        """Plays the available candidate with the highest score."""
        return masked_argmax(self.scores(observation, mask), mask), None

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Returns the scores; the highest one is played."""
        return {"score": self.scores(observation, mask)[0]}

    @abstractmethod
    def scores(self, observation: Batch, mask: AnyArray) -> AnyArray:
        """Scores each candidate.

        Args:
            observation: Arrays with a leading axis B.
            mask: bool (B, K), True where a candidate may be played.

        Returns:
            Scores (B, K), higher is better; those of masked candidates are ignored.
        """


def masked_argmax(scores: AnyArray, mask: AnyArray) -> AnyArray:
    """Finds the slot of the highest score among the available candidates.

    Args:
        scores: (B, K), finite.
        mask: bool (B, K), True where a candidate may be played.

    Returns:
        Slots (B,); the first one where scores tie, 0 where nothing is available.
    """
    return np.where(mask, scores, -np.inf).argmax(axis=1)


def one_hot(slots: AnyArray, size: int) -> FloatArray:
    """Returns probability 1 for each chosen slot, (B, size), of slots (B,)."""
    probabilities: FloatArray = (np.arange(size) == np.asarray(slots)[:, None]).astype(np.float64)
    return probabilities


def uniform_over(mask: AnyArray) -> FloatArray:
    """Returns equal probabilities for what a mask allows, (B, K); zeros where it allows nothing."""
    probabilities: FloatArray = mask / np.maximum(mask.sum(axis=1, keepdims=True), 1)
    return probabilities

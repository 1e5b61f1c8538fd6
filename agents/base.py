"""What every agent is: one `predict` for heuristics, planners, oracles and trained models.

The signature is Stable-Baselines3's, so an agent goes wherever a trained model does. Single and batched
observations are told apart here and nowhere else: subclasses only ever see batches.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from segue.features.arrays import AnyArray, Float32Array
from segue.features.errors import UserError

Observation: TypeAlias = Mapping[str, Float32Array]
Batch: TypeAlias = dict[str, AnyArray]
"""An observation whose arrays have a leading axis B of sessions."""


def batched(observation: Observation) -> tuple[Batch, bool]:
    """Gives an observation its leading axis of sessions.

    Args:
        observation: As the scalar environment returns it (`available` of shape (K,)) or as the vector
            environment does ((B, K)).

    Returns:
        The observation with a leading axis B, and whether it was given without one.
    """
    single = np.ndim(observation["available"]) == 1
    if single:
        return {key: np.asarray(value)[None] for key, value in observation.items()}, True
    return {key: np.asarray(value) for key, value in observation.items()}, False


class Agent(ABC):
    """Anything that chooses the next track."""

    action_type: type[np.generic] = np.int64
    """Slots, unless an agent points into feature space."""

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
            state: What this agent returned last time, for agents with a memory; None starts afresh.
            episode_start: bool (B,) (or a single bool), True where a new session begins and memory is to be
                forgotten.
            deterministic: False lets an agent explore.
            action_masks: bool (K,) or (B, K), True where a candidate may be played; it narrows what the
                observation calls available.

        Returns:
            The slots, int64, of shape () for a single observation and (B,) for a batch, and the new state.
            In an environment of continuous actions they are points, float32 with another axis F.
            A session without any candidate left gets slot 0.
        """
        batch, single = batched(observation)
        mask = batch["available"] > 0.5
        if action_masks is not None:
            mask = mask & np.asarray(action_masks, dtype=bool).reshape(mask.shape)
        starts = None if episode_start is None else np.asarray(episode_start, dtype=bool).reshape(len(mask))
        slots, state = self.choose(batch, mask, state, starts, deterministic)
        slots = np.asarray(slots, dtype=self.action_type)
        return (slots.squeeze(axis=0) if single else slots), state

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

    def explain(self, observation: Observation, state: Any = None) -> pd.DataFrame:
        """Shows what is behind the next choice.

        Args:
            observation: One session's observation, or a batch of one.
            state: What `predict` returned for this very observation, for agents with a memory.

        Returns:
            One row a slot: `available` (bool), `score` (NaN where it cannot be played), and what else the
            agent knows of a candidate; see `reasons` of the agent.

        Raises:
            UserError: The observation is a batch of several sessions.
        """
        batch, _ = batched(observation)
        mask = batch["available"] > 0.5
        if len(mask) != 1:
            raise UserError(f"One session is explained at a time, but the observation holds {len(mask)}.")
        shown = self.reasons(batch, mask, state)
        score = np.where(mask[0], shown.pop("score"), np.nan)
        return pd.DataFrame({"available": mask[0], "score": score, **shown})

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Says what the agent knows of each candidate of one session; that all are alike, if nothing.

        Args:
            observation: Arrays with a leading axis 1.
            mask: bool (1, K), True where a candidate may be played.
            state: The agent's memory after its choice, or None.

        Returns:
            `score`, (K,), higher is better, and other columns by name.
        """
        return {"score": np.zeros(mask.shape[1])}

    def reset(self, seed: int) -> None:
        """Starts the agent's own random numbers anew; agents that draw none have nothing to do.

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
        """Plays the free candidate with the highest score."""
        return best_available(self.scores(observation, mask), mask), None

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """The scores; the highest one is played."""
        return {"score": self.scores(observation, mask)[0]}

    @abstractmethod
    def scores(self, observation: Batch, mask: AnyArray) -> AnyArray:
        """Scores each candidate.

        Args:
            observation: Arrays with a leading axis B.
            mask: bool (B, K), True where a candidate may be played.

        Returns:
            Scores (B, K), higher is better; those of masked candidates do not matter.
        """


def best_available(scores: AnyArray, mask: AnyArray) -> AnyArray:
    """The slot of the highest score among the free candidates.

    Args:
        scores: (B, K), finite.
        mask: bool (B, K).

    Returns:
        Slots (B,); the first one where scores tie, 0 where nothing is free.
    """
    return np.where(mask, scores, -np.inf).argmax(axis=1)

"""A session as recordings keep it."""

from __future__ import annotations

from dataclasses import dataclass

from segue.features.arrays import AnyArray, BoolArray, FloatArray, Int64Array


@dataclass(frozen=True)
class RecordedSession:
    """One session of T plays, as Minari keeps an episode.

    Attributes:
        number: Number of the session in the recording, from 0.
        seed: Seed of the session.
        observations: The T + 1 observations, by name; the last one is what the session ended with.
        actions: Slots, (T,).
        rewards: (T,).
        terminations: Whether the session was over after a play, (T,).
        truncations: Whether a limit of steps cut it off there, (T,).
        infos: Those of the environment, of its T + 1 observations; `action_mask` (T + 1, K), what could be
            played next; `propensities` (T + 1, K), with which probability it was, zeros after the last play;
            and `propensity` (T + 1,), the probability of what was played next, 0 after the last play.
    """

    number: int
    seed: int
    observations: dict[str, AnyArray]
    actions: Int64Array
    rewards: FloatArray
    terminations: BoolArray
    truncations: BoolArray
    infos: dict[str, AnyArray]

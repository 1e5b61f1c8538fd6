"""The contract of observers, which watch sessions while they are evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from segue.features.arrays import AnyArray, BoolArray


@dataclass(frozen=True)
class Choice:
    """What an agent has chosen in a batch of B sessions, before the environment is stepped.

    Attributes:
        env: The vector environment, in the state in which the agent chose.
        seeds: Seed of each session.
        observation: The observation that the agent saw, arrays with a leading axis B.
        actions: The actions of the agent, (B,) slots or (B, F) points.
        state: The memory that the agent returned with the actions.
        playing: bool (B,), False where the session is over and the row plays another one.
        seconds: Processor time that the agent took to choose, for all sessions together.
    """

    env: Any
    seeds: Sequence[int]
    observation: dict[str, AnyArray]
    actions: AnyArray
    state: Any
    playing: BoolArray
    seconds: float


class SessionObserver(Protocol):
    """Watches an evaluation. It must not change the environment, the agent or the agent's memory."""

    def on_begin(self, env: Any, seeds: Sequence[int]) -> None:
        """Sees the sessions of a batch before anything is played.

        Args:
            env: The vector environment, just reset.
            seeds: Seed of each session.
        """

    def on_choice(self, choice: Choice) -> None:
        """Sees what the agent has chosen in every session of a batch, before it is played."""

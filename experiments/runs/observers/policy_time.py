"""What an agent costs where it is used: the time that it takes to choose a track."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from segue.experiments.runs.evaluate import evaluate
from segue.experiments.runs.observers.observer import Choice

WARM_UP_SEED = 2**33 + 2**32 + 2**31
"""Seed of the session that is played before anything is measured."""


class PolicyTime:
    """Adds up the time that an agent takes to choose in an evaluation; a `SessionObserver`.

    It is the processor time of the agent's `predict` alone. The simulator, the analysis of the playlists and
    what is loaded and compiled at first (see `warm_up`) do not count.
    """

    def __init__(self) -> None:
        self.seconds, self.choices = 0.0, 0

    def on_begin(self, env: Any, seeds: Sequence[int]) -> None:
        """Does nothing: no choice has been made yet."""

    def on_choice(self, choice: Choice) -> None:
        """Adds one choice in each session that is still played."""
        self.seconds += choice.seconds
        self.choices += int(choice.playing.sum())


def warm_up(make_agent: Callable[[Any], Any], env_id: str, settings: dict[str, Any]) -> None:
    """Plays one session, so that everything that an agent needs has been loaded and compiled.

    Args:
        make_agent: Makes the agent for an environment.
        env_id: A registered environment.
        settings: Its settings.
    """
    evaluate(make_agent, env_id, settings, [WARM_UP_SEED])

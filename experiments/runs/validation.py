"""Validation: an agent plays fixed sessions, again and again while it is trained.

The sessions are those of the training's environment, with listeners and noise that neither the training nor
any evaluation meets. An agent that is not trained plays them once, so that it can be set beside the curves.
"""

from __future__ import annotations

import time
from typing import Any

import pandas as pd

from segue.experiments.runs.batches import make_batch
from segue.experiments.runs.evaluate import play_sessions

FIRST_VALIDATION_SEED = 2**33 + 2**32
"""Seed of the first validation session; the others count up. They are above those of tuning, and of all
evaluations of runs with a seed below 8,192."""


class Validation:
    """Plays the validation sessions of an environment, deterministically, and keeps their returns.

    Args:
        env_id: The environment of the training.
        settings: Its settings, with the split of the training.
        sessions: Number of sessions.

    Attributes:
        env: The sessions, a vector environment, for which agents can be made.
        seconds: Processor time spent on playing so far.
    """

    def __init__(self, env_id: str, settings: dict[str, Any], sessions: int) -> None:
        self.env = make_batch(env_id, settings, sessions, copy=False)
        self._seeds = list(range(FIRST_VALIDATION_SEED, FIRST_VALIDATION_SEED + sessions))
        self._tables: list[pd.DataFrame] = []
        self.seconds = 0.0

    def play(self, agent: Any, steps: int = 0) -> None:
        """Lets an agent play all sessions.

        Args:
            agent: Anything with Stable-Baselines3's `predict`.
            steps: Training steps that it has done.
        """
        from segue.agents.any_policy import as_agent

        started = time.process_time()
        plays = play_sessions(as_agent(agent, self.env), self.env, self._seeds, True, lambda over: None)
        returns = plays.groupby("episode")["reward"].sum().rename("return").reset_index()
        returns.insert(0, "steps", steps)
        self._tables.append(returns)
        self.seconds += time.process_time() - started

    def table(self) -> pd.DataFrame:
        """Returns one row per time and session: steps, episode (seed of the session) and return."""
        return pd.concat(self._tables, ignore_index=True)

    def close(self) -> None:
        """Closes the sessions."""
        self.env.close()

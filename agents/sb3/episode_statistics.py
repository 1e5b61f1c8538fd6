"""Sums over training sessions while they run: what a Monitor reports of each when it ends."""

from typing import Any

import numpy as np

from segue.envs.core.step_result import UTILITY
from segue.features.arrays import FloatArray


class EpisodeStatistics:
    """Running sums over B sessions: `r` return, `l` length, `completed`, `skips` and `utility_<term>`.

    Args:
        sessions: Sessions B.
    """

    def __init__(self, sessions: int) -> None:
        self._sums: dict[str, FloatArray] = {}
        self._sessions = sessions

    def add(self, rewards: FloatArray, info: dict[str, Any]) -> None:
        """Adds one step of all sessions.

        Args:
            rewards: (B,).
            info: `skipped`, bool (B,), and `utility_<term>`, (B,) each; other keys are ignored.
        """
        skipped = info["skipped"]
        parts: dict[str, Any] = {"r": rewards, "l": 1.0, "completed": ~skipped, "skips": skipped}
        parts.update({name: part for name, part in info.items() if name.startswith(UTILITY)})
        for name, part in parts.items():
            if name not in self._sums:
                self._sums[name] = np.zeros(self._sessions)
            self._sums[name] += part

    def pop(self, row: np.intp) -> dict[str, float]:
        """Returns the sums of a session that has ended, and resets them."""
        totals = {name: float(values[row]) for name, values in self._sums.items()}
        for values in self._sums.values():
            values[row] = 0.0
        return totals

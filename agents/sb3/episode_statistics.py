"""Sums over training sessions while they run: what a Monitor would say of each when it ends."""

from typing import Any

import numpy as np

from segue.envs.core.step_result import UTILITY
from segue.features.arrays import FloatArray


class EpisodeStatistics:
    """Sums over the sessions that are running."""

    def __init__(self, sessions: int) -> None:
        self._sums: dict[str, FloatArray] = {}
        self._sessions = sessions

    def add(self, rewards: FloatArray, info: dict[str, Any]) -> None:
        """Adds one step of all sessions."""
        skipped = info["skipped"]
        parts = {"r": rewards, "l": 1.0, "completed": ~skipped, "skips": skipped}
        for name, part in parts.items():
            self._row(name)[:] += part
        for name, part in info.items():
            if name.startswith(UTILITY):
                self._row(name)[:] += part

    def _row(self, name: str) -> FloatArray:
        if name not in self._sums:
            self._sums[name] = np.zeros(self._sessions)
        return self._sums[name]

    def close(self, row: np.intp) -> dict[str, float]:
        """Gives the sums of a session that has ended, and starts them anew."""
        totals = {name: float(values[row]) for name, values in self._sums.items()}
        for values in self._sums.values():
            values[row] = 0.0
        return totals

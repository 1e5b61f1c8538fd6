"""The learning curve: what finished training sessions were like, stretch by stretch."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from stable_baselines3.common.callbacks import BaseCallback

from segue.envs.core.step_result import UTILITY


class LearningCurve(BaseCallback):
    """Collects finished training sessions into one row a stretch, and logs their means for TensorBoard.

    Args:
        every: Steps in a stretch.
        on_progress: Called with the steps done so far, once a stretch.
    """

    def __init__(self, every: int, on_progress: Callable[[int], None] | None = None) -> None:
        super().__init__()
        self._every, self._on_progress = every, on_progress
        self._episodes: list[dict[str, float]] = []
        self._rows: list[dict[str, float]] = []
        self._next = every
        self._began = time.perf_counter()

    def _on_training_start(self) -> None:
        self._began = time.perf_counter()

    def _on_step(self) -> bool:
        for info in self.locals["infos"]:
            if "episode" in info:
                self._episodes.append(info["episode"])
        if self.num_timesteps >= self._next:
            self._close_window()
            self._next = self.num_timesteps + self._every
        return True

    def _on_training_end(self) -> None:
        self._close_window()

    def _close_window(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self.num_timesteps)
        if not self._episodes:
            return
        row = _means(pd.DataFrame(self._episodes))
        self._episodes = []
        for name, value in row.items():
            self.logger.record(f"session/{name}", value)
        seconds = time.perf_counter() - self._began
        self._rows.append({"steps": float(self.num_timesteps), "seconds": seconds, **row})

    @property
    def frame(self) -> pd.DataFrame:
        """One row a stretch.

        Columns steps, seconds, episodes, return_mean, completed_mean, skip_rate, length_mean and, for each
        term, utility_<term>: its contribution to the utility, summed over a session.
        """
        whole = {"steps": np.int64, "episodes": np.int64}
        return pd.DataFrame(self._rows).astype(whole if self._rows else {})


def _means(episodes: pd.DataFrame) -> dict[str, Any]:
    terms = [name for name in episodes if str(name).startswith(UTILITY)]
    return {
        "episodes": len(episodes),
        "return_mean": float(episodes["r"].mean()),
        "completed_mean": float(episodes["completed"].mean()),
        "skip_rate": float(episodes["skips"].sum() / episodes["l"].sum()),
        "length_mean": float(episodes["l"].mean()),
        **{str(name): float(episodes[name].mean()) for name in terms},
    }

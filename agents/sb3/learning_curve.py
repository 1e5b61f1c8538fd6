"""The learning curve: means over the training sessions that ended, window by window."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from stable_baselines3.common.callbacks import BaseCallback

from segue.envs.core.step_result import UTILITY


class LearningCurve(BaseCallback):
    """Collects training sessions that ended into one row per window, and logs the means for TensorBoard.

    Args:
        window: Steps per window, at least.
        on_progress: Called with the steps done so far, once per window.
        by_round: Makes one row per rollout, whatever its length, instead of one per window. For algorithms
            whose rollouts are rounds of whole sessions in lockstep: within a round the short sessions end
            first, so that a shorter window would not hold a sample of all.
    """

    def __init__(
        self, window: int, on_progress: Callable[[int], None] | None = None, *, by_round: bool = False
    ) -> None:
        super().__init__()
        self._window, self._on_progress, self._by_round = window, on_progress, by_round
        self._episodes: list[dict[str, float]] = []
        self._rows: list[dict[str, float]] = []
        self._next = window
        self._started = time.perf_counter()

    def _on_training_start(self) -> None:
        self._started = time.perf_counter()

    def _on_step(self) -> bool:
        for info in self.locals["infos"]:
            if "episode" in info:
                self._episodes.append(info["episode"])
        if self.num_timesteps >= self._next:
            self._report_progress()
            if not self._by_round:
                self._add_row()
            self._next = self.num_timesteps + self._window
        return True

    def _on_rollout_end(self) -> None:
        if self._by_round:
            self._add_row()

    def _on_training_end(self) -> None:
        self._report_progress()
        self._add_row()

    def _report_progress(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self.num_timesteps)

    def _add_row(self) -> None:
        """Adds the means over the sessions since the last row, if there are any."""
        if not self._episodes:
            return
        row = _means(pd.DataFrame(self._episodes))
        self._episodes = []
        for name, value in row.items():
            self.logger.record(f"session/{name}", value)
        seconds = time.perf_counter() - self._started
        self._rows.append({"steps": float(self.num_timesteps), "seconds": seconds, **row})

    @property
    def frame(self) -> pd.DataFrame:
        """One row per window, or per round.

        Columns `steps` (all training steps up to the end of the window), `seconds`, `episodes`,
        `return_mean`, `completed_mean`, `skip_rate`, `length_mean` and, for each term, `utility_<term>`: its
        contribution to the utility, summed over a session.
        """
        integers = {"steps": np.int64, "episodes": np.int64}
        return pd.DataFrame(self._rows).astype(integers if self._rows else {})


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

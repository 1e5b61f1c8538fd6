"""The learning curve of training: means over the training sessions that began in each window."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from stable_baselines3.common.callbacks import BaseCallback

from segue.envs.core.step_result import UTILITY


class LearningCurve(BaseCallback):
    """Averages training sessions by the time at which they began, and logs the means for TensorBoard.

    Of the sessions that *end* in a window, the first windows would hold only short ones, which are poor, so
    that any agent would seem to improve. A window is therefore made of the sessions that begin in it, and is
    left out if training ends before all of them are sure to be over.

    Args:
        window: Steps per window.
        longest: Longest session, in tracks.
        on_progress: Called with the steps done so far, once per window.
        by_round: Makes one row per rollout, whatever its length, instead of one per window. For algorithms
            whose rollouts are rounds of whole sessions.
    """

    def __init__(
        self,
        window: int,
        longest: int,
        on_progress: Callable[[int], None] | None = None,
        *,
        by_round: bool = False,
    ) -> None:
        super().__init__()
        self._window, self._longest, self._on_progress = window, longest, on_progress
        self._by_round, self._round_start = by_round, 0
        self._open: dict[int, list[dict[str, float]]] = {}
        self._rows: list[dict[str, float]] = []
        self._next = window
        self._started = time.perf_counter()

    def _on_training_start(self) -> None:
        self._started = time.perf_counter()

    def _on_rollout_start(self) -> None:
        self._round_start = self.num_timesteps

    def _on_step(self) -> bool:
        for info in self.locals["infos"]:
            if "episode" in info:
                self._open.setdefault(self._window_of(info["episode"]), []).append(info["episode"])
        if self.num_timesteps >= self._next:
            self._report_progress()
            if not self._by_round:
                self._add_rows(self._all_over())
            self._next = self.num_timesteps + self._window
        return True

    def _window_of(self, episode: dict[str, float]) -> int:
        """Returns the steps before the window in which a session began that ends now."""
        if self._by_round:
            return self._round_start
        # Every session of the batch counts one step per track.
        began = self.num_timesteps - int(episode["l"]) * self.training_env.num_envs
        return max(began, 0) // self._window * self._window

    def _all_over(self) -> int:
        """Returns a number of steps: all windows that end by then hold no session that is still running."""
        return self.num_timesteps - self._longest * self.training_env.num_envs

    def _on_rollout_end(self) -> None:
        if self._by_round:
            self._add_rows(self.num_timesteps + self._window)

    def _on_training_end(self) -> None:
        self._report_progress()
        if not self._by_round:
            self._add_rows(self._all_over())

    def _report_progress(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self.num_timesteps)

    def _add_rows(self, over: int) -> None:
        """Adds the means of each window that ends by a number of steps."""
        for window in sorted(window for window in self._open if window + self._window <= over):
            row = _means(pd.DataFrame(self._open.pop(window)))
            for name, value in row.items():
                self.logger.record(f"session/{name}", value)
            seconds = time.perf_counter() - self._started
            self._rows.append({"steps": float(window), "seconds": seconds, **row})

    @property
    def frame(self) -> pd.DataFrame:
        """One row per window, or per round.

        Columns `steps` (training steps before the window; its sessions began within it), `seconds` (since the
        start, when they were over), `episodes`, `return_mean`, `completed_mean`, `skip_rate`, `length_mean`
        and, for each term, `utility_<term>`: its contribution to the utility, summed over a session.
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

"""Looks at an agent while it is trained, at fixed steps, without a trace in its training."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch as th
from stable_baselines3.common.callbacks import BaseCallback


class Checkpoints(BaseCallback):
    """Calls a function before training, at fixed steps, and after training.

    It is called between two rollouts, after the learner has been updated with all steps so far: at the first
    such moment at or after each multiple of the interval.

    Args:
        interval: Steps between two calls, at least.
        visit: Called with the steps done so far. It must not step the training sessions or change the
            networks; the global random numbers that it draws are put back.
    """

    def __init__(self, interval: int, visit: Callable[[int], None]) -> None:
        super().__init__()
        self._interval, self._visit = interval, visit
        self._next, self._last = 0, -1

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        if self.num_timesteps >= self._next:
            self._call()

    def _on_training_end(self) -> None:
        if self.num_timesteps > self._last:
            self._call()

    def _call(self) -> None:
        training = self.model.policy.training
        with preserved_randomness():
            self._visit(self.num_timesteps)
        self.model.policy.set_training_mode(training)
        self._last = self.num_timesteps
        self._next = (self.num_timesteps // self._interval + 1) * self._interval


@contextmanager
def preserved_randomness() -> Iterator[None]:
    """Puts the global generators of Python, NumPy and torch back as they were before the block."""
    # Replay buffers of Stable-Baselines3 draw from NumPy's global generator.
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    with th.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)  # noqa: NPY002

"""How a batch calls the compiled loop: its arrays are packed once, and its sessions divided among threads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property, partial
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from segue.envs.compiled.batch_arrays import OUTCOME, pack
from segue.envs.compiled.steps import BEGIN, END, OBSERVE, sessions_loop
from segue.envs.core.buffers import ObservationBuffers
from segue.envs.core.compilation import announced_compilation
from segue.envs.core.setting import Setting
from segue.envs.core.state import SessionState
from segue.features.arrays import AnyArray, FloatArray, IntArray

NO_ROWS: IntArray = np.zeros(0, np.intp)
NO_SLOTS: IntArray = np.zeros((0, 0), np.intp)
NO_PARTS: FloatArray = np.zeros((0, 0, 0))
NO_OUTCOME: AnyArray = np.zeros(0, OUTCOME)


class Loops:
    """Runs the stages of the compiled loop on one state.

    Args:
        setting: What the sessions share.
        state: The arrays of the sessions.
        noiseless: Whether every draw during a session is the middle of its distribution.
        stays: Whether no listener leaves.
        num_threads: Threads among which the sessions are divided.
        limit: Steps after which a session that begins again is cut off; 0 for never.

    Attributes:
        over: The sessions that the last call with `END` found over, (R,).
        over_at: The rows of `buffers` with their last observations, (R,).
    """

    first_call: ClassVar[bool] = True
    """Whether no loop has run in this process."""

    def __init__(
        self,
        setting: Setting,
        state: SessionState,
        noiseless: bool = False,
        stays: bool = False,
        num_threads: int = 1,
        limit: int = 0,
    ) -> None:
        self.over = self.over_at = NO_ROWS
        self.arrays = pack(state.arrays), pack(setting.shared_arrays(noiseless, stays))
        self._batch, self._state, self._sizes, self._limit = len(state.position), state, setting.sizes, limit
        self._loop = sessions_loop()
        self._shares = [(0, self._batch)]
        if num_threads > 1:  # planners make many a batch: for one thread there is nothing to divide
            bounds = np.linspace(0, self._batch, min(num_threads, self._batch) + 1).astype(int).tolist()
            self._shares = list(pairwise(bounds))

    @cached_property
    def buffers(self) -> ObservationBuffers:
        """The arrays exchanged with an environment, allocated when first needed."""
        return ObservationBuffers(self._sizes, self._state, self._limit)

    def run(
        self,
        stages: int,
        slots: IntArray = NO_SLOTS,
        parts: FloatArray = NO_PARTS,
        outcome: AnyArray = NO_OUTCOME,
    ) -> int:
        """Takes all sessions through some stages.

        Args:
            stages: Stages of `sessions_loop`.
            slots: Candidates, (B, M); M is 1 for a play.
            parts: Contributions to the utility, (1 + n_terms, B, M).
            outcome: One record of `OUTCOME` per session.

        Returns:
            How many listeners heard a repeat.
        """
        buffers = self.buffers.packed if stages & (END | BEGIN | OBSERVE) else _no_buffers(self._sizes)
        if Loops.first_call:
            # Before any thread starts, so that only one compiles.
            Loops.first_call = False
            with announced_compilation():
                self._loop(slots, *self.arrays, parts, outcome, buffers, 0, 0, stages)
        if len(self._shares) == 1:
            over, repeats = self._loop(slots, *self.arrays, parts, outcome, buffers, 0, self._batch, stages)
            if stages & END:
                self.over_at = np.arange(over)
                self.over = self.buffers.over[:over].copy()
            return repeats
        run = partial(self._loop, slots, *self.arrays, parts, outcome, buffers)
        submit = _threads(len(self._shares), os.getpid()).submit
        found = [call.result() for call in [submit(run, *share, stages) for share in self._shares]]
        if stages & END:
            firsts = [first for first, _ in self._shares]
            at = [np.arange(first, first + over) for first, (over, _) in zip(firsts, found, strict=True)]
            self.over_at = np.concatenate(at)
            self.over = self.buffers.over[self.over_at]
        return sum(repeats for _, repeats in found)

    def begin_with_given_pools(self, setting: Setting) -> None:
        """Begins sessions again, with the pools and starts that stand in the state instead of drawn ones."""
        drawn = self.arrays
        shared = setting.shared_arrays()._replace(pool_tracks=NO_ROWS)
        self.arrays = drawn[0], pack(shared)
        try:
            self.run(BEGIN)
        finally:
            self.arrays = drawn


@cache
def _threads(count: int, process: int) -> ThreadPoolExecutor:
    """Returns the threads of a process; one that was forked has none of those of its parent."""
    return ThreadPoolExecutor(count, thread_name_prefix="segue")


@cache
def _no_buffers(sizes: Any) -> Any:
    return ObservationBuffers(sizes, SessionState.empty(sizes, 0)).packed

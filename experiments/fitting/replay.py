"""The replay of logged sessions in the batched core, to listeners drawn from a population."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import qmc

from segue.envs.core.session import Sessions
from segue.envs.core.setting import Setting
from segue.experiments.fitting.play_arrays import PlayArrays
from segue.features.arrays import FloatArray, Int32Array, IntArray

ROWS = 8_192
"""Sessions replayed at a time, one per session of the log and drawn listener."""

POPULATION = 4_096
"""Listeners drawn to find mean and covariance of their parameters."""

MOST_PARAMETERS = 64
"""A term with more hidden parameters enters with the main directions in which drawn listeners differ."""

LEFT_DIRECTIONS = 4
"""Loadings of a session for what a term's linear effects leave over."""

LEAST_LEFT = 0.01
"""Share of a term's variance over listeners below which what is left over is ignored."""


class Replay:
    """Replays logged sessions in the batched core.

    Args:
        setting: A setting whose listener has the terms.
        seed: Seed of the drawn listeners.
        listeners: How many are drawn per parameter.
        threads: Threads among which they are divided.

    Attributes:
        bases: See `Regressors.bases`, before the loadings are reduced.
    """

    def __init__(self, setting: Setting, seed: int, listeners: int, threads: int = 1) -> None:
        self.setting, self.listener = setting, setting.listener
        self.rng = np.random.default_rng(seed)
        self.terms = list(self.listener.terms)
        hidden = [term.n_hidden for term in self.listener.terms.values()]
        needed = max([min(h, MOST_PARAMETERS) for h in hidden], default=0) + 2
        self.drawn = max(listeners * needed, 32)
        self.batch = max(ROWS // self.drawn, 1) * self.drawn
        self._left: list[list[tuple[IntArray, FloatArray, FloatArray]]] = [[] for _ in self.terms]
        self.sessions = Sessions(setting, [np.random.default_rng(0)] * self.batch, threads)
        self.sessions.stays = True
        people = qmc.LatinHypercube(max(self.listener.n_draws, 1), rng=self.rng).random(self.drawn)
        self.people = people[:, : self.listener.n_draws]
        self.bases: dict[str, tuple[FloatArray, FloatArray]] = {}
        self.designs: list[FloatArray] = []
        self.fits = self._fits()

    def _start(self, pool: Int32Array, start: IntArray, people: FloatArray) -> None:
        self.sessions.state.next_key[:] = self.rng.integers(2**64, size=self.batch, dtype=np.uint64)
        self.sessions.start_with(pool, start)
        self.sessions.set_listeners(people)

    def _hidden(self, people: FloatArray) -> FloatArray:
        """Returns the hidden parameters of listeners given by uniform numbers."""
        parts = []
        blank = np.zeros((self.batch, self.setting.pool_size), np.int32)
        for first in range(0, len(people), self.batch):
            rows = np.arange(first, first + self.batch) % len(people)
            self._start(blank, np.zeros(self.batch, np.intp), people[rows])
            parts.append(self.sessions.state.hidden[: min(self.batch, len(people) - first)].copy())
        return np.concatenate(parts)

    def _fits(self) -> list[FloatArray]:
        """Returns a matrix per term, which turns its utilities for R listeners into a mean and effects."""
        population = self._hidden(self.rng.random((POPULATION, self.listener.n_draws)))
        here = self._hidden(self.people)
        fits = []
        for name in self.terms:
            columns = self.listener.hidden_columns[name]
            sample = population[:, columns]
            if sample.shape[1] == 0:
                fits.append(np.full((1, self.drawn), 1.0 / self.drawn))
                self.designs.append(np.ones((1, self.drawn)))
                continue
            centre = sample.mean(axis=0)
            values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(sample, rowvar=False, bias=True)))
            used = values > 1e-9 * max(values.max(initial=0.0), 1e-12)
            if used.sum() > MOST_PARAMETERS:
                ones = np.full((1, self.drawn), 1.0 / self.drawn)
                fits.append(np.concatenate([ones, (np.eye(self.drawn) - ones) / np.sqrt(self.drawn)]))
                self.designs.append(
                    np.concatenate([np.ones_like(ones), np.eye(self.drawn) * np.sqrt(self.drawn)])
                )
                continue
            standard = (here[:, columns] - centre) @ (vectors[:, used] / np.sqrt(values[used]))
            self.bases[name] = centre, vectors[:, used] * np.sqrt(values[used])
            design = np.column_stack([np.ones(self.drawn), standard])
            self.designs.append(design.T)
            fits.append(np.linalg.pinv(design))
        return fits

    def run(
        self, plays: PlayArrays, progress: Callable[[float], object]
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Returns the mean of every term (N, T), and the effects of its parameters, (N, P) each."""
        length, at_once = self.setting.length, self.batch // self.drawn
        starts = np.flatnonzero(plays.first | (plays.position % length == 0))
        sizes = np.diff(np.append(starts, len(plays)))
        order = np.argsort(sizes, kind="stable")
        mean = np.zeros((len(plays), len(self.terms)))
        loadings: list[Any] = [np.zeros((len(plays), len(fit) - 1), np.float32) for fit in self.fits]
        done = 0
        for first in range(0, len(order), at_once):
            pieces = order[first : first + at_once]
            self._chunk(plays, starts[pieces], sizes[pieces], mean, loadings)
            done += int(sizes[pieces].sum())
            progress(done / len(plays))
        return mean, loadings

    def _chunk(
        self, plays: PlayArrays, starts: IntArray, sizes: IntArray, mean: FloatArray, loadings: list[Any]
    ) -> None:
        """Replays some pieces of sessions, each to all drawn listeners.

        What is not known, unknown tracks and the one that was heard before, is another random track for each
        drawn listener.
        """
        count, drawn, tracks = self.batch // self.drawn, self.drawn, len(self.setting.catalog)
        place = np.arange(self.setting.length)
        inside = place < sizes[:, None]
        rows = np.where(inside, starts[:, None] + place, 0)
        pool = np.full((count, self.setting.pool_size), -2, np.int32)
        pool[: len(starts)] = np.where(inside, plays.track[rows], -2)
        pool = np.repeat(pool, drawn, axis=0)
        pool = np.where(pool == -1, self.rng.integers(tracks, size=pool.shape), pool).astype(np.int32)
        pool[len(starts) * drawn :, 0] = 0
        heard = np.zeros((count, self.setting.length))
        heard[: len(starts)] = np.nan_to_num(plays.listened[rows], nan=0.5)
        before = self.rng.integers(tracks, size=self.batch)
        self._start(np.maximum(pool, -1), before, np.tile(self.people, (count, 1)))
        left = np.zeros((len(self.terms), len(starts), int(sizes.max()), drawn), np.float32)
        for k in range(int(sizes.max())):
            result = self.sessions.replay(np.full(self.batch, k), np.repeat(heard[:, k], drawn))
            live = np.flatnonzero(k < sizes)
            at, known = starts[live] + k, plays.track[starts[live] + k] >= 0
            for t, fit in enumerate(self.fits):
                drawn_values = result.parts[1 + t].reshape(count, drawn)[live]
                values = drawn_values @ fit.T
                # Of an unknown track no effect of the listener's parameters is known.
                values[~known, 0], values[~known, 1:] = drawn_values[~known].mean(axis=1), 0.0
                mean[at, t] = values[:, 0]
                loadings[t][at] = values[:, 1:]
                rest = drawn_values - values @ self.designs[t]
                degrees = np.where(known, drawn - len(self.designs[t]), drawn - 1)
                left[t, live, k] = rest / np.sqrt(np.maximum(degrees, 1))[:, None]
        for t in range(len(self.designs)):
            self._keep_leftover(t, starts, sizes, left[t])

    def _keep_leftover(self, t: int, starts: IntArray, sizes: IntArray, left: FloatArray) -> None:
        """Keeps the main directions of what a term leaves over, (pieces, K, R), and the rest."""
        if float(np.square(left).sum()) < 1e-9 * left.size:
            return
        products = left @ left.transpose(0, 2, 1)
        values, vectors = np.linalg.eigh(products)
        values, vectors = values[:, ::-1][:, :LEFT_DIRECTIONS], vectors[:, :, ::-1][:, :, :LEFT_DIRECTIONS]
        found = np.zeros((*left.shape[:2], LEFT_DIRECTIONS))
        found[:, :, : vectors.shape[2]] = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
        around = np.maximum(np.diagonal(products, axis1=1, axis2=2) - np.square(found).sum(axis=2), 0.0)
        inside = np.arange(left.shape[1]) < sizes[:, None]
        rows = (starts[:, None] + np.arange(left.shape[1]))[inside]
        self._left[t].append((rows, found[inside], around[inside]))

    def leftover(self, t: int, mean: FloatArray, loadings: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Returns what a term leaves over, nothing if it is little.

        Returns:
            Loadings of the session, (N, 4) or (N, 0), and the variance of the rest, (N,).
        """
        found, around = np.zeros((len(mean), LEFT_DIRECTIONS)), np.zeros(len(mean))
        for rows, block, rest in self._left[t]:
            found[rows], around[rows] = block, rest
        variance = float(np.square(loadings[t]).sum() + len(mean) * mean[:, t].var())
        shared = float(np.square(found).sum())
        if shared + around.sum() <= LEAST_LEFT * variance:
            return found[:, :0], np.zeros(len(mean))
        # Directions that hold little become noise of their plays.
        sizes = np.square(found).sum(axis=0)
        used = int((sizes > LEAST_LEFT * (variance + shared)).sum())
        return found[:, :used], around + np.square(found[:, used:]).sum(axis=1)

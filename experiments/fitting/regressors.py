"""What the terms of a listener say of every logged play: their own code, replayed along the log.

The batched core plays the logged tracks in their order, with the responses of the log, to many listeners
drawn from the population. A term's utility of a play is then a function of the listener's hidden parameters,
and its regression on these gives the mean of the term and the effect of each parameter. For a term that is
linear in its parameters, as taste and transitions are, this is exact; for others it is their statistical
linearisation (Gelb 1974, chapter 6).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import qmc

from segue.envs.core.session import Sessions
from segue.envs.core.setting import Setting, build_setting
from segue.envs.listener.listener import Listener
from segue.envs.listener.preset import Preset
from segue.envs.listener.terms.engagement import Engagement
from segue.experiments.fitting.play_arrays import PlayArrays
from segue.features import Catalog
from segue.features.arrays import BoolArray, FloatArray, Int32Array, IntArray
from segue.features.errors import UserError

ROWS = 8_192
"""Sessions replayed at a time, one per session of the log and drawn listener."""

POPULATION = 4_096
"""Listeners drawn to find mean and covariance of their parameters."""

KEPT = 0.995
"""Share of the variance of a term over listeners that its loadings keep."""

MOST_PARAMETERS = 64
"""A term with more hidden parameters enters with the main directions in which drawn listeners differ."""

MOST_DIRECTIONS = 32
"""Loadings of one term at most."""


@dataclass(frozen=True, eq=False)
class Regressors:
    """What T terms say of N plays.

    Attributes:
        names: Names of the terms.
        mean: Mean of each unweighted term over listeners, (N, T).
        loadings: Effects of standard normal parameters of the listener, (N, P).
        term_of_loading: Index of the term of each loading, (P,).
        unsupported: Why other terms of the preset have no part in it, by their name.
        fixed: Terms that stay as they are, since they add no utility themselves.
        bases: Term to its hidden parameters as a function of the standard normal ones z, those of its
            loadings in turn: their mean (H,), and a matrix (H, P) to be multiplied by z. Terms with too many
            parameters are missing.
    """

    names: tuple[str, ...]
    mean: FloatArray
    loadings: FloatArray
    term_of_loading: IntArray
    unsupported: dict[str, str]
    fixed: tuple[str, ...] = ()
    bases: dict[str, tuple[FloatArray, FloatArray]] = field(default_factory=dict)

    def take(self, chosen: BoolArray) -> Regressors:
        """Returns the regressors of some plays."""
        return dataclasses.replace(self, mean=self.mean[chosen], loadings=self.loadings[chosen])

    def without(self, name: str, reason: str) -> Regressors:
        """Returns the regressors without a term."""
        place = self.names.index(name)
        kept = self.term_of_loading != place
        terms = self.term_of_loading[kept]
        return Regressors(
            tuple(other for other in self.names if other != name),
            np.delete(self.mean, place, axis=1),
            np.ascontiguousarray(self.loadings[:, kept]),
            np.where(terms > place, terms - 1, terms),
            {**self.unsupported, name: reason},
            self.fixed,
            {other: basis for other, basis in self.bases.items() if other != name},
        )


def no_regressors(count: int, unsupported: dict[str, str]) -> Regressors:
    """Returns regressors of no term."""
    return Regressors((), np.zeros((count, 0)), np.zeros((count, 0)), np.zeros(0, np.intp), unsupported)


def term_regressors(
    plays: PlayArrays,
    catalog: Catalog | None,
    preset: Preset,
    *,
    length: int = 30,
    seed: int = 0,
    progress: Callable[[float], object] = lambda share: None,
) -> Regressors:
    """Replays a log to listeners drawn from a population.

    Args:
        plays: The plays.
        catalog: The catalogue; None if there is none.
        preset: The population; its weights do not matter.
        length: Tracks of a session that a listener remembers, as the environment's `length`; longer sessions
            are replayed in pieces.
        seed: Seed of the drawn listeners.
        progress: Called with the share that is done.
    """
    names, unsupported = _supported_terms(plays, catalog, preset)
    if catalog is None or not names:
        return no_regressors(len(plays), unsupported)
    setting = _setting(catalog, preset, names, length)
    replay = _Replay(setting, seed)
    mean, loadings = replay.run(plays, progress)
    unknown = plays.track < 0
    before = np.append(True, unknown[:-1]) | plays.first
    blocks, owners, kept, fixed, bases = [], [], [], [], {}
    for t, name in enumerate(names):
        if not mean[:, t].any() and not loadings[t].any():
            fixed.append(name)
            continue
        hidden_from = unknown | before if replay.looks_back[t] else unknown
        known = ~hidden_from
        if not known.any():
            unsupported[name] = "no known track follows a known one"
            continue
        mean[hidden_from, t] = mean[known, t].mean()
        block = loadings[t]
        block[hidden_from] = 0.0
        directions = _main_directions(block)
        block = block @ directions
        if name in replay.bases:
            centre, matrix = replay.bases[name]
            bases[name] = centre, matrix @ directions
        if mean[:, t].std() < 1e-9 and block.shape[1] == 0:
            unsupported[name] = "it is the same for all logged plays"
            continue
        kept.append(t)
        owners += [len(kept) - 1] * block.shape[1]
        blocks.append(block)
    joined = np.concatenate([np.zeros((len(plays), 0)), *blocks], axis=1)
    return Regressors(
        tuple(names[t] for t in kept),
        np.ascontiguousarray(mean[:, kept], np.float64),
        np.ascontiguousarray(joined, np.float64),
        np.array(owners, np.intp),
        unsupported,
        tuple(fixed),
        bases,
    )


def _supported_terms(
    plays: PlayArrays, catalog: Catalog | None, preset: Preset
) -> tuple[list[str], dict[str, str]]:
    """Returns the terms of a preset that depend on tracks, and why others cannot be estimated."""
    listener = Listener.from_config(preset.listener)
    names = [name for name, term in listener.terms.items() if not isinstance(term, Engagement)]
    if catalog is None:
        return [], dict.fromkeys(names, "there is no catalogue")
    if (plays.track < 0).all():
        return [], dict.fromkeys(names, "no logged track is in the catalogue")
    unsupported = {}
    for name in list(names):
        try:
            catalog.require(listener.terms[name].needs, needed_by=f"term {name}")
        except UserError as error:
            unsupported[name] = str(error)
            names.remove(name)
    return names, unsupported


def _setting(catalog: Catalog, preset: Preset, names: list[str], length: int) -> Setting:
    """Returns a setting in which a listener has these terms, all with weight 1."""
    given = preset.listener["terms"]
    terms = {name: {**(given[name] or {}), "weight": 1.0} for name in names}
    listener = {"terms": terms, "play_amount": preset.listener.get("play_amount", "fraction")}
    return build_setting(catalog=catalog, listener=listener, pool_size=length, length=length)


def _main_directions(block: FloatArray) -> FloatArray:
    """Returns the principal directions (P, r) of loadings (N, P), without those that hardly matter."""
    values, vectors = np.linalg.eigh((block.T @ block).astype(np.float64))
    order = np.argsort(values)[::-1]
    values, vectors = np.maximum(values[order], 0.0), vectors[:, order]
    if values.sum() < 1e-9 * max(len(block), 1):
        return vectors[:, :0]
    share = np.cumsum(values) / values.sum()
    return np.asarray(vectors[:, : min(int(np.searchsorted(share, KEPT)) + 1, MOST_DIRECTIONS)])


class _Replay:
    """Replays logged sessions in the batched core.

    Attributes:
        looks_back: Whether each term depends on the track before, (T,).
        bases: See `Regressors.bases`, before the loadings are reduced.
    """

    def __init__(self, setting: Setting, seed: int) -> None:
        self.setting, self.listener = setting, setting.listener
        self.rng = np.random.default_rng(seed)
        self.terms = list(self.listener.terms)
        hidden = [term.n_hidden for term in self.listener.terms.values()]
        needed = max([min(h, MOST_PARAMETERS) for h in hidden], default=0) + 2
        self.drawn = max(2 * needed, 16)
        self.batch = max(ROWS // self.drawn, 1) * self.drawn
        self.sessions = Sessions(setting, [np.random.default_rng(0)] * self.batch)
        self.sessions.stays = True
        people = qmc.LatinHypercube(max(self.listener.n_draws, 1), rng=self.rng).random(self.drawn)
        self.people = people[:, : self.listener.n_draws]
        self.bases: dict[str, tuple[FloatArray, FloatArray]] = {}
        self.fits = self._fits()
        self.looks_back = self._looks_back()

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
                continue
            centre = sample.mean(axis=0)
            values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(sample, rowvar=False, bias=True)))
            used = values > 1e-9 * max(values.max(initial=0.0), 1e-12)
            if used.sum() > MOST_PARAMETERS:
                ones = np.full((1, self.drawn), 1.0 / self.drawn)
                fits.append(np.concatenate([ones, (np.eye(self.drawn) - ones) / np.sqrt(self.drawn)]))
                continue
            standard = (here[:, columns] - centre) @ (vectors[:, used] / np.sqrt(values[used]))
            self.bases[name] = centre, vectors[:, used] * np.sqrt(values[used])
            fits.append(np.linalg.pinv(np.column_stack([np.ones(self.drawn), standard])))
        return fits

    def _looks_back(self) -> BoolArray:
        """Finds the terms that depend on the track before, by playing one track after many others."""
        tracks = len(self.setting.catalog)
        pool = np.zeros((self.batch, self.setting.pool_size), np.int32)
        start = np.arange(self.batch) % tracks
        self._start(pool, start, np.tile(self.people[:1], (self.batch, 1)))
        parts = self.sessions.replay(np.zeros(self.batch, np.intp), 1.0).parts[1:]
        return np.asarray(parts.std(axis=1) > 1e-9)

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
        """Replays some pieces of sessions, each to all drawn listeners."""
        count, drawn = self.batch // self.drawn, self.drawn
        place = np.arange(self.setting.length)
        inside = place < sizes[:, None]
        rows = np.where(inside, starts[:, None] + place, 0)
        pool = np.full((count, self.setting.pool_size), -1, np.int32)
        pool[: len(starts)] = np.where(inside, np.maximum(plays.track[rows], 0), -1)
        pool[len(starts) :, 0] = 0
        heard = np.zeros((count, self.setting.length))
        listened = np.nan_to_num(plays.listened[rows], nan=0.5)
        heard[: len(starts)] = np.where(plays.track[rows] >= 0, listened, 0.0)
        self._start(
            np.repeat(pool, drawn, axis=0),
            np.repeat(np.maximum(pool[:, 0], 0), drawn).astype(np.intp),
            np.tile(self.people, (count, 1)),
        )
        for k in range(int(sizes.max())):
            result = self.sessions.replay(np.full(self.batch, k), np.repeat(heard[:, k], drawn))
            live = np.flatnonzero(k < sizes)
            at = starts[live] + k
            for t, fit in enumerate(self.fits):
                values = result.parts[1 + t].reshape(count, drawn)[live] @ fit.T
                mean[at, t] = values[:, 0]
                loadings[t][at] = values[:, 1:]

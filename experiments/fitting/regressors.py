"""What the terms of a listener say of every logged play: their own code, replayed along the log.

The batched core plays the logged tracks in their order, with the responses of the log, to many listeners
drawn from the population. A term's utility of a play is then a function of the listener's hidden parameters,
and its regression on these gives the mean of the term and the effect of each parameter. For a term that is
linear in its parameters, as taste and transitions are, this is exact; for others it is their statistical
linearisation (Gelb 1974, chapter 6). What curvature and the noise of a term leave over enters as effects of
the session, with the covariance that the drawn listeners show. Unknown tracks, and the one that was heard
before the first, are drawn at random: they too become noise of the right size.
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

FEW, MANY = 3, 12
"""Listeners drawn per parameter of a term: few if its utility is a linear function of its parameters, many if
not. Then what is left over makes the effects uncertain, and uncertain effects seem smaller than they are."""

PILOT = 64
"""Sessions that are replayed to see which of the two it is."""

LEFT_DIRECTIONS = 4
"""Loadings of a session for what a term's linear effects leave over."""

LEAST_LEFT = 0.01
"""Share of a term's variance over listeners below which what is left over is ignored."""

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
        of_session: Whether the parameter of a loading belongs to a session, not to the listener, (P,).
        noise: Variance of each unweighted term that belongs to the play alone, (N, T).
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
    of_session: BoolArray
    noise: FloatArray
    unsupported: dict[str, str]
    fixed: tuple[str, ...] = ()
    bases: dict[str, tuple[FloatArray, FloatArray]] = field(default_factory=dict)

    def take(self, chosen: BoolArray) -> Regressors:
        """Returns the regressors of some plays."""
        return dataclasses.replace(
            self, mean=self.mean[chosen], loadings=self.loadings[chosen], noise=self.noise[chosen]
        )

    def has_mean(self, name: str) -> bool:
        """Returns whether tracks differ in the mean of a term over listeners, so that its sign matters."""
        spread: float = self.mean[:, self.names.index(name)].std()
        return spread > 0.05

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
            self.of_session[kept],
            np.delete(self.noise, place, axis=1),
            {**self.unsupported, name: reason},
            self.fixed,
            {other: basis for other, basis in self.bases.items() if other != name},
        )


def no_regressors(count: int, unsupported: dict[str, str]) -> Regressors:
    """Returns regressors of no term."""
    nothing, none = np.zeros((count, 0)), np.zeros(0, np.intp)
    return Regressors((), nothing, nothing, none, none.astype(np.bool_), nothing, unsupported)


def term_regressors(
    plays: PlayArrays,
    catalog: Catalog | None,
    preset: Preset,
    *,
    length: int = 30,
    seed: int = 0,
    threads: int = 1,
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
        threads: Threads of the replay.
        progress: Called with the share that is done.
    """
    names, unsupported = _supported_terms(plays, catalog, preset)
    if catalog is None or not names:
        return no_regressors(len(plays), unsupported)
    setting = _setting(catalog, preset, names, length)
    replay = _Replay(setting, seed, MANY if _leaves_something(setting, plays, seed) else FEW, threads)
    mean, loadings = replay.run(plays, progress)
    return _joined(plays, names, replay, mean, loadings, unsupported)


def _leaves_something(setting: Setting, plays: PlayArrays, seed: int) -> bool:
    """Returns whether the linear effects of some term's parameters leave anything over in a few sessions."""
    session = np.cumsum(plays.first) - 1
    some = plays.take(session % max(plays.n_sessions // PILOT, 1) == 0)
    replay = _Replay(setting, seed, FEW)
    mean, loadings = replay.run(some, lambda share: None)
    return any(
        left.size or noise.any()
        for left, noise in (replay.leftover(t, mean, loadings) for t in range(len(loadings)))
    )


def _joined(
    plays: PlayArrays,
    names: list[str],
    replay: _Replay,
    mean: FloatArray,
    loadings: list[FloatArray],
    unsupported: dict[str, str],
) -> Regressors:
    """Reduces the effects of all terms to their main directions and joins them."""
    blocks: list[FloatArray] = [np.zeros((len(plays), 0))]
    owners: list[int] = []
    of_session: list[bool] = []
    kept: list[int] = []
    fixed, bases, noise = [], {}, []
    for t, name in enumerate(names):
        if not mean[:, t].any() and not loadings[t].any():
            fixed.append(name)
            continue
        directions = _main_directions(loadings[t])
        block, (left, around) = loadings[t] @ directions, replay.leftover(t, mean, loadings)
        if mean[:, t].std() < 1e-9 and not block.shape[1] + left.shape[1]:
            unsupported[name] = "it is the same for all logged plays"
            continue
        if name in replay.bases:
            centre, matrix = replay.bases[name]
            bases[name] = centre, matrix @ directions
        owners += [len(kept)] * (block.shape[1] + left.shape[1])
        of_session += [False] * block.shape[1] + [True] * left.shape[1]
        blocks += [block, left]
        noise.append(around)
        kept.append(t)
    return Regressors(
        tuple(names[t] for t in kept),
        np.ascontiguousarray(mean[:, kept], np.float64),
        np.ascontiguousarray(np.concatenate(blocks, axis=1), np.float64),
        np.array(owners, np.intp),
        np.array(of_session, np.bool_),
        np.column_stack([np.zeros((len(plays), 0)), *noise]),
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

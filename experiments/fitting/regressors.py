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

import numpy as np

from segue.envs.core.setting import Setting, build_setting
from segue.envs.listener.listener import Listener
from segue.envs.listener.preset import Preset
from segue.envs.listener.terms.engagement import Engagement
from segue.experiments.fitting.play_arrays import PlayArrays
from segue.experiments.fitting.replay import Replay
from segue.features import Catalog
from segue.features.arrays import BoolArray, FloatArray, IntArray
from segue.features.errors import UserError

KEPT = 0.995
"""Share of the variance of a term over listeners that its loadings keep."""

FEW, MANY = 3, 12
"""Listeners drawn per parameter of a term: few if its utility is a linear function of its parameters, many if
not. Then what is left over makes the effects uncertain, and uncertain effects seem smaller than they are."""

PILOT = 64
"""Sessions that are replayed to see which of the two it is."""

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
    replay = Replay(setting, seed, MANY if _leaves_something(setting, plays, seed) else FEW, threads)
    mean, loadings = replay.run(plays, progress)
    return _joined(plays, names, replay, mean, loadings, unsupported)


def _leaves_something(setting: Setting, plays: PlayArrays, seed: int) -> bool:
    """Returns whether the linear effects of some term's parameters leave anything over in a few sessions."""
    session = np.cumsum(plays.first) - 1
    some = plays.take(session % max(plays.n_sessions // PILOT, 1) == 0)
    replay = Replay(setting, seed, FEW)
    mean, loadings = replay.run(some, lambda share: None)
    return any(
        left.size or noise.any()
        for left, noise in (replay.leftover(t, mean, loadings) for t in range(len(loadings)))
    )


def _joined(
    plays: PlayArrays,
    names: list[str],
    replay: Replay,
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

"""Kinds of pools beyond the uniform one: around a seed track, from a few clusters, from a list."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from segue.envs.compiled.draws.sample import samples
from segue.envs.listener.checked_settings import (
    as_mapping,
    cluster_count,
    finite_number,
    shown,
    whole_number,
)
from segue.envs.pools.uniform import (
    Pool,
    UniformPool,
    check_enough,
    distinct_recordings,
    of_sound_types,
)
from segue.envs.registration.entry_points import load_named
from segue.features.arrays import FloatArray, IntArray
from segue.features.errors import UserError, unknown_name

if TYPE_CHECKING:
    from segue.features import Catalog

SOUND_TYPES = ("music", "speech", "silence")
"""What the column `sound_type` of a catalogue made from audio says of its tracks."""

MANY_NAMES = 20_000
"""Above this many names, searching for the closest spelling takes too long."""


class NeighbourPool:
    """Candidates near a seed track in feature space; the session starts after the seed.

    The seed is uniform over the given tracks; the K candidates are a uniform subset of its nearest
    neighbours, which a k-d tree finds without scanning the catalogue.

    Args:
        catalog: All tracks.
        tracks: Catalogue indices to draw from, (n,).
        size: Candidates K.
        reach: The candidates come from the nearest reach × K tracks, at least 1.
    """

    def __init__(self, catalog: Catalog, tracks: IntArray, size: int, reach: float = 3.0) -> None:
        from scipy.spatial import cKDTree

        reach = finite_number(reach, "Pool neighbours: reach")
        if reach < 1:
            raise UserError(f"Pool neighbours: reach must be 1 or more, but is {reach:g}.")
        check_enough(len(tracks), size)
        self._tracks, self._size = tracks, size
        self._n_near = int(np.ceil(min(reach * size, len(tracks) - 1)))
        self._points = catalog.matrix[tracks]
        self._tree = cKDTree(self._points)
        self.n_draws = size + 1

    def draw(self, uniforms: FloatArray) -> tuple[IntArray, IntArray]:
        """Draws pools (R, K) and start tracks (R,)."""
        seed = (uniforms[:, 0] * len(self._tracks)).astype(np.intp)
        _, near = self._tree.query(self._points[seed], k=self._n_near + 1)
        # The seed is its own nearest neighbour, unless another track has the same features.
        others = np.sort(np.where(near == seed[:, None], len(self._tracks), near), axis=1)[:, : self._n_near]
        chosen = samples(np.ascontiguousarray(uniforms[:, 1:]), self._n_near, self._size)
        return self._tracks[np.take_along_axis(others, chosen, axis=1)], self._tracks[seed]


class ClusterPool:
    """Candidates and a start track from a few clusters of the catalogue, drawn per session.

    Clusters are drawn in random order until there are at least `mixed` of them and they hold enough tracks;
    the pool is uniform over the tracks of these clusters.

    Args:
        catalog: All tracks.
        tracks: Catalogue indices to draw from, (n,).
        size: Candidates K.
        clusters: Number of clusters of the catalogue.
        mixed: Number of clusters per session.
    """

    def __init__(
        self, catalog: Catalog, tracks: IntArray, size: int, clusters: int = 12, mixed: int = 3
    ) -> None:
        clusters = cluster_count(clusters, catalog, "Pool clusters")
        mixed = whole_number(mixed, "Pool clusters: mixed")
        if not 1 <= mixed <= clusters:
            raise UserError(
                f"Pool clusters: mixed must be between 1 and clusters={clusters}, but is {shown(mixed)}."
            )
        check_enough(len(tracks), size)
        codes = catalog.clusters(clusters, 0)[tracks]
        self._members = [tracks[codes == code] for code in range(clusters)]
        self._size, self._mixed = size, mixed
        self.n_draws = clusters + size + 1

    def draw(self, uniforms: FloatArray) -> tuple[IntArray, IntArray]:
        """Draws pools (R, K) and start tracks (R,)."""
        clusters, drawn = len(self._members), self._size + 1
        sizes = np.array([len(members) for members in self._members])
        pools = np.empty((len(uniforms), drawn), np.intp)
        for row, order in enumerate(np.argsort(uniforms[:, :clusters], axis=1)):
            enough = int(np.searchsorted(np.cumsum(sizes[order]), drawn)) + 1
            union = np.concatenate([self._members[code] for code in order[: max(self._mixed, enough)]])
            pools[row] = union[samples(uniforms[row : row + 1, clusters:], len(union), drawn)[0]]
        return pools[:, 1:], pools[:, 0]


def _uniform(catalog: Catalog, tracks: IntArray, size: int) -> Pool:
    return UniformPool(tracks, size)


def _listed(catalog: Catalog, tracks: IntArray, size: int, ids: Collection[str]) -> Pool:
    """Draws from the listed tracks that belong to the split."""
    if not isinstance(ids, Collection) or isinstance(ids, str | bytes | Mapping):
        raise UserError(f"Pool list: ids must be a list of the ids of tracks, but is {shown(ids)}.")
    index_of = {str(id_): index for index, id_ in enumerate(catalog.tracks["id"])}
    for id_ in ids:
        if str(id_) not in index_of:
            candidates = index_of if len(index_of) <= MANY_NAMES else ()
            raise unknown_name(f"track of catalogue {catalog.name!r}", str(id_), candidates)
    listed = np.array(sorted({index_of[str(id_)] for id_ in ids}), dtype=np.intp)
    eligible = distinct_recordings(catalog, np.intersect1d(listed, tracks))
    check_enough(len(eligible), size, "list the ids of more tracks")
    return UniformPool(eligible, size)


KINDS: dict[str, Any] = {
    "uniform": _uniform,
    "neighbours": NeighbourPool,
    "clusters": ClusterPool,
    "list": _listed,
}
"""Kinds by name; each is called with the catalogue, the tracks to draw from, K and the kind's settings."""


def make_pool(config: str | dict[str, Any], catalog: Catalog, tracks: IntArray, size: int) -> Pool:
    """Makes a pool from its construction argument.

    Args:
        config: A kind, or `{"kind": ..., **settings}`: `"uniform"`; `"neighbours"` (reach);
            `"clusters"` (clusters, mixed); `"list"` (ids of tracks); or `"module:Class"` of a custom
            pool, called like the kinds here. `sound_types`, a setting of every kind, is `["music"]` by
            default: tracks that the extraction found to be `"speech"` or `"silence"` are left out, unless
            a list names them.
        catalog: All tracks.
        tracks: Catalogue indices of the split, (n,).
        size: Candidates K.

    Raises:
        UserError: If the kind, a setting or a track is unknown, or there are too few tracks.
    """
    settings = _as_settings(config)
    name = settings.pop("kind", "uniform")
    if not isinstance(name, str):
        raise UserError(f"Pool: kind must be text such as 'clusters', but is {shown(name)}.")
    sound_types = settings.pop("sound_types", SOUND_TYPES if name == "list" else ("music",))
    if not isinstance(sound_types, list | tuple):
        raise UserError(
            f"Pool {name}: sound_types must be a list such as ['music'], but is {shown(sound_types)}."
        )
    for sound_type in sound_types:
        if sound_type not in SOUND_TYPES:
            raise unknown_name("sound type", str(sound_type), SOUND_TYPES)
    if ":" not in name and name not in KINDS:
        raise unknown_name("kind of pool", name, KINDS)
    kind = KINDS[name] if name in KINDS else load_named(name, "pool")
    _check_settings(name, kind, settings)
    eligible = distinct_recordings(catalog, of_sound_types(catalog, tracks, sound_types))
    pool = kind(catalog, eligible, size, **settings)
    if not _draws(pool):
        raise UserError(
            f"Pool {name} must have a method draw and a whole number n_draws, as segue.envs.Pool describes, "
            f"but is of type {type(pool).__name__}."
        )
    made: Pool = pool
    return made


def _as_settings(config: Any) -> dict[str, Any]:
    """Returns the construction argument of a pool as a mapping."""
    if isinstance(config, str):
        return {"kind": config}
    if not isinstance(config, dict):
        raise UserError(
            "pool must be the name of a kind or a mapping such as {kind: clusters, mixed: 2}, "
            f"but is {shown(config)}."
        )
    return as_mapping(config, "pool", "{kind: clusters, mixed: 2}")


def _check_settings(name: str, kind: Any, settings: dict[str, Any]) -> None:
    """Checks that a kind of pool can be called with these settings."""
    try:
        signature = inspect.signature(kind)
    except (TypeError, ValueError):
        raise _not_a_pool(name) from None
    own = list(signature.parameters.values())[3:]
    for key in settings:
        if key not in (allowed := [parameter.name for parameter in own]):
            raise unknown_name(f"setting of pool {name}", key, allowed)
    for parameter in own:
        by_name = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        if by_name and parameter.default is parameter.empty and parameter.name not in settings:
            raise UserError(f"Pool {name} needs the setting {parameter.name!r}; add it to the pool.")
    try:
        signature.bind(None, None, None, **settings)
    except TypeError:
        raise _not_a_pool(name) from None


def _not_a_pool(name: str) -> UserError:
    return UserError(
        f"Pool {name} cannot be called with the catalogue, the tracks to draw from and the number of "
        "candidates; name a class or function that takes these three."
    )


def _draws(pool: Any) -> bool:
    """Returns whether an object has the members of a pool."""
    count = getattr(pool, "n_draws", None)
    return callable(getattr(pool, "draw", None)) and isinstance(count, numbers.Integral) and int(count) >= 0

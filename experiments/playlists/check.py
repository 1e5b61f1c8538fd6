"""Checks a list: what its transitions cost, what order could gain, which constraints it breaks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segue.agents.sequencing.constraints import Constraints, Violation, violations
from segue.agents.sequencing.search import search
from segue.experiments.playlists.formats import Entry
from segue.experiments.playlists.make_playlist import playlist_of
from segue.experiments.playlists.playlist import Playlist
from segue.experiments.playlists.request import PlaylistRequest
from segue.experiments.playlists.resolve import given_list, resolve
from segue.features import Catalog, open_catalog
from segue.features.errors import UserError

SHUFFLES = 64
"""Random orders whose mean is reported."""


@dataclass(frozen=True)
class Check:
    """The result of a check.

    Attributes:
        playlist: The list as it is.
        missing: Its entries that the catalogue lacks.
        broken: The constraints that it breaks.
        best: The same tracks in the best order found; None if a track is played twice.
        best_keeps: Whether that order keeps the constraints; otherwise it is the best one without them.
        regret: Utility that the best order has more (order regret); NaN without one.
        shuffled: Mean utility of random orders.
    """

    playlist: Playlist
    missing: list[Entry]
    broken: list[Violation]
    best: Playlist | None
    best_keeps: bool
    regret: float
    shuffled: float


def check_playlist(
    catalog: Catalog | str | Path,
    source: Any,
    request: PlaylistRequest | Mapping[str, Any] | str | Path | None = None,
) -> Check:
    """Checks a playlist; changes nothing.

    Args:
        catalog: A catalogue, or its name or path.
        source: A playlist file, or a list of tracks.
        request: Constraints to check; none by default.

    Raises:
        UserError: The list cannot be read, or a value of the request is wrong.
    """
    opened, wanted = open_catalog(catalog), PlaylistRequest.of({} if request is None else request)
    if wanted.reorder is not None or wanted.complete is not None:
        raise UserError("--check excludes --reorder and --complete; give one of them.")
    rows, missing = given_list(opened, source, "--check")
    asked = wanted.tracks
    resolved = resolve(opened, dataclasses.replace(wanted, tracks=len(rows)))
    resolved.given = rows
    broken = violations(resolved.facts, resolved.constraints, rows)
    if asked not in (None, len(rows)):
        broken.append(Violation("tracks", -1, f"it has {len(rows)} tracks instead of {asked}"))
    playlist = playlist_of(resolved, rows, alternatives=False)
    rng, listener = np.random.default_rng(wanted.seed), resolved.listener(len(rows))
    shuffled = float(listener.utility(np.array([rng.permutation(rows) for _ in range(SHUFFLES)])).mean())
    if len(np.unique(rows)) < len(rows):
        return Check(playlist, missing, broken, None, False, float("nan"), shuffled)
    own = tuple(rows.tolist())
    kept = dataclasses.replace(resolved.constraints, eligible=np.sort(rows), include=own)
    free = Constraints(eligible=np.sort(rows), include=own, versions=True)
    possible = set(kept.required()) <= set(own) and all(-len(rows) <= slot < len(rows) for slot in kept.slots)
    found = search(listener, resolved.facts, kept, wanted.seed) if possible else None
    keeps = found is not None and found.kept and not violations(resolved.facts, kept, found.rows)
    if found is None or not keeps:
        found = search(listener, resolved.facts, free, wanted.seed)
    order = found.rows if found.utility > playlist.utility else rows
    best = playlist_of(resolved, order, alternatives=False)
    return Check(playlist, missing, broken, best, keeps, best.utility - playlist.utility, shuffled)

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
from segue.experiments.formatting import counted, duration
from segue.experiments.playlists.contradictions import name_of
from segue.experiments.playlists.formats import Entry
from segue.experiments.playlists.make_playlist import playlist_of
from segue.experiments.playlists.playlist import Playlist
from segue.experiments.playlists.reading.matching import find_track
from segue.experiments.playlists.reading.where import matching
from segue.experiments.playlists.request import MOST_TRACKS, PlaylistRequest
from segue.experiments.playlists.resolve import Resolved, given_list, resolve
from segue.features import Catalog, open_catalog
from segue.features.arrays import IntArray
from segue.features.errors import UserError

SHUFFLES = 64
"""Random orders whose mean is reported."""
_RULES = {
    "include": "--include",
    "times": "--at",
    "order": "--complete",
    "versions": "one version per recording",
    "repeats": "one play per track",
    "artist_gap": "--artist-gap",
    "album_gap": "--album-gap",
    "max_tempo_change": "--max-tempo-change",
    "keys": "--keys",
    "seconds": "--duration",
}
"""The option that states a constraint; for those that always hold, what they say."""


@dataclass(frozen=True)
class Broken:
    """A constraint that a list breaks, as the command says it.

    Attributes:
        rule: The option that states it, or what it says if it always holds.
        detail: What is wrong.
    """

    rule: str
    detail: str


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
    broken: list[Broken]
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
    if len(rows) > MOST_TRACKS:
        raise UserError(
            f"The list has {len(rows):,} tracks, but at most {MOST_TRACKS:,} are checked at once; divide it."
        )
    asked = wanted.tracks
    resolved = resolve(opened, dataclasses.replace(wanted, tracks=len(rows)))
    resolved.given = rows
    broken = [
        broken_rule(resolved, rows, violation)
        for violation in violations(resolved.facts, resolved.constraints, rows)
    ]
    if asked not in (None, len(rows)):
        broken.append(Broken("--tracks", f"the list has {counted(len(rows), 'track')} instead of {asked}"))
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


def broken_rule(resolved: Resolved, rows: IntArray, violation: Violation) -> Broken:
    """Says which option of a request a list of rows (n,) breaks, and how."""
    name = name_of(resolved, violation.row) if violation.row >= 0 else ""
    if violation.constraint == "eligible":
        rule, detail = _exclusion(resolved, violation.row)
        return Broken(rule, f"track {violation.position + 1}, {name}, {detail}")
    if violation.constraint == "seconds":
        return Broken("--duration", f"the list lasts {duration(resolved.facts.fades.seconds(rows))}")
    if name:
        rule = _RULES.get(violation.constraint) or _place_option(resolved, len(rows), violation.position)
        return Broken(rule, f"{name} {violation.detail}")
    place = f"track {violation.position + 1}: " if violation.position >= 0 else ""
    return Broken(_RULES[violation.constraint], place + violation.detail)


def _exclusion(resolved: Resolved, row: int) -> tuple[str, str]:
    """Returns the option that excludes a track, and what it says of the track."""
    request, catalog = resolved.request, resolved.catalog
    if row in [find_track(catalog, name, "--exclude") for name in request.exclude]:
        return "--exclude", "is excluded"
    if not all(matching(catalog, text)[row] for text in request.where):
        return "--where", "does not fit"
    if request.max_tempo_change is not None and not resolved.facts.tempo[row] > 0:
        return "--max-tempo-change", "has no known tempo"
    return "music only", "is not music"


def _place_option(resolved: Resolved, n: int, place: int) -> str:
    """Returns the option that names the track at a place of a list of n tracks."""
    if place == 0 and resolved.request.first is not None:
        return "--first"
    return "--last" if place == n - 1 and resolved.request.last is not None else "--at"

"""Hard constraints on a playlist, and what a given list breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from segue.agents.sequencing.fades import Fades
from segue.agents.sequencing.rules import (
    album_codes,
    artist_sets,
    camelot_numbers,
    share_artist,
    tempo_change,
)
from segue.features import Catalog
from segue.features.arrays import BoolArray, FloatArray, Int32Array, IntArray

ROUNDING = 1e-6
"""Tolerance of comparisons between sums of floating-point numbers."""


class TrackFacts(NamedTuple):
    """What constraints read of the n tracks of a catalogue.

    Attributes:
        tempo: Tempo in BPM, NaN if unknown, (n,).
        key: Index into `rules.CAMELOT`, -1 if unknown, (n,).
        artists: Numbers of all credited artists, padded with -1, (n, A).
        albums: Number of the album, -1 if unknown, (n,).
        works: Number of the work, whose versions share it, (n,).
        fades: Lengths and possible overlaps.
    """

    tempo: FloatArray
    key: IntArray
    artists: Int32Array
    albums: Int32Array
    works: Int32Array
    fades: Fades

    @classmethod
    def of(cls, catalog: Catalog, longest_overlap: float) -> TrackFacts:
        """Reads the facts; `longest_overlap` is in s."""
        return cls(
            tempo=catalog.raw("tempo") if catalog.has("tempo") else np.full(len(catalog), np.nan),
            key=camelot_numbers(catalog),
            artists=artist_sets(catalog),
            albums=album_codes(catalog),
            works=catalog.work_codes,
            fades=Fades.of(catalog, longest_overlap),
        )


@dataclass(frozen=True)
class Constraints:
    """Constraints that every playlist must keep; rows are those of the catalogue.

    Attributes:
        eligible: Rows that may be played, in rising order.
        slots: Row by position; positions count from 0, negative ones from the end.
        times: Pairs of a time in s and the row that must be playing then.
        include: Rows that must be played.
        order: Rows that must be played in this order, with any tracks between them.
        artist_gap: Fewest tracks between two tracks that share an artist.
        artist_gap_s: Shortest time in s from the end of one to the start of the other.
        album_gap: Fewest tracks between two tracks of an album.
        album_gap_s: Shortest time in s between them.
        versions: Whether several versions of one work may be played.
        max_tempo_change: Largest change of tempo from track to track in %; None for any.
        octaves: Whether half and double time count as the same tempo.
        keys: Which key may follow which, (24, 24) over `rules.CAMELOT`; None for any.
        key_violations: Transitions that may break that rule.
        seconds: Shortest and longest length in s; None for any.
    """

    eligible: IntArray
    slots: Mapping[int, int] = field(default_factory=dict)
    times: tuple[tuple[float, int], ...] = ()
    include: tuple[int, ...] = ()
    order: tuple[int, ...] = ()
    artist_gap: int = 0
    artist_gap_s: float = 0.0
    album_gap: int = 0
    album_gap_s: float = 0.0
    versions: bool = False
    max_tempo_change: float | None = None
    octaves: bool = True
    keys: BoolArray | None = None
    key_violations: int = 0
    seconds: tuple[float, float] | None = None

    def required(self) -> tuple[int, ...]:
        """Returns all rows that must be played, each once."""
        return tuple(
            dict.fromkeys((*self.slots.values(), *(row for _, row in self.times), *self.include, *self.order))
        )


class Violation(NamedTuple):
    """A constraint that a list breaks.

    Attributes:
        constraint: The field of `Constraints`.
        position: Where in the list, from 0: the second track of the pair for rules on two tracks; -1 for the
            whole list.
        detail: What is wrong there, without the name of the constraint.
        row: Row of the catalogue of the track that the detail is about; -1 if it is about none.
    """

    constraint: str
    position: int
    detail: str
    row: int = -1


def violations(facts: TrackFacts, constraints: Constraints, rows: IntArray) -> list[Violation]:
    """Returns everything that a list of rows (n,) breaks; empty if it keeps all constraints."""
    return [
        *_places(facts, constraints, rows),
        *_repeats(facts, constraints, rows),
        *_neighbours(facts, constraints, rows),
        *_lengths(facts, constraints, rows),
    ]


def _places(facts: TrackFacts, constraints: Constraints, rows: IntArray) -> Iterator[Violation]:
    """Yields tracks that are missing, not allowed, or at the wrong place."""
    listed = [int(row) for row in rows]
    for row in dict.fromkeys((*constraints.include, *constraints.order)):
        if row not in listed:
            yield Violation("include", -1, "is missing", row)
    allowed = np.isin(rows, constraints.eligible)
    for k in np.flatnonzero(~allowed):
        yield Violation("eligible", int(k), "is excluded", listed[k])
    for slot, row in constraints.slots.items():
        place = slot if slot >= 0 else len(rows) + slot
        if not 0 <= place < len(rows) or listed[place] != row:
            yield Violation("slots", place, f"is not track {place + 1}", row)
    starts = facts.fades.starts(rows)
    for time, row in constraints.times:
        place = listed.index(row) if row in listed else -1
        end = starts[place] + facts.fades.duration[row]
        if place < 0 or not starts[place] <= time + ROUNDING or not time < end + ROUNDING:
            yield Violation("times", place, f"is not playing at {time:.0f} s", row)
    places = [listed.index(row) for row in constraints.order if row in listed]
    if places != sorted(places):
        yield Violation("order", -1, "the given tracks are in another order")


def _repeats(facts: TrackFacts, constraints: Constraints, rows: IntArray) -> Iterator[Violation]:
    """Yields tracks, works, artists and albums that come again, or too soon."""
    times_played = Counter(int(row) for row in rows)
    if any(count > 1 for count in times_played.values()):
        yield Violation("repeats", -1, "a track is played twice")
    works: dict[int, int] = {}
    for k, row in enumerate(rows):
        first = works.setdefault(int(facts.works[row]), k)
        if first != k and not constraints.versions:
            yield Violation("versions", k, f"another version of track {first + 1}")
    starts, duration = facts.fades.starts(rows), facts.fades.duration[rows]
    for j in range(len(rows)):
        for i in range(j - 1, -1, -1):
            apart, seconds = j - i - 1, starts[j] - starts[i] - duration[i] + ROUNDING
            near_artist = apart < constraints.artist_gap or 0 < constraints.artist_gap_s > seconds
            near_album = apart < constraints.album_gap or 0 < constraints.album_gap_s > seconds
            if not (near_artist or near_album):
                break
            if near_artist and share_artist(facts.artists[rows[i]], facts.artists[rows[j]]):
                yield Violation("artist_gap", j, f"an artist of track {i + 1} again")
            album = facts.albums[rows[i]]
            if near_album and album >= 0 and album == facts.albums[rows[j]]:
                yield Violation("album_gap", j, f"the album of track {i + 1} again")


def _neighbours(facts: TrackFacts, constraints: Constraints, rows: IntArray) -> Iterator[Violation]:
    """Yields transitions whose tempo or key changes too much, or is unknown."""
    before, after = rows[:-1], rows[1:]
    if constraints.max_tempo_change is not None:
        change = tempo_change(facts.tempo[before], facts.tempo[after], constraints.octaves)
        for k in np.flatnonzero(~(np.abs(change) <= constraints.max_tempo_change + ROUNDING)):
            text = "a tempo is unknown" if np.isnan(change[k]) else f"the tempo changes by {change[k]:+.1f} %"
            yield Violation("max_tempo_change", int(k) + 1, text)
    if constraints.keys is not None:
        known = (facts.key[before] >= 0) & (facts.key[after] >= 0)
        broken = np.flatnonzero(~(known & constraints.keys[facts.key[before], facts.key[after]]))
        if len(broken) > constraints.key_violations:
            for k in broken:
                text = "the key does not fit" if known[k] else "a key is unknown"
                yield Violation("keys", int(k) + 1, text)


def _lengths(facts: TrackFacts, constraints: Constraints, rows: IntArray) -> Iterator[Violation]:
    """Yields a length outside the bounds."""
    if constraints.seconds is not None:
        low, high = constraints.seconds
        seconds = facts.fades.seconds(rows)
        if not low - ROUNDING <= seconds <= high + ROUNDING:
            yield Violation("seconds", -1, f"the list lasts {seconds:.0f} s")

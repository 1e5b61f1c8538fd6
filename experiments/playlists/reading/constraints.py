"""The constraints of a request: rows of the catalogue in place of names, numbers in place of text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from segue.agents.sequencing.constraints import Constraints, TrackFacts
from segue.agents.sequencing.rules import CAMELOT, camelot_neighbours, same_key
from segue.experiments.playlists.reading.matching import find_track
from segue.experiments.playlists.reading.quantities import gap, number_between, seconds, whole_between
from segue.experiments.playlists.reading.where import matching
from segue.experiments.playlists.request import MOST_TRACKS, PlaylistRequest
from segue.features import Catalog
from segue.features.arrays import BoolArray, IntArray
from segue.features.errors import UserError, excerpt, unknown_name
from segue.features.existing_files import is_yaml
from segue.features.yaml_reader import read_yaml


def read_constraints(
    catalog: Catalog, facts: TrackFacts, request: PlaylistRequest, given: IntArray
) -> Constraints:
    """Reads the constraints of a request; those that contradict each other are found when they are checked.

    Args:
        catalog: The catalogue.
        facts: What constraints read of its tracks.
        request: The request.
        given: Rows of the list to reorder or complete, in its order; empty without one.

    Raises:
        UserError: A value is wrong, a name is unknown, or the catalogue lacks a column.
    """
    slots, times = _slots(catalog, request)
    if request.complete is not None:
        ends = {0: int(given[0]), -1: int(given[-1])} if len(given) > 1 else {0: int(given[0])}
        slots = {**ends, **slots}
    artist_gap, album_gap = gap(request.artist_gap, "--artist-gap"), gap(request.album_gap, "--album-gap")
    change = request.max_tempo_change
    keys = _key_rule(request.keys)
    _require(catalog, request, keys is not None, bool(times), artist_gap, album_gap)
    bounds, tolerance = None, seconds(request.tolerance, "--tolerance")
    if request.duration is not None:
        wanted = seconds(request.duration, "--duration")
        if wanted <= 0:
            raise UserError("--duration must be above 0, such as 90m.")
        bounds = (max(wanted - tolerance, 0.0), wanted + tolerance)
    included = [find_track(catalog, name, "--include") for name in request.include]
    if request.reorder is not None:
        included += given.tolist()
    return Constraints(
        eligible=eligible_rows(catalog, facts, request, given),
        slots=slots,
        times=times,
        include=tuple(dict.fromkeys(included)),
        order=tuple(given.tolist()) if request.complete is not None else (),
        artist_gap=artist_gap[0],
        artist_gap_s=artist_gap[1],
        album_gap=album_gap[0],
        album_gap_s=album_gap[1],
        versions=request.versions,
        max_tempo_change=None if change is None else number_between(change, 0, 1000, "--max-tempo-change"),
        octaves=request.half_double,
        keys=keys,
        key_violations=whole_between(request.key_violations, 0, MOST_TRACKS, "--key-violations"),
        seconds=bounds,
    )


def _slots(
    catalog: Catalog, request: PlaylistRequest
) -> tuple[dict[int, int], tuple[tuple[float, int], ...]]:
    """Reads the first and last track and those at positions and times.

    Raises:
        UserError: Two tracks should stand at one place.
    """
    slots: dict[int, int] = {}
    times: list[tuple[float, int]] = []
    if request.first is not None:
        slots[0] = find_track(catalog, request.first, "--first")
    if request.last is not None:
        slots[-1] = find_track(catalog, request.last, "--last")
    for text in request.at:
        place, equals, name = text.partition("=")
        if not equals or not name.strip():
            raise UserError(
                f"--at {excerpt(text)!r} is not a waypoint; write 5=TRACK for the fifth track or 45m=TRACK."
            )
        row = find_track(catalog, name.strip(), "--at")
        if re.fullmatch(r"\s*\d{1,9}\s*", place):
            slot = whole_between(place, 1, MOST_TRACKS, "--at: a position") - 1
            if slots.get(slot, row) != row:
                raise UserError(
                    f"--at {place.strip()}: two different tracks should stand at position {slot + 1}; keep "
                    "one."
                )
            slots[slot] = row
        else:
            times.append((seconds(place, "--at"), row))
    return slots, tuple(times)


def eligible_rows(catalog: Catalog, facts: TrackFacts, request: PlaylistRequest, given: IntArray) -> IntArray:
    """Returns the rows that may be played: music that the filters admit, and what is named.

    Args:
        catalog: The catalogue.
        facts: What constraints read of its tracks.
        request: The request.
        given: Rows of the list to reorder or complete.
    """
    allowed = np.ones(len(catalog), np.bool_)
    if request.reorder is not None:
        allowed[:] = False
        allowed[given] = True
    elif "sound_type" in catalog.tracks:
        allowed &= np.isin(catalog.tracks["sound_type"].to_numpy(), ["music", ""])
        allowed[given] = True
        waypoints = (text.partition("=")[2] for text in request.at)
        for name in (request.first, request.last, *request.include, *waypoints):
            if name:
                allowed[find_track(catalog, name.strip(), "--include")] = True
    for text in request.where:
        allowed &= matching(catalog, text)
    for name in request.exclude:
        allowed[find_track(catalog, name, "--exclude")] = False
    rows = np.flatnonzero(allowed)
    if request.max_tempo_change is not None and request.reorder is None:
        rows = rows[facts.tempo[rows] > 0]
    return rows


def _require(
    catalog: Catalog,
    request: PlaylistRequest,
    keys: bool,
    times: bool,
    artist_gap: tuple[int, float],
    album_gap: tuple[int, float],
) -> None:
    """Checks that the catalogue has the columns of the constraints.

    Raises:
        UserError: It lacks one.
    """
    needs = {
        "--max-tempo-change": ["tempo"] if request.max_tempo_change is not None else [],
        "--keys": ["key", "mode"] if keys else [],
        "--duration": ["duration"] if request.duration is not None else [],
        "--at with a time": ["duration"] if times else [],
        "--artist-gap": ["artist"] if any(artist_gap) else [],
        "--album-gap": ["album"] if any(album_gap) else [],
    }
    for option, columns in needs.items():
        lacking = [name for name in columns if not _has(catalog, name)]
        if lacking:
            raise UserError(
                f"{option} needs the column {' and '.join(map(repr, lacking))}, which catalogue "
                f"{catalog.name!r} lacks; leave it out, or use a catalogue that has it."
            )


def _has(catalog: Catalog, name: str) -> bool:
    """Returns whether a column has a value; empty text does not count."""
    return catalog.has(name) and bool((catalog.tracks[name].astype("str") != "").any())


def _key_rule(value: Any) -> BoolArray | None:
    """Reads a rule on keys: which may follow which, (24, 24); None for any.

    Raises:
        UserError: It is not a rule.
    """
    names = {"any": None, "same": same_key(), "camelot": camelot_neighbours()}
    if isinstance(value, str):
        if value in names:
            return names[value]
        if not is_yaml(value):
            raise unknown_name("rule on keys", value, names, "A table of your own is a YAML file.")
        value = read_yaml(Path(value), f"Table of keys {value}").data
    if not isinstance(value, Mapping):
        raise UserError(
            "A table of keys must be a mapping from Camelot codes to lists of them, such as 8A: [8A, 9A]."
        )
    table = np.zeros((24, 24), np.bool_)
    for code, followers in value.items():
        for follower in followers if isinstance(followers, list | tuple) else [followers]:
            table[_camelot_number(code), _camelot_number(follower)] = True
    return table


def _camelot_number(code: Any) -> int:
    """Returns the place of a code in `CAMELOT`.

    Raises:
        UserError: It is not a code.
    """
    text = str(code).strip().upper()
    if text not in CAMELOT:
        raise UserError(f"The table of keys contains {excerpt(text)!r}; write Camelot codes from 1A to 12B.")
    return CAMELOT.index(text)

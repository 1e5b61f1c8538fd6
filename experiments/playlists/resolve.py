"""A request resolved on a catalogue: rows in place of names, the listener, and the constraints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from segue.agents.sequencing.constraints import Constraints, TrackFacts
from segue.agents.sequencing.expected_listener import ExpectedListener
from segue.agents.sequencing.rules import CAMELOT, camelot_neighbours, same_key
from segue.envs import load_preset
from segue.experiments.playlists.fitted_taste import fitted_taste
from segue.experiments.playlists.formats import Entry, read_playlist
from segue.experiments.playlists.reading.curves import energy_curve
from segue.experiments.playlists.reading.matching import find_track, match_entries
from segue.experiments.playlists.reading.quantities import gap, number_between, seconds, whole_between
from segue.experiments.playlists.reading.where import matching
from segue.experiments.playlists.request import PlaylistRequest
from segue.features import Catalog
from segue.features.arrays import BoolArray, FloatArray, IntArray
from segue.features.errors import UserError, excerpt, unknown_name
from segue.features.existing_files import is_file, is_yaml
from segue.features.yaml_reader import read_yaml

MOST_TRACKS = 1000
"""Longest playlist."""
CURVE_WEIGHT = 10.0
"""Weight of a requested curve for a listener who has no energy arc; that of the preset djset."""


@dataclass
class Resolved:
    """A request on a catalogue.

    Attributes:
        request: The request.
        catalog: The catalogue.
        facts: What constraints read of its tracks.
        constraints: The constraints.
        listener_config: The listener as a dictionary.
        liked: Rows that the listener likes, None if none are given.
        taste: The listener's own taste, (F,), None for that of the population.
        given: Rows of the list to reorder or complete, in its order; empty without one.
        missing: Its entries that the catalogue lacks.
        length: Number of tracks, None if only the duration is given.
    """

    request: PlaylistRequest
    catalog: Catalog
    facts: TrackFacts
    constraints: Constraints
    listener_config: dict[str, Any]
    liked: IntArray | None
    taste: FloatArray | None
    given: IntArray
    missing: list[Entry]
    length: int | None
    _listeners: dict[int, ExpectedListener] = field(default_factory=dict)

    def listener(self, length: int) -> ExpectedListener:
        """Returns the expected listener of playlists of a length, made once."""
        if length not in self._listeners:
            features = "djmc" if "song_bins" in self.listener_config.get("terms", {}) else "listening"
            self._listeners[length] = ExpectedListener(
                self.catalog,
                self.listener_config,
                length,
                features=features,
                liked=self.liked,
                taste=self.taste,
            )
        return self._listeners[length]

    @cached_property
    def usable(self) -> int:
        """Most tracks that a list can have: eligible ones, versions counted once."""
        rows = self.constraints.eligible
        return len(rows if self.constraints.versions else np.unique(self.facts.works[rows]))


def resolve(catalog: Catalog, request: PlaylistRequest) -> Resolved:
    """Resolves a request.

    Raises:
        UserError: A value is wrong, a name is unknown, or constraints contradict each other.
    """
    if request.reorder is not None and request.complete is not None:
        raise UserError("--reorder and --complete exclude each other; give one of them.")
    whole_between(request.seed, 0, 2**31 - 1, "--seed")
    rows, missing = _given(catalog, request)
    length = None if request.tracks is None else whole_between(request.tracks, 1, MOST_TRACKS, "--tracks")
    if request.reorder is not None:
        if length not in (None, len(rows)):
            raise UserError(
                f"--reorder keeps the {len(rows)} tracks of the list; leave out --tracks {length}."
            )
        length = len(rows)
    overlap = number_between(request.overlap, 0, 600, "--overlap")
    facts = TrackFacts.of(catalog, overlap)
    config = _listener_config(catalog, request)
    if length is None and request.duration is None:
        raise UserError("Say how long the playlist should be, with --tracks 30 or --duration 90m.")
    constraints = _constraints(catalog, facts, request, rows)
    liked, taste = _liked(catalog, request), None
    if request.for_listener is not None:
        if liked is not None:
            raise UserError("--for and --like both set the listener's taste; give one of them.")
        taste = fitted_taste(catalog, request.listener, request.for_listener)
    return Resolved(request, catalog, facts, constraints, config, liked, taste, rows, missing, length)


def _given(catalog: Catalog, request: PlaylistRequest) -> tuple[IntArray, list[Entry]]:
    """Returns the rows of the list to reorder or complete, and its entries that the catalogue lacks."""
    option, source = (
        ("--reorder", request.reorder) if request.reorder is not None else ("--complete", request.complete)
    )
    if source is None:
        return np.zeros(0, np.intp), []
    return given_list(catalog, source, option)


def given_list(catalog: Catalog, source: Any, option: str) -> tuple[IntArray, list[Entry]]:
    """Returns the rows of a list that is given as a file or as names of tracks, and its missing entries.

    Raises:
        UserError: None of its tracks is in the catalogue.
    """
    if isinstance(source, list | tuple):
        return np.array([find_track(catalog, str(name), option) for name in source], np.intp), []
    if not isinstance(source, str | Path):
        raise UserError(f"{option} must be a playlist file or a list of tracks, but is {excerpt(source)!r}.")
    rows, missing = match_entries(catalog, read_playlist(Path(source)))
    if not len(rows):
        raise UserError(
            f"{option} {excerpt(source)}: none of its {len(missing)} tracks is in catalogue "
            f"{catalog.name!r}; check "
            "that the catalogue was made from the same music."
        )
    return rows, missing


def _listener_config(catalog: Catalog, request: PlaylistRequest) -> dict[str, Any]:
    """Returns the listener's dictionary with the requested curve."""
    config = dict(load_preset(request.listener).listener)
    if request.curve is not None:
        terms = dict(config.get("terms") or {})
        arc = {"weight": CURVE_WEIGHT, "spread": 0.0, **(terms.get("energy_arc") or {})}
        config["terms"] = {**terms, "energy_arc": {**arc, "curve": energy_curve(request.curve, catalog)}}
    return config


def _liked(catalog: Catalog, request: PlaylistRequest) -> IntArray | None:
    """Returns the rows that the listener likes, from playlist files and names of tracks."""
    if not request.like:
        return None
    found: list[int] = []
    for source in request.like:
        is_list = is_file(source) and Path(source).suffix.lower() in (
            ".m3u",
            ".m3u8",
            ".csv",
            ".json",
            ".xspf",
            ".jspf",
        )
        found += (
            given_list(catalog, source, "--like")[0].tolist()
            if is_list
            else [find_track(catalog, source, "--like")]
        )
    return np.unique(np.array(found, np.intp))


def _constraints(
    catalog: Catalog, facts: TrackFacts, request: PlaylistRequest, given: IntArray
) -> Constraints:
    """Builds the constraints; those that contradict each other are found when they are checked."""

    def find(name: str, option: str) -> int:
        return find_track(catalog, name, option)

    slots, times = _slots(request, find)
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
    return Constraints(
        eligible=_eligible(catalog, facts, request, given, find),
        slots=slots,
        times=times,
        include=tuple(
            dict.fromkeys(
                [
                    *(find(name, "--include") for name in request.include),
                    *(given.tolist() if request.reorder is not None else []),
                ]
            )
        ),
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
    request: PlaylistRequest, find: Callable[[str, str], int]
) -> tuple[dict[int, int], tuple[tuple[float, int], ...]]:
    """Reads the first and last track and those at positions and times.

    Raises:
        UserError: Two tracks should stand at one place.
    """
    slots: dict[int, int] = {}
    times: list[tuple[float, int]] = []
    if request.first is not None:
        slots[0] = find(request.first, "--first")
    if request.last is not None:
        slots[-1] = find(request.last, "--last")
    for text in request.at:
        place, equals, name = text.partition("=")
        if not equals or not name.strip():
            raise UserError(
                f"--at {excerpt(text)!r} is not a waypoint; write 5=TRACK for the fifth track or 45m=TRACK."
            )
        row = find(name.strip(), "--at")
        if re.fullmatch(r"\s*\d{1,9}\s*", place):
            slot = whole_between(place, 1, MOST_TRACKS, "--at: a position") - 1
            if slots.get(slot, row) != row:
                raise UserError(
                    f"--at {place.strip()}: two different tracks should stand at position {slot + 1}; keep "
                    f"one."
                )
            slots[slot] = row
        else:
            times.append((seconds(place, "--at"), row))
    return slots, tuple(times)


def _eligible(
    catalog: Catalog,
    facts: TrackFacts,
    request: PlaylistRequest,
    given: IntArray,
    find: Callable[[str, str], int],
) -> IntArray:
    """Returns the rows that may be played."""
    allowed = np.ones(len(catalog), np.bool_)
    if request.reorder is not None:
        allowed[:] = False
        allowed[given] = True
    elif "sound_type" in catalog.tracks:
        types = catalog.tracks["sound_type"].to_numpy()
        allowed &= np.isin(types, ["music", ""])
        allowed[given] = True
        for name in (
            request.first,
            request.last,
            *request.include,
            *(text.partition("=")[2] for text in request.at),
        ):
            if name:
                allowed[find(name.strip(), "--include")] = True
    for text in request.where:
        allowed &= matching(catalog, text)
    for name in request.exclude:
        allowed[find(name, "--exclude")] = False
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
                f"{catalog.name!r} "
                "lacks; leave it out, or use a catalogue that has it."
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
            pair = [str(text).strip().upper() for text in (code, follower)]
            for text in pair:
                if text not in CAMELOT:
                    raise UserError(
                        f"The table of keys contains {excerpt(text)!r}; write Camelot codes from 1A to 12B."
                    )
            table[CAMELOT.index(pair[0]), CAMELOT.index(pair[1])] = True
    return table

"""A request resolved on a catalogue: rows in place of names, the listener, and the constraints."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from segue.agents.sequencing.constraints import Constraints, TrackFacts
from segue.agents.sequencing.expected_listener import ExpectedListener
from segue.envs import load_preset
from segue.experiments.playlists.fitted_taste import fitted_taste
from segue.experiments.playlists.formats import Entry, read_playlist
from segue.experiments.playlists.reading.constraints import read_constraints
from segue.experiments.playlists.reading.curves import energy_curve
from segue.experiments.playlists.reading.matching import find_track, match_entries
from segue.experiments.playlists.reading.quantities import number_between, whole_between
from segue.experiments.playlists.request import MOST_TRACKS, PlaylistRequest
from segue.features import Catalog
from segue.features.arrays import FloatArray, IntArray
from segue.features.errors import UserError, excerpt
from segue.features.existing_files import is_file

LISTS = (".m3u", ".m3u8", ".csv", ".json", ".xspf", ".jspf")
"""Endings of the playlist files among what a listener likes; a file of another kind is a track."""
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
    constraints = read_constraints(catalog, facts, request, rows)
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
            f"{catalog.name!r}; check that the catalogue was made from the same music."
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
        if is_file(source) and Path(source).suffix.lower() in LISTS:
            found += given_list(catalog, source, "--like")[0].tolist()
        else:
            found.append(find_track(catalog, source, "--like"))
    return np.unique(np.array(found, np.intp))

"""Tracks of a log matched to those of a catalogue, by the surest evidence that there is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segue.experiments.logs.matching.identifiers import URI_COLUMNS, bare_identifiers, isrc_codes
from segue.experiments.logs.matching.names import NameIndex, distinct_artists, distinct_keys
from segue.features import Catalog
from segue.features.arrays import FloatArray, Int64Array

SIMILARITY = 90.0
"""Similarity of titles, and of artists, from 0 to 100, that counts as the same, by default."""
TOLERANCE = 5.0
"""Seconds by which the lengths of a track matched by name may differ, by default."""
WAYS = ("id", "uri", "isrc", "title and artist", "similar title and artist")
"""What a track is matched by, in the order in which it is tried."""


def match_tracks(
    tracks: pd.DataFrame, catalog: Catalog, similarity: float = SIMILARITY, tolerance: float = TOLERANCE
) -> pd.DataFrame:
    """Finds each track of a log in a catalogue.

    A track is matched by the first of `WAYS` that finds it. Titles are compared without case, accents,
    punctuation, featured artists and marks of a release ("Remastered"); similar titles need the same numbers
    and the same words for kinds of recordings ("Live", "Remix"). Similarity is the normalised indel distance
    (`rapidfuzz.fuzz.ratio`). Where both lengths are known, those of tracks matched by name must agree.

    Args:
        tracks: One row per track: `track` and, if known, `uri`, `isrc`, `title`, `artist`, `duration_s`.
        catalog: The catalogue.
        similarity: Least similarity, 0 to 100; above 100, only equal names match.
        tolerance: Largest difference of lengths in seconds.

    Returns:
        For each row of `tracks`: `row`, the row of the catalogue or -1, and `by`, one of `WAYS` or missing.
    """
    row = np.full(len(tracks), -1, dtype=np.int64)
    by = np.full(len(tracks), None, dtype=object)

    def fill(found: Int64Array, way: str) -> None:
        fresh = (row < 0) & (found >= 0)
        row[fresh], by[fresh] = found[fresh], way

    ids = pd.Series(catalog.ids.astype(object))
    fill(_find(tracks["track"].astype(object), ids), "id")
    columns = {str(name).lower(): name for name in catalog.tracks}
    others = [catalog.tracks[columns[name]] for name in URI_COLUMNS if name in columns]
    for known in (ids, *others):
        for given in (tracks.get(name) for name in ("uri", "track")):
            if given is not None:
                fill(_find(bare_identifiers(given), bare_identifiers(known)), "uri")
    if "isrc" in tracks and "isrc" in columns:
        fill(_find(isrc_codes(tracks["isrc"]), isrc_codes(catalog.tracks[columns["isrc"]])), "isrc")
    if {"title", "artist"} <= set(tracks) and {"title", "artist"} <= set(catalog.tracks):
        _match_names(tracks, catalog, row, by, similarity, tolerance)
    return pd.DataFrame({"row": row, "by": pd.Series(by, dtype="string")}).set_index(tracks.index)


def _find(given: pd.Series, known: pd.Series) -> Int64Array:
    """Returns the first row of `known` with each given value, -1 if there is none or the value is missing."""
    first = known.reset_index(drop=True).dropna().drop_duplicates()
    place = pd.Index(first.to_numpy()).get_indexer(given.to_numpy())
    rows = np.append(first.index.to_numpy(dtype=np.int64), -1)
    return np.where(given.notna().to_numpy(), rows[place], -1)


def _match_names(
    tracks: pd.DataFrame,
    catalog: Catalog,
    row: Int64Array,
    by: np.ndarray[tuple[int], np.dtype[np.object_]],
    similarity: float,
    tolerance: float,
) -> None:
    """Fills in the tracks that are found by their names."""
    index = NameIndex(
        distinct_keys(catalog.tracks["title"]),
        distinct_artists(catalog.tracks["artist"]),
        _durations(catalog.tracks.get("duration"), len(catalog)),
    )
    left = np.flatnonzero(row < 0)
    given = tracks.iloc[left]
    titles, artists = distinct_keys(given["title"]), distinct_artists(given["artist"])
    lengths = _durations(given.get("duration_s"), len(given))
    for at, title, names, length in zip(left, titles, artists, lengths, strict=True):
        row[at] = index.exact(title, names, length, tolerance)
        by[at] = WAYS[3] if row[at] >= 0 else None
    unknown = {name for at, names in zip(left, artists, strict=True) if row[at] < 0 for name in names}
    near = index.similar_artists(sorted(unknown - set(index.by_artist)), similarity)
    for at, title, names, length in zip(left, titles, artists, lengths, strict=True):
        if row[at] < 0 and title:
            alike = dict.fromkeys(other for name in names for other in (name, *near.get(name, ())))
            row[at] = index.similar(title, alike, length, tolerance, similarity)
            by[at] = WAYS[4] if row[at] >= 0 else None


def _durations(values: pd.Series | None, count: int) -> FloatArray:
    return np.full(count, np.nan) if values is None else values.to_numpy(dtype=np.float64)

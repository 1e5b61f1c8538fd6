"""Tracks of the same recording, matched by name, file content or sound, and of the same work."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from segue.features.arrays import BoolArray, FloatArray, Int32Array, Int64Array
from segue.features.catalog.identity.links import linked_groups, linked_to_first

_RENDITION = (
    r"live|version|edit|mix|remix|rework|bootleg|dub|acoustic|unplugged|demo|instrumental|extended|original|"
    r"take|session|with"
)
"""Words that mark another recording of a work."""

_RELEASE = r"remaster(?:ed)?|mono|stereo|deluxe|bonus|explicit|feat\.?|ft\.?|featuring"
"""Words that mark another release of a recording."""

_OTHER_RENDITION = re.compile(rf"\b(?:{_RENDITION.replace('version|', '')})\b", re.IGNORECASE)


def _marks(words: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compiles patterns of what may follow a title, with one of these words: brackets, or a dash and text."""
    return (
        re.compile(rf"\s*[(\[][^)\]]*\b(?:{words})\b[^)\]]*[)\]]", re.IGNORECASE),
        re.compile(rf"\s+-\s+[^-]*\b(?:{words})\b[^-]*$", re.IGNORECASE),
    )


_VERSION_MARKS = _marks(f"{_RENDITION}|{_RELEASE}")
_RELEASE_MARKS = _marks(_RELEASE)

_CHROMA = [f"chroma_{k}" for k in range(12)]
_CHROMA_TOLERANCE = 0.006  # lossy codecs change the mean chroma by less, measured down to 64 kbit/s
_DURATION_TOLERANCE = 1.0  # s
_WINDOW_TOLERANCE = 0.03

_FEW = 1000
"""Up to this many tracks, comparing all pairs takes less time than importing SciPy."""


def title_without_version(title: str) -> str:
    """Case-folds a title and strips version marks: `"Song (Live 2011)"`, `"Song - Remastered"`."""
    bare = title
    for mark in _VERSION_MARKS:
        bare = mark.sub("", bare)
    return bare.strip().casefold() or title.strip().casefold()


def title_of_recording(title: str) -> str:
    """Case-folds a title and strips marks of a release only: `"Song - Remastered"`, not `"Song (Live)"`."""
    bare = title
    for mark in _RELEASE_MARKS:
        bare = mark.sub(lambda found: found[0] if _OTHER_RENDITION.search(found[0]) else "", bare)
    return bare.strip().casefold() or title.strip().casefold()


def recording_codes(tracks: pd.DataFrame, artists: Int32Array) -> Int32Array:
    """Numbers the recordings; rows with the same number should not be in one playlist.

    Two rows count as the same recording if they share the first artist and the title as
    `title_of_recording`, or the file content, or nearly the mean chroma and the duration (two encodings).

    Args:
        tracks: Table with `title` and optionally `content_hash`, `duration` and chroma.
        artists: (n,) number of the first credited artist, -1 if unknown.

    Returns:
        (n,) codes from 0.
    """
    edges = [_same_name(tracks, artists, title_of_recording)]
    if "content_hash" in tracks:
        known = tracks["content_hash"] != ""
        edges.append(linked_to_first(tracks["content_hash"].where(known)))
        edges.append(_same_sound(tracks, known.to_numpy()))
    return linked_groups(len(tracks), *edges)


def work_codes(tracks: pd.DataFrame, artists: Int32Array, recordings: Int32Array) -> Int32Array:
    """Numbers the works: recordings by one first artist whose titles differ in version marks only.

    Args:
        tracks: Table with `title`.
        artists: (n,) number of the first credited artist, -1 if unknown.
        recordings: (n,) codes of `recording_codes`.

    Returns:
        (n,) codes from 0.
    """
    same_recording = linked_to_first(pd.Series(recordings))
    return linked_groups(len(tracks), same_recording, _same_name(tracks, artists, title_without_version))


def _same_name(tracks: pd.DataFrame, artists: Int32Array, simplified: Callable[[str], str]) -> Int64Array:
    """Returns (m, 2) pairs of rows with the same first artist and the same simplified title."""
    title, titles = pd.factorize(tracks["title"])
    bare = pd.Series([simplified(t) for t in titles], dtype=object).to_numpy()[title]
    named = (bare != "") & (artists >= 0)
    names = pd.Series(bare, index=tracks.index) + "\x00" + pd.Series(artists, index=tracks.index).astype(str)
    return linked_to_first(names.where(named))


def _within_one(points: FloatArray) -> Int64Array:
    """Returns (m, 2) pairs of points (n, D) that differ by at most 1 in every coordinate."""
    if len(points) <= _FEW:
        near = np.tri(len(points), k=-1, dtype=np.bool_)
        for column in points.T:
            near &= np.abs(column[:, None] - column) <= 1.0
        return np.argwhere(near)
    from scipy.spatial import KDTree

    return np.asarray(KDTree(points).query_pairs(1.0, p=np.inf, output_type="ndarray"), dtype=np.int64)


def _same_sound(tracks: pd.DataFrame, from_audio: BoolArray) -> Int64Array:
    """Returns (m, 2) pairs of rows extracted from audio that are two encodings of one recording."""
    if not {"duration", *_CHROMA} <= set(tracks):
        return np.zeros((0, 2), dtype=np.int64)
    points = np.column_stack([tracks[_CHROMA] / _CHROMA_TOLERANCE, tracks["duration"] / _DURATION_TOLERANCE])
    rows = np.flatnonzero(from_audio & np.isfinite(points).all(axis=1))
    pairs = rows[_within_one(points[rows])]
    for window in ("intro", "outro"):
        # Loops of one piece share their mean chroma, but rarely that of the intro and outro too.
        names = [f"{window}_{name}" for name in _CHROMA]
        if len(pairs) and set(names) <= set(tracks):
            edge = tracks[names].to_numpy(dtype=np.float64)
            step = np.abs(edge[pairs[:, 0]] - edge[pairs[:, 1]])
            pairs = pairs[
                ~(np.nanmax(np.append(step, np.zeros((len(step), 1)), axis=1), axis=1) > _WINDOW_TOLERANCE)
            ]
    return pairs.reshape(-1, 2).astype(np.int64)

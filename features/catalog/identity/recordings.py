"""Tracks of the same recording, matched by name, file content or sound."""

import re

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from segue.features.arrays import BoolArray, Int32Array, Int64Array
from segue.features.catalog.identity.links import linked_groups, linked_to_first

_VERSION = (
    r"remaster(?:ed)?|live|version|edit|mix|remix|mono|stereo|acoustic|demo|deluxe|bonus|instrumental|"
    r"extended|original|take|session|feat\.?|ft\.?|featuring|with"
)
_IN_BRACKETS = re.compile(rf"\s*[(\[][^)\]]*\b(?:{_VERSION})\b[^)\]]*[)\]]", re.IGNORECASE)
_AFTER_DASH = re.compile(rf"\s+-\s+[^-]*\b(?:{_VERSION})\b[^-]*$", re.IGNORECASE)

_CHROMA = [f"chroma_{k}" for k in range(12)]
_CHROMA_TOLERANCE = 0.006  # lossy codecs change the mean chroma by less, measured down to 64 kbit/s
_DURATION_TOLERANCE = 1.0  # s
_WINDOW_TOLERANCE = 0.03


def title_without_version(title: str) -> str:
    """Case-folds a title and strips version marks: `"Song (Live 2011)"`, `"Song - Remastered"`."""
    bare = _AFTER_DASH.sub("", _IN_BRACKETS.sub("", title)).strip().casefold()
    return bare or title.strip().casefold()


def recording_codes(tracks: pd.DataFrame, artists: Int32Array) -> Int32Array:
    """Numbers the recordings; rows with the same number should not be in one playlist.

    Two rows count as the same recording if they share the first artist and the title without its version,
    or the file content, or nearly the mean chroma and the duration (two encodings).

    Args:
        tracks: Table with `title` and optionally `content_hash`, `duration` and chroma.
        artists: (n,) number of the first credited artist, -1 if unknown.

    Returns:
        (n,) codes from 0.
    """
    title, titles = pd.factorize(tracks["title"])
    bare = pd.Series([title_without_version(t) for t in titles], dtype=object).to_numpy()[title]
    named = (bare != "") & (artists >= 0)
    names = pd.Series(bare, index=tracks.index) + "\x00" + pd.Series(artists, index=tracks.index).astype(str)
    edges = [linked_to_first(names.where(named))]
    if "content_hash" in tracks:
        known = tracks["content_hash"] != ""
        edges.append(linked_to_first(tracks["content_hash"].where(known)))
        edges.append(_same_sound(tracks, known.to_numpy()))
    return linked_groups(len(tracks), *edges)


def _same_sound(tracks: pd.DataFrame, from_audio: BoolArray) -> Int64Array:
    """Returns (m, 2) pairs of rows extracted from audio that are two encodings of one recording."""
    if not {"duration", *_CHROMA} <= set(tracks):
        return np.zeros((0, 2), dtype=np.int64)
    points = np.column_stack([tracks[_CHROMA] / _CHROMA_TOLERANCE, tracks["duration"] / _DURATION_TOLERANCE])
    rows = np.flatnonzero(from_audio & np.isfinite(points).all(axis=1))
    pairs = rows[KDTree(points[rows]).query_pairs(1.0, p=np.inf, output_type="ndarray")]
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

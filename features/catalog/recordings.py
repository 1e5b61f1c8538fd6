"""Which tracks are the same song: by name, by content, or by sound."""

import re

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from segue.features.arrays import BoolArray, Int32Array, Int64Array
from segue.features.catalog.boundary_features import artist_codes

_VERSION = (
    r"remaster(?:ed)?|live|version|edit|mix|remix|mono|stereo|acoustic|demo|deluxe|bonus|instrumental|"
    r"extended|original|take|session|feat\.?|ft\.?|featuring|with"
)
_IN_BRACKETS = re.compile(rf"\s*[(\[][^)\]]*\b(?:{_VERSION})\b[^)\]]*[)\]]", re.IGNORECASE)
_AFTER_DASH = re.compile(rf"\s+-\s+[^-]*\b(?:{_VERSION})\b[^-]*$", re.IGNORECASE)

_CHROMA = [f"chroma_{k}" for k in range(12)]
_CHROMA_STEP = 0.006  # lossy codecs move the mean chroma by less, measured down to 64 kbit/s
_SECONDS_STEP = 1.0
_EDGE_STEP = 0.03


def song_title(title: str) -> str:
    """A title without what only tells versions apart: `"Song (Live 2011)"` and `"Song - Remastered"`."""
    bare = _AFTER_DASH.sub("", _IN_BRACKETS.sub("", title)).strip().casefold()
    return bare or title.strip().casefold()


def recording_codes(tracks: pd.DataFrame) -> Int32Array:
    """Numbers the songs: rows with the same number should not both stand in a playlist.

    The same first artist with the same title up to its version, the same file content, or nearly the same
    mean chroma and length (another encoding) make the same song.

    Args:
        tracks: Table with `title`, `artist` and perhaps `content_hash`, `duration` and chroma.

    Returns:
        (n,) codes from 0.
    """
    n = len(tracks)
    title, titles = pd.factorize(tracks["title"])
    bare = pd.Series([song_title(t) for t in titles], dtype=object).to_numpy()[title]
    artist = artist_codes(tracks)
    named = (bare != "") & (artist >= 0)
    names = pd.Series(bare, index=tracks.index) + "\x00" + pd.Series(artist, index=tracks.index).astype(str)
    edges = [_linked_to_first(names.where(named))]
    if "content_hash" in tracks:
        known = tracks["content_hash"] != ""
        edges.append(_linked_to_first(tracks["content_hash"].where(known)))
        edges.append(_same_sound(tracks, known.to_numpy()))
    pairs = np.concatenate(edges)
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, codes = connected_components(graph, directed=False)
    return np.asarray(codes, dtype=np.int32)


def _linked_to_first(keys: pd.Series) -> Int64Array:
    """(m, 2) each row with a key, and the first row with the same."""
    code, uniques = pd.factorize(keys)
    rows = np.flatnonzero(code >= 0)
    first = np.full(len(uniques), len(keys), dtype=np.int64)
    np.minimum.at(first, code[rows], rows)
    return np.column_stack([rows, first[code[rows]]])


def _same_sound(tracks: pd.DataFrame, from_audio: BoolArray) -> Int64Array:
    """(m, 2) pairs of rows read from audio that are another encoding of the same recording."""
    if not {"duration", *_CHROMA} <= set(tracks):
        return np.zeros((0, 2), dtype=np.int64)
    points = np.column_stack([tracks[_CHROMA] / _CHROMA_STEP, tracks["duration"] / _SECONDS_STEP])
    rows = np.flatnonzero(from_audio & np.isfinite(points).all(axis=1))
    pairs = rows[KDTree(points[rows]).query_pairs(1.0, p=np.inf, output_type="ndarray")]
    for window in ("intro", "outro"):
        # Loops of one piece share their mean chroma, but seldom also that of start and end.
        names = [f"{window}_{name}" for name in _CHROMA]
        if len(pairs) and set(names) <= set(tracks):
            edge = tracks[names].to_numpy(dtype=np.float64)
            step = np.abs(edge[pairs[:, 0]] - edge[pairs[:, 1]])
            pairs = pairs[
                ~(np.nanmax(np.append(step, np.zeros((len(step), 1)), axis=1), axis=1) > _EDGE_STEP)
            ]
    return pairs.reshape(-1, 2).astype(np.int64)

"""Rules between tracks: tempo, key, and whether two tracks are by the same people."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from segue.features import Catalog
from segue.features.arrays import BoolArray, FloatArray, Int32Array, IntArray
from segue.features.catalog.identity.artists import artist_name, credited_artists
from segue.features.catalog.transitions import camelot_number

CAMELOT: tuple[str, ...] = tuple(f"{number}{letter}" for number in range(1, 13) for letter in "AB")
"""Camelot codes in the order of their numbers here, from 1A to 12B."""


def tempo_change(a: ArrayLike, b: ArrayLike, octaves: bool) -> FloatArray:
    """Returns the change of tempo from a to b in %, NaN where one of them is unknown.

    Args:
        a: Tempi in BPM.
        b: Tempi in BPM, broadcastable against a.
        octaves: Whether b may be taken at half or double time where that is closer.
    """
    before, after = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    known = (before > 0) & (after > 0)
    ratio = np.where(known, after, np.nan) / np.where(known, before, np.nan)
    if octaves:
        # Of b, 2 b and b / 2 the one with the smallest change; they are tried in this order.
        tried = np.stack([ratio, 2.0 * ratio, 0.5 * ratio])
        closest = np.abs(np.nan_to_num(tried) - 1.0).argmin(axis=0)
        ratio = np.take_along_axis(tried, closest[None], axis=0)[0]
    return 100.0 * (ratio - 1.0)


def camelot_codes(catalog: Catalog) -> list[str]:
    """Returns the Camelot code of every track, from its key and mode; `""` where these are unknown."""
    return [CAMELOT[number] if number >= 0 else "" for number in camelot_numbers(catalog)]


def camelot_numbers(catalog: Catalog) -> IntArray:
    """Returns the index into `CAMELOT` of every track, (n,), -1 where key or mode is unknown."""
    if not (catalog.has("key") and catalog.has("mode")):
        return np.full(len(catalog), -1)
    key, mode = catalog.raw("key"), catalog.raw("mode")
    known = np.isfinite(key) & np.isfinite(mode)
    numbers = camelot_number(np.where(known, key, 0), np.where(known, mode, 0))
    return np.where(known, 2 * (numbers - 1) + (mode == 1), -1).astype(np.intp)


def same_key() -> BoolArray:
    """Returns the rule that keys stay, (24, 24)."""
    return np.eye(24, dtype=np.bool_)


def camelot_neighbours() -> BoolArray:
    """Returns the rule of the Camelot wheel: same code, one step around, or the other letter; (24, 24)."""
    number, letter = np.arange(24) // 2, np.arange(24) % 2
    around = np.abs(number[:, None] - number)
    around = np.minimum(around, 12 - around)
    same_letter = letter[:, None] == letter
    return np.where(same_letter, around <= 1, around == 0)


def artist_sets(catalog: Catalog) -> Int32Array:
    """Numbers the artists that every track credits, compared without case, accents and punctuation.

    Returns:
        (n, A) numbers, each row padded with -1; two tracks share an artist if they share a number.
    """
    credit, distinct = pd.factorize(catalog.tracks["artist"].fillna(""))
    return _numbered([credited_artists(text) for text in distinct])[credit]


def album_codes(catalog: Catalog) -> Int32Array:
    """Numbers the albums by their names and first artists, (n,), -1 where a track has none.

    Albums of one name by different artists differ; those of unknown artists are one.
    """
    name, distinct = pd.factorize(catalog.tracks["album"].fillna(""))
    plain = np.array([artist_name(text) if text else "" for text in distinct], dtype=object)[name]
    keys = pd.Series(plain) + "\0" + pd.Series(catalog.artist_codes.astype(str))
    return pd.factorize(keys.where(plain != ""))[0].astype(np.int32)


def _numbered(names: list[tuple[str, ...]]) -> Int32Array:
    """Numbers texts in rows of different lengths; pads with -1."""
    numbers: dict[str, int] = {}
    width = max([len(row) for row in names], default=1) or 1
    table = np.full((len(names), width), -1, dtype=np.int32)
    for at, row in enumerate(names):
        table[at, : len(row)] = [numbers.setdefault(name, len(numbers)) for name in row]
    return table


def share_artist(a: Iterable[int], b: Iterable[int]) -> bool:
    """Returns whether two rows of `artist_sets` have an artist in common."""
    return bool((set(map(int, a)) & set(map(int, b))) - {-1})

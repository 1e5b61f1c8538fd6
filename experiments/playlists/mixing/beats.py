"""Beats of the tracks of a playlist, which a catalogue of audio stores in a file of its own."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd

from segue.experiments.playlists.playlist import Playlist
from segue.features.arrays import FloatArray
from segue.features.extraction.output_files import OutputFiles

_DEVIATION = 0.02
"""Seconds by which a beat may deviate from a steady tempo."""

_FEWEST = 8


def with_beats(playlist: Playlist, catalog_file: str | Path) -> Playlist:
    """Returns a playlist whose tracks have the column `beats`, times in s, None where they are unknown.

    Args:
        playlist: A playlist of this catalogue.
        catalog_file: The catalogue file; the beats lie beside it in `<catalogue>.frames.parquet`. Without
            that file the playlist is returned as it is.
    """
    frames = OutputFiles(Path(catalog_file)).frames
    if not frames.is_file():
        return playlist
    ids = [str(track) for track in playlist.tracks["id"]]
    stored = pd.read_parquet(frames, columns=["id", "beats"], filters=[("id", "in", ids)])
    beats = dict(zip(stored["id"], stored["beats"], strict=True))
    column = pd.Series([beats.get(track) for track in ids], index=playlist.tracks.index, dtype=object)
    return dataclasses.replace(playlist, tracks=playlist.tracks.assign(beats=column))


def known_beats(track: pd.Series) -> FloatArray:
    """Returns the increasing beat times of a row of `Playlist.tracks` in s; none where they are unknown."""
    given = track.get("beats")
    if given is None or np.ndim(given) != 1:
        return np.zeros(0)
    beats = np.unique(np.asarray(given, dtype=np.float64))
    return beats[np.isfinite(beats) & (beats >= 0)]


def beat_grid(beats: FloatArray) -> list[tuple[float, float]]:
    """Describes beats by stretches of steady tempo.

    Each stretch is a line through its beats, from which none deviates by more than 20 ms.

    Args:
        beats: Increasing times in s, (n,).

    Returns:
        The first beat in s and the tempo in BPM of each stretch; empty for fewer than 8 beats.
    """
    found, start = [], 0
    while len(beats) - start >= _FEWEST:
        stop = _steady_until(beats, start)
        first, period = fit_line(beats[start:stop])
        found.append((max(first, 0.0), 60 / period))
        start = stop
    return found


def _steady_until(beats: FloatArray, start: int) -> int:
    """Returns the end of the longest steady stretch from a beat on, found by bisection.

    Fewer than 8 beats after it belong to it, too.
    """

    def steady(stop: int) -> bool:
        return deviation(beats[start:stop]) <= _DEVIATION

    low, high = start + _FEWEST, len(beats)
    if steady(high):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if steady(middle) else (low, middle)
    return low if len(beats) - low >= _FEWEST else len(beats)


def fit_line(beats: FloatArray) -> tuple[float, float]:
    """Fits a steady tempo to beats by least squares; returns the first beat and the period in s."""
    period, first = np.polyfit(np.arange(len(beats)), beats, 1)
    return float(first), float(period)


def deviation(beats: FloatArray) -> float:
    """Returns the largest distance in s of a beat from a steady tempo."""
    first, period = fit_line(beats)
    return float(np.abs(first + period * np.arange(len(beats)) - beats).max())

"""Section boundaries, intro and outro."""

import numpy as np
import pytest

from segue.features.audio import structure
from segue.features.extraction.track import compute_columns


def test_a_planted_intro_and_outro_are_found(piece, analysed):
    soft, _ = piece(seconds=60, drums=False)
    full, _ = piece(seconds=60, drums=True)
    time = np.arange(60 * 22050) / 22050
    samples = np.where((time < 9) | (time >= 49), 0.5 * soft, full + soft)
    row, times = compute_columns(analysed(samples))
    assert row["intro_end"] == pytest.approx(9, abs=3)
    assert row["outro_start"] == pytest.approx(49, abs=3)
    assert row["segments"] == len(times["boundaries"]) + 1
    for edge in (9, 49):
        assert np.abs(times["boundaries"] - edge).min() < 2


def test_uniform_music_has_neither_intro_nor_outro(piece, analysed):
    samples, _ = piece(seconds=12)
    row, _ = compute_columns(analysed(np.tile(samples, 4)))
    assert np.isnan(row["intro_end"]) or row["intro_end"] < 6
    assert np.isnan(row["outro_start"]) or row["outro_start"] > 42


def test_an_edge_is_where_the_cumulative_distance_peaks():
    distance = np.array([5.0] * 10 + [1.0] * 90)
    no_boundary = np.zeros(0, dtype=np.int64)
    assert structure.find_edge(distance, 2.0, np.ones(100), no_boundary) == 10
    assert np.isnan(structure.find_edge(np.ones(100), 2.0, np.ones(100), no_boundary))

import numpy as np
import pytest

from segue.features import Catalog
from segue.features.audio import structure, timbre, tonality
from segue.features.audio.transforms import analyse_blocks
from segue.features.catalog import djmc_descriptors as djmc
from segue.features.extraction.track import compute_columns


def analysed(samples, rate=22050):
    return analyse_blocks(iter([samples[:, None].astype(np.float32)]), rate, 1)


def test_planted_intro_and_outro_are_found(piece):
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


def test_music_that_stays_the_same_has_neither(piece):
    samples, _ = piece(seconds=12)
    row, _ = compute_columns(analysed(np.tile(samples, 4)))
    assert np.isnan(row["intro_end"]) or row["intro_end"] < 6
    assert np.isnan(row["outro_start"]) or row["outro_start"] > 42


def test_an_edge_is_where_the_sum_of_unlikeness_peaks():
    distance = np.array([5.0] * 10 + [1.0] * 90)
    no_boundary = np.zeros(0, dtype=np.int64)
    assert structure.find_edge(distance, 2.0, np.ones(100), no_boundary) == 10
    assert np.isnan(structure.find_edge(np.ones(100), 2.0, np.ones(100), no_boundary))


def test_percussion_and_tones_are_told_apart():
    rate, rng = 22050, np.random.default_rng(0)
    clicks = np.zeros(8 * rate)
    clicks[:: rate // 4] = 1
    noise = np.convolve(clicks, rng.standard_normal(400) * np.exp(-np.arange(400) / 80))[: len(clicks)]
    tone = np.sin(2 * np.pi * 440 * np.arange(8 * rate) / rate)

    def share(samples):
        percussive, total = timbre.percussive_energy(analysed(samples).mel).sum(axis=0)
        return percussive / total

    assert share(noise) > 0.8
    assert share(tone) < 0.15


@pytest.mark.parametrize("frequency", [300.0, 2000.0])
def test_spectral_descriptors_of_a_sine(frequency):
    t = np.arange(6 * 22050) / 22050
    row, _ = compute_columns(analysed(0.3 * np.sin(2 * np.pi * frequency * t)))
    assert row["centroid"] == pytest.approx(frequency, rel=0.1)
    assert row["rolloff"] == pytest.approx(frequency, abs=25)
    assert row["zero_crossings"] == pytest.approx(2 * frequency / 22050, rel=0.02)
    assert row["flatness"] < 0.01
    assert row["high_ratio"] < 0.01
    assert row["loudness_range"] < 0.1


def test_high_and_low_ratio_split_the_energy():
    t = np.arange(6 * 22050) / 22050
    both = np.sin(2 * np.pi * 100 * t) + np.sin(2 * np.pi * 6000 * t)
    row, _ = compute_columns(analysed(0.3 * both))
    assert row["low_ratio"] == pytest.approx(0.5, abs=0.03)
    assert row["high_ratio"] == pytest.approx(0.5, abs=0.03)


def test_chord_changes_are_counted():
    frames = np.zeros((120, 12))
    for k, root in enumerate((0, 5, 7, 0)):
        frames[30 * k : 30 * (k + 1), [(root + step) % 12 for step in (0, 4, 7)]] = 1
    seconds = 120 / tonality.FRAME_RATE
    assert tonality.chord_change_rate(frames) == pytest.approx(3 / seconds, rel=0.05)


def test_djmc_descriptors_are_thirty_four_numbers(extracted):
    assert len(djmc.COLUMNS) == 34
    for catalog in (Catalog.load(extracted.catalog), Catalog.synthetic(30)):
        table = catalog.djmc_descriptors()
        assert table.shape == (len(catalog), 34)
        assert np.isfinite(table).all()
        assert (table[:, 0] <= table[:, 1] + 1e-6).mean() > 0.9  # 10th and 90th percentile of the tempo

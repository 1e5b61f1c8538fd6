"""Spectral descriptors and the percussive share."""

import numpy as np
import pytest

from segue.features.audio import timbre
from segue.features.extraction.track import compute_columns


def test_percussion_and_tones_are_distinguished(analysed):
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
def test_spectral_descriptors_of_a_sine(analysed, frequency):
    t = np.arange(6 * 22050) / 22050
    row, _ = compute_columns(analysed(0.3 * np.sin(2 * np.pi * frequency * t)))
    assert row["centroid"] == pytest.approx(frequency, rel=0.1)
    assert row["rolloff"] == pytest.approx(frequency, abs=25)
    assert row["zero_crossings"] == pytest.approx(2 * frequency / 22050, rel=0.02)
    assert row["flatness"] < 0.01
    assert row["high_ratio"] < 0.01
    assert row["loudness_range"] < 0.1


def test_high_and_low_ratio_split_the_energy(analysed):
    t = np.arange(6 * 22050) / 22050
    both = np.sin(2 * np.pi * 100 * t) + np.sin(2 * np.pi * 6000 * t)
    row, _ = compute_columns(analysed(0.3 * both))
    assert row["low_ratio"] == pytest.approx(0.5, abs=0.03)
    assert row["high_ratio"] == pytest.approx(0.5, abs=0.03)

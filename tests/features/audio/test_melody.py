"""Pitch range and voicing of the melody."""

import numpy as np
import pytest

from segue.features.audio.kernels.spectral import RATE
from segue.features.audio.melody import MelodyTracker


def track(samples):
    tracker = MelodyTracker()
    for part in np.array_split(samples.astype(np.float32), 3):
        tracker.feed(part)
    return tracker.finish()


def test_pitch_range_of_an_octave():
    steps = np.repeat(220 * 2 ** (np.array([0, 4, 7, 12]) / 12), RATE)
    found = track(0.3 * np.sin(2 * np.pi * np.cumsum(steps) / RATE))
    assert found["pitch_range"] == pytest.approx(12, abs=0.3)
    assert found["voiced_share"] > 0.9


def test_noise_and_silence_have_no_melody():
    noise = track(np.random.default_rng(0).normal(0, 0.1, 2 * RATE))
    assert noise["voiced_share"] < 0.2
    assert all(np.isnan(value) for value in track(np.zeros(2 * RATE)).values())

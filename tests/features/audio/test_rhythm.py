"""Tempo, beats and onsets."""

import numpy as np
import pytest

from segue.features.audio import rhythm


@pytest.mark.parametrize("tempo", [84.0, 96.0, 121.7, 150.0])
def test_tempo_and_beats(piece, analysed, tempo):
    samples, truth = piece(tempo=tempo)
    found = rhythm.estimate_rhythm(analysed(samples).mel)
    assert found.tempo == pytest.approx(tempo, rel=0.005)
    inside = truth[(truth > 2) & (truth < 18)]
    error = [np.abs(found.beats - beat).min() for beat in inside]
    assert np.max(error) < 0.05
    assert found.salience > 0.2


def test_tempo_is_robust_to_missing_and_displaced_beats():
    beats = 0.3 + 0.5 * np.arange(60)
    beats[[10, 11, 40]] += [0.2, -0.1, 0.15]
    assert rhythm.tempo_from_beats(np.delete(beats, 25)) == pytest.approx(120, rel=1e-3)


def test_stability_falls_with_jitter():
    steady = 0.5 * np.arange(40)
    jitter = steady + np.random.default_rng(0).normal(0, 0.05, 40)
    assert rhythm.tempo_stability(steady) == pytest.approx(1)
    assert rhythm.tempo_stability(jitter) < 0.9
    assert np.isnan(rhythm.tempo_stability(steady[:5]))

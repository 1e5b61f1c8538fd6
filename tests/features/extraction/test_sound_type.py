"""Music, speech and silence are told apart by their sound."""

import numpy as np
import pytest
from scipy.signal import lfilter

from segue.features.extraction.track import compute_columns

RATE = 22050


def speech(seconds, seed=0):
    """Syllables of a gliding voice through changing formants, hisses between them, and pauses for breath."""
    rng = np.random.default_rng(seed)
    parts, total = [], 0
    while total < seconds * RATE:
        n = int(rng.uniform(0.08, 0.25) * RATE)
        pitch = rng.uniform(90, 180) * np.linspace(1, rng.uniform(0.7, 1.4), n)
        pulses = np.diff(np.floor(np.cumsum(pitch) / RATE), prepend=0)
        for formant in (rng.uniform(300, 800), rng.uniform(900, 2300), rng.uniform(2400, 3000)):
            angle, radius = 2 * np.pi * formant / RATE, 0.97
            pulses = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], pulses)
        vowel = pulses / np.abs(pulses).max() * np.hanning(n)
        m = int(rng.uniform(0.04, 0.1) * RATE)
        hiss = np.diff(rng.normal(0, 0.04, m), prepend=0) * np.hanning(m)
        pause = np.zeros(int((rng.uniform(0.3, 0.8) if rng.random() < 0.12 else rng.uniform(0, 0.08)) * RATE))
        parts += [hiss, 0.4 * rng.uniform(0.5, 1) * vowel, pause]
        total += n + m + len(pause)
    return np.concatenate(parts).astype(np.float32)


def sound_type(analysed, samples):
    return compute_columns(analysed(samples))[0]["sound_type"]


@pytest.mark.parametrize("seed", [0, 1])
def test_a_voice_that_speaks_is_speech(analysed, seed):
    assert sound_type(analysed, speech(35, seed)) == "speech"


@pytest.mark.parametrize("drums", [True, False])
def test_a_piece_of_music_is_music(analysed, piece, drums):
    samples, _ = piece(tempo=110, seconds=35, drums=drums)
    assert sound_type(analysed, samples) == "music"


def test_speech_over_music_is_music(analysed, piece):
    samples, _ = piece(tempo=110, seconds=35)
    assert sound_type(analysed, samples + 0.3 * speech(40)[: len(samples)]) == "music"


def test_next_to_no_sound_is_silence(analysed):
    hum = 3e-4 * np.sin(np.arange(35 * RATE) / 20)  # below -60 dBFS
    assert sound_type(analysed, np.zeros(35 * RATE)) == "silence"
    assert sound_type(analysed, hum) == "silence"
    click = np.zeros(35 * RATE)
    click[RATE : 2 * RATE] = 0.5 * np.sin(np.arange(RATE) / 7)
    assert sound_type(analysed, click) == "silence"


def test_music_with_a_long_pause_is_music(analysed, piece):
    samples, _ = piece(tempo=110, seconds=20)
    assert (
        sound_type(analysed, np.concatenate([samples, np.zeros(60 * RATE, np.float32), samples])) == "music"
    )

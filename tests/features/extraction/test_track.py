"""The columns of one track: silence, noise, tones and snippets."""

import numpy as np
import pytest

from segue.features.extraction.track import compute_columns, extractor_version


@pytest.mark.parametrize("kind", ["silence", "constant"])
def test_columns_that_cannot_be_measured_are_nan(analysed, kind):
    samples = np.full(10 * 22050, 0.5 if kind == "constant" else 0.0, dtype=np.float32)
    row, times = compute_columns(analysed(samples))
    for name in ("tempo", "key", "mode", "loudness", "tuning", "energy", "danceability"):
        assert np.isnan(row[name]), name
    assert row["tempo_conf"] == row["key_conf"] == 0
    assert row["camelot"] == ""
    assert len(times["beats"]) == 0
    if kind == "silence":
        assert row["lead_silence"] == row["trail_silence"] == pytest.approx(10)


def test_noise_has_no_confident_key(analysed):
    noise = np.random.default_rng(0).normal(0, 0.1, 10 * 22050).astype(np.float32)
    row, _ = compute_columns(analysed(noise))
    assert row["key_conf"] < 0.2
    assert row["flatness"] > 0.3


def test_silence_around_music_is_measured_and_excluded_from_the_windows(piece, analysed):
    samples, _ = piece(seconds=20)
    padded = np.concatenate([np.zeros(2 * 22050), samples[2205:], np.zeros(3 * 22050)]).astype(np.float32)
    row, _ = compute_columns(analysed(padded))
    assert row["lead_silence"] == pytest.approx(2, abs=0.1)
    assert row["trail_silence"] == pytest.approx(3, abs=1.0)
    assert row["intro_loudness"] == pytest.approx(row["loudness"], abs=1)


def test_a_snippet_has_onsets_but_no_tempo(piece, analysed):
    samples, _ = piece(tempo=120, seconds=1.5)
    row, times = compute_columns(analysed(samples))
    assert row["onset_rate"] == pytest.approx(4, abs=1)
    assert row["energy"] > 0.1
    assert np.isnan(row["tempo"])
    assert len(times["beats"]) == 0


def test_a_steady_tone_has_no_tempo(analysed):
    t = np.arange(15 * 22050) / 22050
    row, times = compute_columns(analysed((0.1 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)))
    assert np.isnan(row["tempo"])
    assert len(times["beats"]) == 0


def test_rows_with_and_without_melody_have_different_versions():
    assert extractor_version(melody=True) != extractor_version()

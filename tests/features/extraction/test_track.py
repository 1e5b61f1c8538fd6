"""The columns of one track: silence, noise, tones and snippets."""

import numpy as np
import pytest
import soundfile

from segue.features.audio.transforms import analyse_blocks
from segue.features.extraction.track import analyse_track, compute_columns, extractor_version


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


def test_opposite_phase_is_not_silence(piece, tmp_path):
    samples, _ = piece(tempo=120, key=9, mode=0, seconds=15)
    soundfile.write(tmp_path / "one.wav", samples, 22050, subtype="FLOAT")
    for name, other in (("opposite", -samples), ("weaker", -0.9 * samples)):
        path = tmp_path / f"{name}.wav"
        soundfile.write(path, np.stack([other, samples], axis=1), 22050, subtype="FLOAT")
        row, one = analyse_track(path).row, analyse_track(tmp_path / "one.wav").row
        for column in ("sound_type", "tempo", "key", "mode", "lead_silence", "trail_silence", "centroid"):
            assert row[column] == one[column], (name, column)
        # The loudness is that of both channels.
        assert row["loudness"] == pytest.approx(one["loudness"] + 3, abs=0.6)


def test_channels_that_do_not_cancel_are_mixed(piece):
    rng = np.random.default_rng(0)
    samples, _ = piece(seconds=3)
    alone = np.zeros((len(samples), 16), np.float32)
    alone[:, 7] = samples
    for sound in (
        np.stack([samples, 0.9 * samples], axis=1),
        rng.normal(0, 0.1, (66150, 16)).astype(
            np.float32
        ),  # 12 dB are lost in the mean of unrelated channels
        alone,
        np.zeros((66150, 2), np.float32),
    ):
        analysis = analyse_blocks(iter([sound]), 22050, sound.shape[1])
        assert analysis.loudest_channel is None
    analysis = analyse_blocks(iter([np.stack([-0.9 * samples, samples], axis=1)]), 22050, 2)
    assert analysis.loudest_channel == 1


def test_rows_with_and_without_melody_have_different_versions():
    assert extractor_version(melody=True) != extractor_version()

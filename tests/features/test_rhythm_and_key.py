import numpy as np
import pytest

from segue.features.audio import rhythm, tonality
from segue.features.audio.transforms import analyse_blocks
from segue.features.extraction.track import compute_columns


def analysed(samples, rate=22050):
    return analyse_blocks(iter(np.array_split(samples[:, None], 7)), rate, 1)


@pytest.mark.parametrize("tempo", [84.0, 96.0, 121.7, 150.0])
def test_tempo_and_beats(piece, tempo):
    samples, truth = piece(tempo=tempo)
    found = rhythm.estimate_rhythm(analysed(samples).mel)
    assert found.tempo == pytest.approx(tempo, rel=0.005)
    inside = truth[(truth > 2) & (truth < 18)]
    error = [np.abs(found.beats - beat).min() for beat in inside]
    assert np.max(error) < 0.05
    assert found.salience > 0.2


@pytest.mark.parametrize(
    ("key", "mode", "cents"), [(0, 1, 0), (9, 0, 0), (6, 1, 0), (3, 0, -30), (10, 1, 20)]
)
def test_key_and_tuning(piece, key, mode, cents):
    samples, _ = piece(key=key, mode=mode, cents=cents, seconds=12)
    frames = tonality.compress_dynamics(analysed(samples).cq)
    tuning = tonality.tuning_cents(frames.mean(axis=0))
    row = tonality.summarise(frames, tuning)
    assert (row["key"], row["mode"]) == (key, mode)
    assert tuning == pytest.approx(cents, abs=6)
    assert 0 < row["key_conf"] <= 1
    assert sum(row[f"chroma_{k}"] for k in range(12)) == pytest.approx(1)


def test_beat_times_with_outliers_give_the_exact_tempo():
    beats = 0.3 + 0.5 * np.arange(60)
    beats[[10, 11, 40]] += [0.2, -0.1, 0.15]
    assert rhythm.tempo_from_beats(np.delete(beats, 25)) == pytest.approx(120, rel=1e-3)


def test_stability_falls_with_jitter():
    steady = 0.5 * np.arange(40)
    jitter = steady + np.random.default_rng(0).normal(0, 0.05, 40)
    assert rhythm.tempo_stability(steady) == pytest.approx(1)
    assert rhythm.tempo_stability(jitter) < 0.9
    assert np.isnan(rhythm.tempo_stability(steady[:5]))


@pytest.mark.parametrize("kind", ["silence", "constant"])
def test_what_cannot_be_known_is_null(kind):
    samples = np.full(10 * 22050, 0.5 if kind == "constant" else 0.0, dtype=np.float32)
    row, times = compute_columns(analysed(samples))
    for name in ("tempo", "key", "mode", "loudness", "tuning", "energy", "danceability"):
        assert np.isnan(row[name]), name
    assert row["tempo_conf"] == row["key_conf"] == 0
    assert row["camelot"] == ""
    assert len(times["beats"]) == 0
    if kind == "silence":
        assert row["lead_silence"] == row["trail_silence"] == pytest.approx(10)


def test_noise_has_no_confident_key():
    noise = np.random.default_rng(0).normal(0, 0.1, 10 * 22050).astype(np.float32)
    row, _ = compute_columns(analysed(noise))
    assert row["key_conf"] < 0.2
    assert row["flatness"] > 0.3


def test_silence_around_music_is_measured_and_left_out_of_the_windows(piece):
    samples, _ = piece(seconds=20)
    padded = np.concatenate([np.zeros(2 * 22050), samples[2205:], np.zeros(3 * 22050)]).astype(np.float32)
    row, _ = compute_columns(analysed(padded))
    assert row["lead_silence"] == pytest.approx(2, abs=0.1)
    assert row["trail_silence"] == pytest.approx(3, abs=1.0)
    assert row["intro_loudness"] == pytest.approx(row["loudness"], abs=1)


def test_block_boundaries_leave_no_trace(piece):
    samples, _ = piece(seconds=9, rate=44100)
    one = analyse_blocks(iter([samples[:, None]]), 44100, 1)
    many = analyse_blocks(iter(np.array_split(samples[:, None], 40)), 44100, 1)
    np.testing.assert_allclose(one.mfcc, many.mfcc, atol=1e-2)
    np.testing.assert_allclose(one.cq, many.cq, atol=1e-5)
    np.testing.assert_allclose(one.crossings, many.crossings, atol=2 / 512)
    assert one.duration == many.duration == pytest.approx(9)


def test_a_snippet_has_onsets_but_no_tempo(piece):
    samples, _ = piece(tempo=120, seconds=1.5)
    row, times = compute_columns(analysed(samples))
    assert row["onset_rate"] == pytest.approx(4, abs=1)
    assert row["energy"] > 0.1
    assert np.isnan(row["tempo"])
    assert len(times["beats"]) == 0


def test_a_steady_tone_has_no_tempo():
    t = np.arange(15 * 22050) / 22050
    row, times = compute_columns(analysed((0.1 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)))
    assert np.isnan(row["tempo"])
    assert len(times["beats"]) == 0

"""A mix, measured: its length, the level of each track, its peaks, and its beats while tracks overlap."""

import dataclasses
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from segue.experiments.playlists.assemble import assemble
from segue.experiments.playlists.mixing.cue_sheet import cue_sheet
from segue.experiments.playlists.mixing.fade import SoundingPart, plan_fade
from segue.experiments.playlists.mixing.limiter import Limiter
from segue.experiments.playlists.mixing.plan import RATE, plan_mix
from segue.experiments.playlists.mixing.render import encoded_previews, render_mix
from segue.features import Catalog
from segue.features.audio.loudness import LoudnessMeter, integrated_loudness, true_peak
from segue.features.errors import UserError

SECONDS, OVERLAP = 24.0, 8.0
TRACKS = (
    # tempo in BPM, first beat in s, level, rate in Hz, channels, pitch of the clicks in Hz
    (120.0, 0.30, 0.8, 44100, 2, 1000),
    (126.0, 0.10, 0.2, 48000, 1, 2500),
    (60.5, 0.45, 0.4, 22050, 2, 1000),
    (100.0, 0.20, 0.05, 44100, 2, 2500),
)


def click_track(tempo, first, level, rate, pitch):
    """Clicks on a steady beat over a soft chord; returns the sound and the beats."""
    time = np.arange(int(SECONDS * rate)) / rate
    sound = 0.15 * sum(np.sin(2 * np.pi * f * time) for f in (220.0, 277.2, 329.6))
    beats = np.arange(first, SECONDS - 0.1, 60 / tempo)
    for beat in beats:
        part = (time >= beat) & (time < beat + 0.04)
        sound[part] += np.sin(2 * np.pi * pitch * (time[part] - beat)) * np.exp(-(time[part] - beat) * 120)
    return level * sound, beats


def measured(sound, rate):
    meter = LoudnessMeter(rate, sound.shape[1])
    meter.feed(sound.astype(np.float32))
    hops = meter.finish()
    return integrated_loudness(hops), true_peak(hops)


def playlist_of(tracks, folder):
    """A playlist of click tracks with everything that `segue extract` would find in them."""
    rows = []
    for k, (tempo, first, level, rate, channels, pitch) in enumerate(tracks):
        sound, beats = click_track(tempo, first, level, rate, pitch)
        stereo = np.repeat(sound[:, None], channels, axis=1)
        soundfile.write(folder / f"{k}.wav", stereo, rate, subtype="FLOAT")
        loudness, peak = measured(stereo, rate)
        rows.append(
            {
                "id": f"{k}", "path": f"{k}.wav", "title": f"track {k}", "artist": "nobody", "tempo": tempo,
                "duration": SECONDS, "loudness": loudness, "true_peak": peak, "beats": beats,
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows)
    catalog = Catalog.from_frame(frame.drop(columns="beats"), "clicks", root=str(folder))
    playlist = assemble(catalog, np.arange(len(rows)))
    overlaps = np.full(len(rows) - 1, OVERLAP)
    return dataclasses.replace(
        playlist,
        tracks=playlist.tracks.assign(beats=frame["beats"]),
        overlaps=overlaps,
        starts=np.concatenate([[0], np.cumsum(SECONDS - overlaps)]),
    )


@pytest.fixture(scope="module")
def clicks(tmp_path_factory):
    return playlist_of(TRACKS, tmp_path_factory.mktemp("clicks"))


@pytest.fixture(scope="module")
def mix(clicks, tmp_path_factory):
    """The plan and the rendered sound (n, 2)."""
    pytest.importorskip("python_stretch")
    path = render_mix(clicks, tmp_path_factory.mktemp("mix") / "set.wav", progress=False)
    sound, rate = soundfile.read(path, always_2d=True)
    assert rate == RATE
    return plan_mix(clicks), sound


def onsets(sound, pitch):
    """Times in s of clicks of one pitch."""
    time = np.arange(len(sound)) / RATE
    shifted = sound.mean(axis=1) * np.exp(-2j * np.pi * pitch * time)
    width = 220
    level = np.abs(np.convolve(shifted, np.ones(width) / width, "valid"))
    loud = level > 0.3 * level.max()
    starts = np.flatnonzero(loud[1:] & ~loud[:-1]) / RATE
    return starts[np.diff(starts, prepend=-1) > 0.1]


def test_the_length_is_exact(mix):
    plan, sound = mix
    assert len(sound) == plan.samples
    assert plan.samples / RATE == pytest.approx(
        4 * SECONDS - sum(fade.seconds for fade in plan.fades), abs=2.5
    )


def test_every_track_has_the_same_level(mix):
    plan, sound = mix
    levels = []
    for at, start in enumerate(plan.starts):
        first, stop = plan.body(at)
        begin = start + (plan.fade_samples(at - 1) if at else 0)
        levels.append(measured(sound[begin : begin + stop - first], RATE)[0])
    assert levels == pytest.approx([plan.target] * len(levels), abs=0.5)


def test_nothing_clips(mix):
    _, sound = mix
    assert measured(sound, RATE)[1] <= -1
    assert np.abs(sound).max() < 10 ** (-1 / 20)


@pytest.mark.parametrize("at", [0, 1])
def test_beats_coincide_over_the_fade(mix, at):
    plan, sound = mix
    begin, length = plan.starts[at + 1], plan.fade_samples(at)
    part = sound[begin : begin + length]
    leaving = onsets(part, TRACKS[at][-1])
    entering = onsets(part, TRACKS[at + 1][-1])
    # Both can be heard in the middle of the fade.
    middle = [beat for beat in entering if 1.5 < beat < length / RATE - 1.5]
    assert len(middle) >= 3
    assert max(np.abs(leaving - beat).min() for beat in middle) < 0.03
    assert plan.fades[at].matched


def test_tempos_too_far_apart_meet_on_one_beat(mix):
    plan, sound = mix
    fade = plan.fades[2]
    assert (fade.on_beat, fade.matched) == (True, False)
    begin = plan.starts[3] - RATE
    leaving = onsets(sound[begin : begin + 3 * RATE], 1000) - 1
    assert np.abs(leaving).min() < 0.03  # where the fade begins, the new track's first beat falls


def test_the_tempo_goes_from_one_to_the_other():
    beats_a, beats_b = np.arange(0.2, 60, 0.5), np.arange(0.3, 60, 60 / 126)
    fade = plan_fade(SoundingPart(0, 60, beats_a), SoundingPart(0, 60, beats_b), 16.0, 0.0)
    tempos = 120 * np.diff(fade.leaving) / np.diff(fade.heard)
    assert (np.diff(tempos) > 0.5).all()
    assert 120 < tempos[0] < tempos[-1] < 126
    assert fade.leaving[-1] == pytest.approx(59.7)
    assert fade.entering[0] == pytest.approx(0.3)
    assert 15.0 < fade.seconds <= 16.0


def test_without_beats_a_fade_has_the_length_that_was_asked_for():
    silent = SoundingPart(1.0, 29.0, np.zeros(0))
    fade = plan_fade(silent, silent, 5.0, 0.0)
    assert (fade.leaving.tolist(), fade.entering.tolist()) == ([24.0, 29.0], [1.0, 6.0])
    assert not fade.on_beat
    late = plan_fade(silent, silent, 5.0, 26.0)  # the track's own entry lasts until then
    assert late.leaving.tolist() == [26.0, 29.0]
    assert plan_fade(silent, silent, 0.0, 0.0).seconds == 0


@pytest.mark.parametrize("level", [0.1, 0.9, 4.0])
def test_the_limiter_keeps_peaks_and_length(level):
    rng = np.random.default_rng(0)
    sound = (level * rng.standard_normal((RATE, 2)) * np.linspace(0, 0.3, RATE)[:, None]).astype(np.float32)
    limiter = Limiter(-1.2)
    parts = [limiter.feed(block) for block in np.array_split(sound, [1, 500, 9000, 9010, 30000])]
    out = np.concatenate([*parts, limiter.finish()])
    assert out.shape == sound.shape
    assert measured(out, RATE)[1] <= -1
    quiet = np.abs(sound).max(axis=1) * 1.5 < 10 ** (-1.2 / 20)
    if quiet.all():
        np.testing.assert_array_equal(out, sound)
    gain = (out[:, 0] / np.where(sound[:, 0] == 0, 1, sound[:, 0]))[RATE // 100 :]
    assert np.abs(np.diff(gain[np.abs(sound[RATE // 100 :, 0]) > 1e-3])).max() < 0.02  # no sudden change


@pytest.mark.parametrize("ending", [".flac", ".ogg", ".mp3", ".opus"])
def test_every_encoding_can_be_read(clicks, tmp_path, ending):
    two = dataclasses.replace(
        clicks, tracks=clicks.tracks.iloc[:2].assign(beats=None), overlaps=np.array([2.0])
    )
    path = render_mix(two, tmp_path / f"set{ending}", progress=False)
    sound, rate = soundfile.read(path, always_2d=True)
    samples = round((2 * SECONDS - 2) * rate)
    assert len(sound) == samples if ending == ".flac" else abs(len(sound) - samples) < 3000
    assert measured(sound, rate)[1] <= -1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["set.cue", f"set{ending}"]


def test_the_cue_sheet_says_when_tracks_begin(clicks, tmp_path):
    plain = dataclasses.replace(
        clicks,
        tracks=clicks.tracks.assign(beats=None, title=['say "hello"', "b", "c", "d"]),
        title="Sunday",
    )
    render_mix(plain, tmp_path / "set.wav", progress=False)
    assert (tmp_path / "set.cue").read_text("utf-8").splitlines()[:10] == [
        "REM COMMENT segue",
        'TITLE "Sunday"',
        'FILE "set.wav" WAVE',
        "  TRACK 01 AUDIO",
        "    TITLE \"say 'hello'\"",
        '    PERFORMER "nobody"',
        "    INDEX 01 00:00:00",
        "  TRACK 02 AUDIO",
        '    TITLE "b"',
        '    PERFORMER "nobody"',
    ]
    assert "    INDEX 01 00:16:00" in (tmp_path / "set.cue").read_text("utf-8")


def test_a_cue_sheet_ends_at_the_last_track_that_its_format_can_number():
    text = cue_sheet(Path("set.flac"), "Two\nlines", [(k * 44_100, "", f"t{k}") for k in range(120)])
    assert "  TRACK 99 AUDIO" in text
    assert "TRACK 100" not in text
    assert 'REM COMMENT "tracks 100 to 120 are not listed"' in text
    assert 'TITLE "Two lines"' in text.splitlines()


def test_a_preview_holds_the_transitions_only(clicks, tmp_path):
    pytest.importorskip("python_stretch")
    path = render_mix(clicks, tmp_path / "preview.wav", preview=True, progress=False)
    assert soundfile.info(path).duration == pytest.approx(60, abs=0.01)
    assert [line for line in path.with_suffix(".cue").read_text("utf-8").splitlines() if "INDEX" in line] == [
        "    INDEX 01 00:00:00",
        "    INDEX 01 00:20:00",
        "    INDEX 01 00:40:00",
    ]
    previews = list(encoded_previews(clicks, progress=False))
    assert [preview[:3] for preview in previews] == [b"ID3"] * 3
    assert all(100_000 < len(preview) < 250_000 for preview in previews)


def test_memory_is_bounded(tmp_path):
    """Twice as many tracks need no more memory."""

    def peak(count):
        folder = tmp_path / str(count)
        folder.mkdir()
        playlist = playlist_of(TRACKS[:1] * count, folder)
        tracemalloc.start()
        render_mix(playlist, folder / "set.wav", progress=False)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(6) < 1.2 * peak(3) < 200e6


def test_what_cannot_be_rendered_ends_in_a_sentence(clicks, tmp_path):
    gone = dataclasses.replace(clicks, tracks=clicks.tracks.assign(path="/nowhere/a.wav"))
    with pytest.raises(UserError, match=r"4 of 4 are missing, such as '/nowhere/a\.wav'"):
        render_mix(gone, tmp_path / "set.wav")
    (tmp_path / "text.wav").write_text("not sound")
    text = dataclasses.replace(clicks, tracks=clicks.tracks.assign(path=str(tmp_path / "text.wav")))
    with pytest.raises(UserError, match="is not a readable audio file"):
        render_mix(text, tmp_path / "set.wav", progress=False)
    with pytest.raises(UserError, match="end it in one of"):
        render_mix(clicks, tmp_path / "set.aac")
    with pytest.raises(UserError, match=r"text\.wav already exists"):
        render_mix(clicks, tmp_path / "text.wav")
    assert [file.name for file in tmp_path.iterdir()] == ["text.wav"]

"""Formats and defects of audio files; those that libsndfile cannot write are encoded by PyAV."""

import contextlib
import os
import socket

import av
import numpy as np
import pytest
import soundfile

from segue.features.audio.decode import AudioFile
from segue.features.audio.decoders import AudioError


def decode(path):
    with AudioFile(path) as file:
        blocks = list(file.blocks(seconds=1))
        return file, np.concatenate(blocks)


def encode(path, samples, rate, codec, layout="mono", container=None, video=False):
    with av.open(str(path), "w", format=container) as out:
        picture = out.add_stream("mpeg4", rate=10, width=64, height=48) if video else None
        stream = out.add_stream(codec, rate=rate, layout=layout)
        stream.bit_rate = 128_000
        if picture is not None:
            for _ in range(20):
                frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), dtype=np.uint8), format="rgb24")
                out.mux(picture.encode(frame))
            out.mux(picture.encode())
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1).astype(np.float32), "flt", layout)
        frame.sample_rate = rate
        size = 2048 if codec == "wmav2" else 1024
        fifo = av.AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=size)
        for part in fifo.resample(frame) + fifo.resample(None):
            out.mux(stream.encode(part))
        out.mux(stream.encode())


@pytest.fixture(scope="module")
def wave():
    t = np.arange(2 * 44100) / 44100
    return (0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "codec", "video"),
    [
        ("a.m4a", "aac", False),
        ("a.aac", "aac", False),
        ("a.opus", "libopus", False),
        ("a.wma", "wmav2", False),
        ("a.mp4", "aac", True),
        ("alac.m4a", "alac", False),
    ],
)
def test_formats_that_libsndfile_cannot_read(tmp_path, wave, name, codec, video):
    rate = 48000 if codec == "libopus" else 44100
    encode(tmp_path / name, wave, rate, codec, video=video)
    file, samples = decode(tmp_path / name)
    assert file.decoded == pytest.approx(len(wave) / rate, abs=0.1)
    assert np.sqrt((samples[4000:-8000] ** 2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.aiff"])
def test_formats_that_libsndfile_can_write(tmp_path, wave, name):
    soundfile.write(tmp_path / name, wave, 44100)
    file, samples = decode(tmp_path / name)
    assert (file.rate, file.channels, samples.dtype) == (44100, 1, np.float32)
    assert np.sqrt((samples[4000:-4000] ** 2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)
    assert file.declared == pytest.approx(file.decoded, abs=0.1)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_every_sample_format_has_full_scale_one(tmp_path, wave, subtype):
    soundfile.write(tmp_path / "a.wav", wave, 44100, subtype=subtype)
    _, samples = decode(tmp_path / "a.wav")
    np.testing.assert_allclose(samples[:, 0], wave, atol=1 / 127 if subtype == "PCM_U8" else 1e-4)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (192000, 2), (48000, 6)])
def test_rates_and_channels(tmp_path, rate, channels):
    soundfile.write(tmp_path / "a.wav", np.full((rate, channels), 0.25), rate)
    file, samples = decode(tmp_path / "a.wav")
    assert (file.rate, samples.shape) == (rate, (rate, channels))


def test_invalid_samples_become_zero_and_count_as_a_fault(tmp_path, wave):
    broken = wave.copy()
    broken[[1000, 2000]] = np.nan, np.inf
    soundfile.write(tmp_path / "a.wav", broken, 44100, subtype="FLOAT")
    file, samples = decode(tmp_path / "a.wav")
    assert np.isfinite(samples).all()
    assert samples[1000, 0] == 0
    assert file.faults > 0


def test_truncated_and_damaged_files_are_decoded_as_far_as_possible(tmp_path, wave):
    long = np.tile(wave, 5)
    soundfile.write(tmp_path / "a.flac", long, 44100)
    whole = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "short.flac").write_bytes(whole[: len(whole) // 2])
    file, _ = decode(tmp_path / "short.flac")
    assert file.declared == pytest.approx(10)
    assert 1 < file.decoded < 9
    soundfile.write(tmp_path / "a.mp3", long, 44100)
    damaged = bytearray((tmp_path / "a.mp3").read_bytes())
    for at in np.random.default_rng(0).integers(4000, len(damaged), 100):
        damaged[at] ^= 0xFF
    (tmp_path / "rot.mp3").write_bytes(damaged)
    file, samples = decode(tmp_path / "rot.mp3")
    assert file.decoded > 5
    assert np.isfinite(samples).all()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "0 bytes"), (b"hello", "not a readable"), (b"ID3\x03\x00\x00\x7f\x7f\x7f\x7f", "not a readable")],
)
def test_unreadable_content_is_refused_with_a_reason(tmp_path, content, reason):
    path = tmp_path / "x.mp3"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=reason):
        AudioFile(path)


def test_a_folder_a_missing_file_and_a_silent_video_are_refused(tmp_path):
    with pytest.raises(AudioError, match="folder"):
        AudioFile(tmp_path)
    with pytest.raises(AudioError, match="does not exist"):
        AudioFile(tmp_path / "none.wav")
    with av.open(str(tmp_path / "v.mp4"), "w") as out:
        picture = out.add_stream("mpeg4", rate=10, width=64, height=48)
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), dtype=np.uint8), format="rgb24")
        out.mux(picture.encode(frame))
        out.mux(picture.encode())
    with pytest.raises(AudioError, match="no audio track"):
        AudioFile(tmp_path / "v.mp4")


LISTS = {
    "concat.mp3": "ffconcat version 1.0\nfile other.wav\n",
    "absolute.flac": "ffconcat version 1.0\nfile '{folder}/other.wav'\n",
    "hls.mp3": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nother.wav\n#EXT-X-ENDLIST\n",
    "hls.ogg": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:{folder}/other.wav\n#EXT-X-ENDLIST\n",
    "dash.m4a": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
    "session.wav": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    "list.m4a": "#EXTM3U\nother.wav\n",
    "metadata.mp3": ";FFMETADATA1\ntitle=x\n",
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_other_files_and_streams_are_refused(tmp_path, monkeypatch, wave, name):
    monkeypatch.chdir(tmp_path)
    soundfile.write("other.wav", wave, 44100)
    path = tmp_path / name
    path.write_text(LISTS[name].format(folder=tmp_path))
    with pytest.raises(AudioError, match="is not a readable audio file"):
        AudioFile(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX files")
def test_nothing_but_a_regular_file_is_opened(tmp_path):
    os.mkfifo(tmp_path / "radio.wav")
    (tmp_path / "zero.wav").symlink_to("/dev/zero")
    (tmp_path / "link.wav").symlink_to("radio.wav")
    # The path of a socket is limited to about 100 bytes, so it is bound to a relative one.
    with socket.socket(socket.AF_UNIX) as listening, contextlib.chdir(tmp_path):
        listening.bind("socket.wav")
    for name, kind in [
        ("radio", "named pipe"),
        ("zero", "device"),
        ("link", "named pipe"),
        ("socket", "socket"),
    ]:
        with pytest.raises(AudioError, match=rf"is not a regular file \({kind}\)"):
            AudioFile(tmp_path / f"{name}.wav")


@pytest.mark.parametrize("rate", [1, 500, 4_000_000])
def test_impossible_sampling_rates_are_refused(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", np.zeros(1000), rate)
    with pytest.raises(AudioError, match="impossible sampling rate"):
        AudioFile(tmp_path / "a.wav")


def test_unusual_file_names(tmp_path, wave):
    latin1 = b"latin1-\xe9.wav".decode("utf-8", "surrogateescape")
    for name in ("-dash.wav", "new\nline.wav", latin1, "x" * 240 + ".wav"):
        soundfile.write(tmp_path / "plain.wav", wave, 44100)
        (tmp_path / "plain.wav").rename(tmp_path / name)
        assert decode(tmp_path / name)[0].decoded == pytest.approx(2)

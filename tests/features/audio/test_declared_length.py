"""Lengths that files declare: read chunk by chunk, and unknown where a decoder would have to guess."""

import struct

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.features.audio.decode import AudioFile

RATE = 8000
SECONDS = 3


def chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def wav(before=(), between=(), seconds=SECONDS, size=None):
    """A WAV file of 16-bit silence with other chunks before `fmt ` and between it and `data`."""
    layout = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16))
    data = bytes(2 * RATE * seconds)
    sound = b"data" + struct.pack("<I", len(data) if size is None else size) + data
    body = b"".join([*before, layout, *between, sound])
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


def declared_and_decoded(path):
    with AudioFile(path) as file:
        for _ in file.blocks():
            pass
        return file.declared, file.decoded


def title(text):
    return chunk(b"LIST", b"INFO" + chunk(b"INAM", text))


def test_letters_in_the_title_of_a_wav_file_are_not_chunks(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(before=[title(b"fmt my data and fmt things data\0")], between=[title(b"data1234")]))
    assert declared_and_decoded(path) == pytest.approx((SECONDS, SECONDS))


names = st.sampled_from([b"JUNK", b"note", b"id3 "])
contents = st.lists(st.sampled_from([b"data", b"fmt ", b"\x10\0\0\0", b"x", b"RIFF"]), max_size=6).map(
    b"".join
)
titles = st.builds(lambda text: chunk(b"LIST", b"INFO" + chunk(b"INAM", text)), contents)
chunks = st.lists(st.builds(chunk, names, contents) | titles, max_size=3)


@settings(max_examples=40, deadline=None)
@given(chunks, chunks)
def test_whatever_other_chunks_contain_the_length_is_that_of_the_data(tmp_path_factory, before, between):
    path = tmp_path_factory.mktemp("wav") / "a.wav"
    path.write_bytes(wav(before, between, seconds=1))
    assert declared_and_decoded(path)[0] == pytest.approx(1)


def test_a_cut_wav_file_declares_its_whole_length(tmp_path):
    whole = wav()
    (tmp_path / "a.wav").write_bytes(whole[: len(whole) // 2])
    declared, decoded = declared_and_decoded(tmp_path / "a.wav")
    assert declared == pytest.approx(SECONDS)
    assert decoded == pytest.approx(SECONDS / 2, abs=0.1)


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000])
def test_a_wav_file_written_to_a_pipe_declares_nothing(tmp_path, size):
    (tmp_path / "a.wav").write_bytes(wav(size=size))
    declared, decoded = declared_and_decoded(tmp_path / "a.wav")
    assert np.isnan(declared)
    assert decoded == pytest.approx(SECONDS)


def test_the_length_of_an_rf64_file_has_64_bits(tmp_path):
    data = 2 * RATE * SECONDS
    long_sizes = chunk(b"ds64", struct.pack("<QQQI", 0, data, data // 2, 0))
    body = wav(before=[long_sizes], size=0xFFFFFFFF)
    (tmp_path / "a.wav").write_bytes(b"RF64" + body[4:])
    assert declared_and_decoded(tmp_path / "a.wav")[0] == pytest.approx(SECONDS)


def encode_mp3(path, header):
    """A variable-rate MP3: quiet, then noise, so that its beginning tells nothing of its mean bit rate."""
    rng = np.random.default_rng(0)
    sound = np.concatenate([np.zeros(2 * 44100), rng.uniform(-0.5, 0.5, 4 * 44100)]).astype(np.float32)
    with av.open(str(path), "w", options={"write_xing": str(int(header))}) as out:
        stream = out.add_stream("libmp3lame", rate=44100, layout="mono", options={"q": "2"})
        stream.codec_context.qscale = 2 * 118
        frame = av.AudioFrame.from_ndarray(sound[None], "flt", "mono")
        frame.sample_rate = 44100
        fifo = av.AudioResampler(format=stream.format, layout="mono", rate=44100, frame_size=1152)
        for part in fifo.resample(frame) + fifo.resample(None):
            out.mux(stream.encode(part))
        out.mux(stream.encode())


def test_only_an_mp3_with_a_frame_count_declares_its_length(tmp_path):
    for header in (True, False):
        encode_mp3(tmp_path / "a.mp3", header)
        declared, decoded = declared_and_decoded(tmp_path / "a.mp3")
        assert decoded == pytest.approx(6, abs=0.1)
        assert declared == pytest.approx(6, abs=0.1) if header else np.isnan(declared)


def test_a_cut_mp3_with_a_frame_count_is_noticed(tmp_path):
    encode_mp3(tmp_path / "a.mp3", header=True)
    whole = (tmp_path / "a.mp3").read_bytes()
    (tmp_path / "a.mp3").write_bytes(whole[: len(whole) // 2])
    declared, decoded = declared_and_decoded(tmp_path / "a.mp3")
    assert declared == pytest.approx(6, abs=0.1)
    assert decoded < 5


def test_a_flac_stream_without_a_sample_count_declares_nothing(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.zeros(RATE * SECONDS), RATE)
    assert declared_and_decoded(path) == pytest.approx((SECONDS, SECONDS))
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content)
    declared, decoded = declared_and_decoded(path)
    assert np.isnan(declared)
    assert decoded == pytest.approx(SECONDS)


@pytest.mark.parametrize("live", [True, False])
def test_a_matroska_stream_without_a_duration_declares_nothing(tmp_path, live):
    encode_mp3(tmp_path / "a.mp3", header=True)
    with av.open(str(tmp_path / "a.mp3")) as source:
        options = {"live": str(int(live))}
        with av.open(str(tmp_path / "a.mka"), "w", format="matroska", options=options) as out:
            stream = out.add_stream_from_template(source.streams.audio[0])
            for packet in source.demux(source.streams.audio[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    out.mux(packet)
    declared, decoded = declared_and_decoded(tmp_path / "a.mka")
    assert decoded == pytest.approx(6, abs=0.1)
    assert np.isnan(declared) if live else declared == pytest.approx(6, abs=0.1)

"""Tags at the end of MP3 and AAC files are neither sound nor evidence of a cut file."""

import io

import av
import numpy as np
import pytest

from segue.features.audio.containers.trailing_tags import Beginning, end_of_sound
from segue.features.audio.decode import AudioFile

PICTURE = np.random.default_rng(1).bytes(60_000)  # contains what looks like headers of frames
ID3V1 = b"TAG" + bytes(125)
EXTENDED_ID3V1 = b"TAG+" + bytes(223) + ID3V1
LYRICS = b"LYRICSBEGININD00001" + b"1" + b"000020LYRICS200"


def ape(header=True):
    item = len(PICTURE).to_bytes(4, "little") + bytes([2, 0, 0, 0]) + b"Cover Art (Front)\0" + PICTURE
    sizes = (2000).to_bytes(4, "little") + (len(item) + 32).to_bytes(4, "little") + (1).to_bytes(4, "little")
    flags = bytes([0, 0, 0, 0x80 if header else 0])
    footer = b"APETAGEX" + sizes + flags + bytes(8)
    return (footer if header else b"") + item + footer


def appended_id3():
    size = bytes(len(PICTURE) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\4\0\x10" + size + PICTURE + b"3DI\4\0\x10" + size


def encoded(kind, codec, options):
    """The bytes of a 3 s noise in a container without tags at its end."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind, options=options) as container:
        stream = container.add_stream(codec, rate=22_050)
        noise = np.random.default_rng(0).normal(0, 0.1, (1, 3 * 22_050)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(noise, format="fltp", layout="mono")
        frame.rate = 22_050
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


@pytest.fixture(scope="module")
def sounds():
    return {
        "counted": encoded("mp3", "mp3", {}),
        "bare": encoded("mp3", "mp3", {"write_xing": "0"}),
        "aac": encoded("adts", "aac", {}),
    }


@pytest.mark.parametrize("sound", ["counted", "bare", "aac"])
@pytest.mark.parametrize(
    "tags",
    [ape(), ape(header=False), ape() + ID3V1, LYRICS + EXTENDED_ID3V1, appended_id3()],
    ids=["ape", "ape without header", "ape and id3v1", "lyrics and extended id3v1", "id3v2"],
)
def test_a_file_with_tags_at_its_end_decodes_as_without(tmp_path, sounds, sound, tags):
    outcomes = []
    for content in (sounds[sound], sounds[sound] + tags):
        path = tmp_path / "a"
        path.write_bytes(content)
        with AudioFile(path) as file:
            samples = np.concatenate(list(file.blocks()))
            outcomes.append((len(samples), file.faults, file.declared))
        assert end_of_sound(io.BytesIO(content)) == len(sounds[sound])
    assert outcomes[1] == pytest.approx(outcomes[0], nan_ok=True)
    assert outcomes[0][1] == 0
    assert np.isnan(outcomes[0][2]) == (sound != "counted")


def test_what_follows_the_counted_frames_does_not_change_the_declared_length(tmp_path, sounds):
    path = tmp_path / "a.mp3"
    path.write_bytes(sounds["counted"] + bytes(len(sounds["counted"])))
    with AudioFile(path) as file:
        assert file.declared == pytest.approx(3.0, abs=0.1)


def test_the_beginning_of_a_file_reads_and_seeks_like_a_file_of_that_length():
    beginning, whole = Beginning(io.BytesIO(b"0123456789"), 6), io.BytesIO(b"012345")
    for each in (beginning, whole):
        assert each.read(4) == b"0123"
        assert each.read(4) == b"45"
        assert each.read(4) == b""
        assert each.seek(-2, io.SEEK_END) == 4
        assert each.read() == b"45"

"""Tags of files, containers and paths."""

from pathlib import PurePath

import av
import numpy as np
import pytest

from segue.features.audio.decode import AudioFile
from segue.features.extraction.path_tags import guess_from_path, tags_from_path
from segue.features.extraction.tags import printable_line, read_tags


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Band - Song.mp3", {"artist": "Band", "title": "Song"}),
        ("03 - Band - Song - Live.mp3", {"artist": "Band", "title": "Song - Live", "track": "03"}),
        (
            "Band/Album/07. The_Song.flac",
            {"artist": "Band", "album": "Album", "title": "The Song", "track": "07"},
        ),
        ("Album/Song.ogg", {"album": "Album", "title": "Song"}),
        ("99.mp3", {"title": "99"}),
        ("1999 song.mp3", {"title": "1999 song"}),
        ("new\nline.mp3", {"title": "new line"}),
    ],
)
def test_tags_are_guessed_from_the_path(path, expected):
    assert guess_from_path(PurePath(path)) == expected


def write_tagged(path, metadata, codec="flac", rate=22050):
    with av.open(str(path), "w") as out:
        out.metadata.update(metadata)
        stream = out.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, rate), dtype=np.int16), "s16", "mono")
        frame.sample_rate = rate
        fifo = av.AudioResampler(format=stream.format, layout="mono", rate=rate, frame_size=960)
        for part in fifo.resample(frame) + fifo.resample(None):
            out.mux(stream.encode(part))
        out.mux(stream.encode())


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp3", "libmp3lame"), ("a.opus", "libopus"), ("a.wv", "wavpack"), ("a.mka", "aac")],
)
def test_tags_of_every_container_are_read(tmp_path, name, codec):
    tags = {"title": "Tïtle", "artist": "Ärtist", "album": "Album", "genre": "Jazz", "track": "4/12"}
    written = tags | {"date": "2011-05-01", "REPLAYGAIN_TRACK_GAIN": "-6.50 dB"}
    write_tagged(tmp_path / name, written, codec, rate=48000)
    with AudioFile(tmp_path / name) as file:
        found = read_tags(tmp_path / name, file.metadata)
    assert found == tags | {"track": 4, "year": 2011, "replay_gain": -6.5}


def test_opus_gains_are_converted_to_replay_gain(tmp_path):
    write_tagged(tmp_path / "a.opus", {"R128_TRACK_GAIN": "-512"}, "libopus", rate=48000)
    with AudioFile(tmp_path / "a.opus") as file:
        assert read_tags(tmp_path / "a.opus", file.metadata)["replay_gain"] == 3.0


def test_tags_of_the_file_take_precedence(tmp_path):
    path = tmp_path / "x.flac"
    write_tagged(
        path,
        {
            "TITLE": "Tagged",
            "ARTIST": "Ä; B",
            "DATE": "2011-05-01",
            "TRACKNUMBER": "4",
            "REPLAYGAIN_TRACK_GAIN": "-6.5 dB",
        },
    )
    tags = read_tags(path, {"title": "container", "genre": "Jazz"})
    assert tags["title"] == "Tagged"
    assert tags["artist"] == "Ä; B"
    assert tags["genre"] == "Jazz"
    assert (tags["year"], tags["track"], tags["replay_gain"]) == (2011, 4, -6.5)


def test_container_tags_are_used_if_the_suffix_is_wrong(tmp_path):
    path = tmp_path / "x.mp3"
    path.write_bytes(b"nonsense")
    tags = read_tags(path, {"title": "From the container", "date": "1984"})
    assert tags["title"] == "From the container"
    assert tags["year"] == 1984
    assert np.isnan(tags["track"])


def test_the_path_fills_only_missing_tags():
    where = PurePath("Band/Album/02 - Song.mp3")
    nothing = {"title": "", "artist": "", "album": "", "track": float("nan")}
    assert tags_from_path(nothing, where) == {
        "title": "Song",
        "artist": "Band",
        "album": "Album",
        "track": 2.0,
    }
    tagged = {"title": "Real", "artist": "", "album": "X", "track": 5.0}
    assert tags_from_path(tagged, where) == {}


def test_text_becomes_one_printable_line():
    assert printable_line("a\tb\n c\u0000 \ud800") == "a b c ?"

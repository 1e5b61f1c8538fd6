"""Tags of files, containers and paths."""

import struct
import tracemalloc
from pathlib import PurePath

import av
import numpy as np
import pytest
import soundfile

from segue.features.audio.decode import AudioFile
from segue.features.audio.decoders import MAX_TAG
from segue.features.catalog.identity.artists import credited_artists
from segue.features.extraction.path_tags import guess_from_path, numbered_folders, tags_from_path
from segue.features.extraction.tags import printable_line, read_tags, replay_gain, track_number


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
        ("50 Cent - In Da Club.mp3", {"artist": "50 Cent", "title": "In Da Club"}),
        ("3 Doors Down - Kryptonite.mp3", {"artist": "3 Doors Down", "title": "Kryptonite"}),
        ("311 - Down.mp3", {"artist": "311", "title": "Down"}),
        ("4-hero - Universal Love.mp3", {"artist": "4-hero", "title": "Universal Love"}),
        ("99 Luftballons.mp3", {"title": "99 Luftballons"}),
        ("007 - Theme.mp3", {"title": "Theme", "track": "007"}),
        ("05 50 Cent - In Da Club.mp3", {"artist": "50 Cent", "title": "In Da Club", "track": "05"}),
        ("12 - 50 Cent - In Da Club.mp3", {"artist": "50 Cent", "title": "In Da Club", "track": "12"}),
    ],
)
def test_tags_are_guessed_from_the_path(path, expected):
    assert guess_from_path(PurePath(path)) == expected


def test_in_a_folder_of_numbered_files_a_number_is_a_track():
    album = [PurePath(f"Hits/{k} Band - Song {k}.mp3") for k in range(8, 13)]
    singles = [PurePath(f"{name} - Song.mp3") for name in ("50 Cent", "Band", "2 Chainz", "Other", "Another")]
    same = [PurePath(f"50/50 Cent - Song {k}.mp3") for k in range(9)]
    assert numbered_folders(album + singles + same) == {PurePath("Hits")}
    expected = {"artist": "Band", "album": "Hits", "title": "Song 11", "track": "11"}
    assert guess_from_path(album[3], numbered=True) == expected


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


@pytest.mark.parametrize(
    ("text", "gain"),
    [
        ("-7.89 dB", -7.89),
        ("-7,89 dB", -7.89),
        ("-.89 dB", -0.89),
        ("+3.5dB", 3.5),
        ("\N{MINUS SIGN}7.89 DB", -7.89),
        ("2", 2),
        ("-7.8.9 dB", np.nan),
        ("about -7 dB", np.nan),
        ("-1.234,5 dB", np.nan),
        ("89 dB", np.nan),
        ("-7 LUFS", np.nan),
        ("1e1", np.nan),
        ("", np.nan),
    ],
)
def test_a_gain_is_read_as_it_is_written_or_not_at_all(text, gain):
    np.testing.assert_equal(replay_gain(text), gain)


@pytest.mark.parametrize(
    ("text", "track"),
    [("4", 4), ("04/12", 4), ("7 of 9", 7), ("A1", np.nan), ("1-05", np.nan), ("19990", np.nan)],
)
def test_a_track_number_is_read_as_it_is_written_or_not_at_all(text, track):
    np.testing.assert_equal(track_number(text), track)


def vorbis_flac(path, comments):
    """A FLAC file with these comments, in their order and with repeated names."""
    write_tagged(path, {})
    content = path.read_bytes()
    entries = [text.encode() for text in comments]
    block = struct.pack("<II", 0, len(entries)) + b"".join(struct.pack("<I", len(e)) + e for e in entries)
    # A comment block right after STREAMINFO, which ends at byte 42; later ones add nothing.
    path.write_bytes(content[:42] + b"\x04" + struct.pack(">I", len(block))[1:] + block + content[42:])


def test_all_artists_of_a_track_are_kept(tmp_path):
    vorbis_flac(tmp_path / "a.flac", ["ARTIST=One", "TITLE=T", "ARTIST=Two", "ARTIST=Three", "ARTIST=two"])
    tags = read_tags(tmp_path / "a.flac", {})
    assert tags["artist"] == "One; Two; Three"
    assert credited_artists(tags["artist"]) == ("one", "two", "three")


def test_a_list_of_artists_adds_nothing_to_a_credit_that_names_them(tmp_path):
    vorbis_flac(tmp_path / "a.flac", ["ARTIST=One feat. Two", "ARTISTS=One", "ARTISTS=Two"])
    assert read_tags(tmp_path / "a.flac", {})["artist"] == "One feat. Two"


def id3(path, frame, text):
    """A file that begins with an ID3v2.4 tag of one frame of UTF-8 text, and continues with an MP3."""
    soundfile.write(path, np.zeros(22050), 22050, format="MP3")

    def size(n):
        return bytes((n >> shift) & 0x7F for shift in (21, 14, 7, 0))

    body = frame + size(len(text) + 1) + b"\0\0\x03" + text
    path.write_bytes(b"ID3\x04\0\0" + size(len(body)) + body + path.read_bytes())


def test_a_huge_title_is_cut_and_takes_little_memory(tmp_path):
    id3(tmp_path / "a.mp3", b"TIT2", b"A" * 40_000_000)
    tracemalloc.start()
    with AudioFile(tmp_path / "a.mp3") as file:
        metadata = file.metadata
    tags = read_tags(tmp_path / "a.mp3", metadata)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert tags["title"] == "A" * MAX_TAG
    assert peak < 130e6  # the decoder's own copies


def test_a_picture_does_not_count_as_text(tmp_path):
    id3(tmp_path / "a.mp3", b"APIC", b"image/png\0\x03\0" + bytes(20_000_000))
    content = (tmp_path / "a.mp3").read_bytes()
    with_title = content[:10] + b"TIT2\0\0\0\x05\0\0\x03Song" + content[10:]
    total = 20_000_000 + 13 + 11 + 15
    head = bytes((total >> shift) & 0x7F for shift in (21, 14, 7, 0))
    (tmp_path / "a.mp3").write_bytes(with_title[:6] + head + with_title[10:])
    assert read_tags(tmp_path / "a.mp3", {})["title"] == "Song"

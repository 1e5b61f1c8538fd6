"""Playlist files: what is written is read again, whatever the names of the files are."""

import csv
import dataclasses
import json
import os
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.experiments.playlists.assemble import assemble
from segue.experiments.playlists.formats.entry import Entry
from segue.experiments.playlists.formats.files import FORMATS, parse_path_map, read_playlist, write_playlist
from segue.experiments.playlists.formats.locations import Locations, file_uri, resolved, resolved_uri
from segue.experiments.playlists.reading.matching import match_entries
from segue.features import Catalog
from segue.features.errors import UserError


def files_of(playlist) -> list[str]:
    return list(playlist.tracks["path"])


def with_paths(playlist, paths):
    """The first tracks of the playlist under other paths."""
    n = len(paths)
    return dataclasses.replace(
        playlist,
        tracks=playlist.tracks.iloc[:n].assign(path=paths),
        starts=playlist.starts[:n],
        overlaps=playlist.overlaps[: n - 1],
        curve=playlist.curve[:n],
        transitions=playlist.transitions[: n - 1],
        runners_up=playlist.runners_up[:n],
    )


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_reads_what_it_writes(playlist, catalog, tmp_path, ending, absolute):
    entries = read_playlist(write_playlist(playlist, tmp_path / f"sub/set{ending}", absolute=absolute))
    assert [entry.path for entry in entries] == files_of(playlist)
    assert [entry.title for entry in entries] == list(playlist.tracks["title"])
    assert [entry.artist for entry in entries] == list(playlist.tracks["artist"])
    assert [entry.duration for entry in entries] == [1.0] * len(playlist)
    assert list(match_entries(catalog, entries)[0]) == list(playlist.tracks["row"])


@pytest.mark.parametrize("ending", [ending for ending in FORMATS if ending != ".xml"])
def test_a_relative_list_moves_with_its_folder(music, playlist, tmp_path, ending):
    written = write_playlist(playlist, tmp_path / f"set{ending}")
    text = written.read_text(encoding="utf-8")
    assert str(music) not in text.replace("\\/", "/")
    assert [Path(entry.path).exists() for entry in read_playlist(written)] == [True] * len(playlist)
    (tmp_path / "deeper").mkdir()
    moved = written.rename(tmp_path / "deeper" / written.name)
    assert not any(Path(entry.path).exists() for entry in read_playlist(moved))


def test_m3u8_is_written_as_players_expect_it(playlist, music, tmp_path):
    paths = [str(music / name) for name in ("plain.flac", "#1 hit & more.flac", " leading space.flac")]
    text = write_playlist(with_paths(playlist, paths), music.parent / "players.m3u8").read_text("utf-8")
    lines = text.splitlines()
    assert lines[:2] == ["#EXTM3U", "#PLAYLIST:Hard <names>"]
    title, artist = playlist.tracks["title"][0], playlist.tracks["artist"][0]
    assert lines[2:6] == [
        f"#EXTINF:1,{artist} - {title}",
        f"#EXTART:{artist}",
        "#EXTALB:Ålbum",
        "My Music #1/plain.flac",
    ]
    here = write_playlist(with_paths(playlist, paths), music / "players.m3u8").read_text("utf-8")
    (music / "players.m3u8").unlink()
    assert [line for line in here.splitlines() if line[:4] != "#EXT" and line[:4] != "#PLA"] == [
        "plain.flac",
        "./#1 hit & more.flac",
        "./ leading space.flac",
    ]


@pytest.mark.parametrize(
    "name", ["two\nlines.mp3", "two\r.mp3", "two\u2028lines.mp3", "space at the end.mp3 "]
)
def test_m3u8_refuses_names_that_a_line_cannot_hold(playlist, tmp_path, name):
    odd = with_paths(playlist, ["/music/fine.mp3", f"/music/{name}"])
    with pytest.raises(UserError, match=r"which an M3U8 list cannot hold; rename the file"):
        write_playlist(odd, tmp_path / "set.m3u8")
    assert list(tmp_path.iterdir()) == []
    for ending in (".xspf", ".jspf", ".json", ".csv"):
        entries = read_playlist(write_playlist(odd, tmp_path / f"set{ending}", absolute=True))
        assert entries[1].path == f"/music/{name}"


def test_a_folder_whose_name_is_not_unicode(catalog, tmp_path):
    odd = Catalog.from_frame(catalog.tracks, "odd", root=os.fsdecode(os.fsencode(tmp_path) + b"/M\xfcsik"))
    playlist = assemble(odd, [2, 0, 1])
    with pytest.raises(UserError, match=r"not valid UTF-8 .*; rename it, or write the list as .xspf"):
        write_playlist(playlist, tmp_path / "set.m3u8")
    entries = read_playlist(write_playlist(playlist, tmp_path / "set.xspf"))
    assert [entry.path for entry in entries] == files_of(playlist)
    assert all("/M\udcfcsik/" in path for path in files_of(playlist))


def test_a_map_writes_the_paths_of_another_machine(playlist, tmp_path):
    mine = with_paths(playlist, ["/music/a b.mp3", "/music/sub/#c.mp3", "/more/d.mp3"])
    path_map = parse_path_map(["/music=/Volumes/Music", r"/more=D:\Musik"])
    entries = read_playlist(write_playlist(mine, tmp_path / "set.m3u8", path_map=path_map))
    there = ["/Volumes/Music/a b.mp3", "/Volumes/Music/sub/#c.mp3", r"D:\Musik\d.mp3"]
    assert [entry.path for entry in entries] == there
    written = write_playlist(mine, tmp_path / "set.xspf", path_map=path_map)
    locations = [
        element.text for element in ElementTree.parse(written).iter("{http://xspf.org/ns/0/}location")
    ]
    assert locations == [
        "file:///Volumes/Music/a%20b.mp3",
        "file:///Volumes/Music/sub/%23c.mp3",
        "file:///D:/Musik/d.mp3",
    ]
    assert [entry.path.replace("\\", "/") for entry in read_playlist(written)] == [
        path.replace("\\", "/") for path in there
    ]
    with pytest.raises(UserError, match=r"'/more/d\.mp3' is not below /music"):
        write_playlist(mine, tmp_path / "other.m3u8", path_map=path_map[:1])
    with pytest.raises(UserError, match="'/music' is not a pair of folders"):
        parse_path_map(["/music"])


def test_addresses_of_windows():
    assert file_uri("C:\\My Music\\a#1.mp3") == "file:///C:/My%20Music/a%231.mp3"
    assert file_uri("\\\\nas\\music\\ö.mp3") == "file://nas/music/%C3%B6.mp3"
    here = Path("/lists")
    assert resolved("file:///C:/My%20Music/a%231.mp3", here) == "C:/My Music/a#1.mp3"
    assert resolved("file://localhost/C:/My%20Music/a.mp3", here) == "C:/My Music/a.mp3"
    assert resolved("file://localhost//music/a.mp3", here) == "/music/a.mp3"  # as pyrekordbox writes it
    assert resolved("file://nas/music/%C3%B6.mp3", here) == "\\\\nas\\music\\ö.mp3"
    assert resolved("C:\\My Music\\a.mp3", here) == "C:\\My Music\\a.mp3"
    assert resolved("Album\\a.mp3", here) == "/lists/Album/a.mp3"
    assert resolved("http://radio.example/stream", here) == "http://radio.example/stream"
    assert resolved("../a%20b.mp3", here) == "/a%20b.mp3"
    assert resolved_uri("../a%20b.mp3", here) == "/a b.mp3"


FILE_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=20).filter(
    lambda name: name not in (".", "..")
)


@given(folders=st.lists(FILE_NAMES, min_size=1, max_size=3), absolute=st.booleans())
def test_any_name_survives_its_address(folders, absolute):
    track = "/music/" + "/".join(folders)
    uri = Locations(Path("/music/lists"), absolute).uri(track)
    assert uri.isascii()
    assert not set(uri) & set(' #?\n"<>')
    assert resolved_uri(uri, Path("/music/lists")) == track


def test_lists_of_other_programs_are_read(tmp_path):
    old = tmp_path / "old.m3u"
    old.write_bytes("#EXTM3U\r\n#EXTINF:200,Björk - Jóga\r\nMusik\\Jóga.mp3\r\n\r\n".encode("cp1252"))
    assert read_playlist(old) == [Entry(str(tmp_path / "Musik/Jóga.mp3"), "Jóga", "Björk", "", 200.0)]
    marked = tmp_path / "marked.m3u8"
    marked.write_bytes(b"\xef\xbb\xbf" + "东京.mp3\n".encode())
    assert [entry.path for entry in read_playlist(marked)] == [str(tmp_path / "东京.mp3")]
    jspf = tmp_path / "service.jspf"
    jspf.write_text(
        json.dumps({"playlist": {"track": [{"title": "Jóga", "creator": "Björk", "duration": 1}]}})
    )
    assert [(entry.path, entry.title, entry.artist) for entry in read_playlist(jspf)] == [
        ("", "Jóga", "Björk")
    ]
    foreign = tmp_path / "foreign.csv"
    foreign.write_text("Title,Artist\nJóga,Björk\n", encoding="utf-8")
    assert [str(entry) for entry in read_playlist(foreign)] == ["Björk – Jóga"]


def test_a_line_of_m3u8_ends_where_players_end_it(tmp_path):
    name = "two\u2028lines\x85and\x0bmore"
    (tmp_path / "odd.m3u8").write_bytes(f"#EXTM3U\r\n#EXTINF:9,{name}\r{name}.mp3\nb.mp3".encode())
    entries = read_playlist(tmp_path / "odd.m3u8")
    assert [entry.path for entry in entries] == [str(tmp_path / f"{name}.mp3"), str(tmp_path / "b.mp3")]
    assert entries[0].title == name


LIBRARY = """<DJ_PLAYLISTS Version="1.0.0"><COLLECTION>
<TRACK TrackID="1" Name="One" Location="file://localhost/a.mp3"/>
<TRACK TrackID="2" Name="Two" Location="file://localhost/b.mp3"/>
</COLLECTION><PLAYLISTS><NODE Type="0" Name="ROOT">
<NODE Type="1" Name="Empty" KeyType="0"/><NODE Type="1" Name="Warm up" KeyType="0"><TRACK Key="2"/></NODE>
{}</NODE></PLAYLISTS></DJ_PLAYLISTS>
"""


def test_a_library_of_rekordbox_must_have_one_playlist(tmp_path):
    file = tmp_path / "library.xml"
    file.write_text(LIBRARY.format(""), "utf-8")
    assert [entry.title for entry in read_playlist(file)] == ["Two"]
    file.write_text(LIBRARY.format('<NODE Type="1" Name="Peak" KeyType="0"><TRACK Key="1"/></NODE>'), "utf-8")
    with pytest.raises(UserError, match=r"contains 2 playlists \('Warm up', 'Peak'\); export the one"):
        read_playlist(file)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.pls", "x", "'a.pls' is not a playlist by its ending"),
        ("a.m3u8", "#EXTM3U\n", "lists no track"),
        ("a.xspf", "<playlist>", "not well-formed XML"),
        ("a.xspf", "<!DOCTYPE a [<!ENTITY b 'c'>]><playlist>&b;</playlist>", "has a document type"),
        ("a.xml", "<plist/>", "its root is 'plist', not 'DJ_PLAYLISTS'"),
        ("a.json", "[", "The segue JSON file is not JSON"),
        ("a.json", '{"tracks": 3}', "no list of tracks under 'tracks'"),
        ("a.jspf", '{"tracks": []}', "no list of tracks under 'playlist.track'"),
        ("a.csv", "x,y\n1,2\n", "has none of the columns path, title and id"),
        ("missing.csv", None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_playlist_ends_in_a_sentence(tmp_path, name, content, sentence):
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match=sentence):
        read_playlist(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX files")
@pytest.mark.parametrize("ending", FORMATS)
def test_pipes_devices_and_folders_are_not_read(tmp_path, ending):
    os.mkfifo(tmp_path / f"pipe{ending}")
    (tmp_path / f"endless{ending}").symlink_to("/dev/zero")
    (tmp_path / f"folder{ending}").mkdir()
    (tmp_path / f"loop{ending}").symlink_to(f"loop{ending}")
    for name, what in (
        ("pipe", "is not a regular file"),
        ("endless", "is not a regular file"),
        ("folder", "is a folder"),
        ("loop", "is a link that leads nowhere"),
    ):
        with pytest.raises(UserError, match=rf"{name}\{ending} cannot be read \(it {what}\)"):
            read_playlist(tmp_path / f"{name}{ending}")


def test_nothing_is_overwritten(playlist, tmp_path):
    (tmp_path / "set.m3u8").write_text("mine")
    with pytest.raises(UserError, match="already exists"):
        write_playlist(playlist, tmp_path / "set.m3u8")
    assert (tmp_path / "set.m3u8").read_text() == "mine"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_entries_match_by_path_whatever_case_and_unicode_form(playlist, catalog, form):
    entries = [Entry(unicodedata.normalize(form, path).upper()) for path in files_of(playlist)]
    assert list(match_entries(catalog, entries)[0]) == list(playlist.tracks["row"])


def test_entries_match_by_title_artist_and_duration(playlist, catalog):
    track = playlist.tracks.iloc[0]
    found = [
        Entry("/elsewhere/x.mp3", track["title"].upper(), track["artist"], duration=2.0),
        Entry("", track["title"], duration=1.0),
        Entry("", f"{track['title']} (Remastered 2009)", f"{track['artist']} feat. Nobody"),
    ]
    missing = [
        Entry("/elsewhere/x.mp3", track["title"], track["artist"], duration=9.0),
        Entry("/elsewhere/y.mp3", track["title"], "somebody else"),
        Entry("/elsewhere/plain.flac"),  # the same name in another folder
    ]
    rows, lacking = match_entries(catalog, [*found, *missing])
    assert list(rows) == [track["row"]] * 3
    assert lacking == missing


def test_entries_match_by_id(playlist, catalog):
    entries = [Entry(id=name) for name in playlist.tracks["id"]]
    assert list(match_entries(catalog, entries)[0]) == list(playlist.tracks["row"])


def test_a_list_of_another_machine_matches_by_the_end_of_its_paths(playlist, catalog, music):
    below = [str(Path(path).relative_to(music)) for path in files_of(playlist)]
    entries = [Entry("D:\\Musik\\" + path.replace("/", "\\")) for path in below if "/" in path]
    rows = [row for row, path in zip(playlist.tracks["row"], below, strict=True) if "/" in path]
    assert list(match_entries(catalog, entries)[0]) == rows


def test_json_and_csv_hold_the_reasons(playlist, tmp_path):
    content = json.loads(write_playlist(playlist, tmp_path / "set.json").read_text("utf-8"))
    with write_playlist(playlist, tmp_path / "set.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert content["seconds"] == pytest.approx(playlist.seconds)
    assert content["tracks"][0]["transition"] is None
    for k, track in enumerate(content["tracks"]):
        assert track["tempo"] == pytest.approx(playlist.tracks["tempo"][k], abs=1e-6)
        assert track["runners_up"][0]["cost"] == 0.5
        assert float(rows[k]["start"]) == pytest.approx(playlist.starts[k], abs=1e-3)
        if k:
            transition = playlist.transitions[k - 1]
            assert track["transition"]["sentence"] == rows[k]["reason"] == transition.sentence
            assert track["transition"]["key_from"] == transition.key_from


def test_missing_values_are_left_out(playlist, tmp_path):
    bare = dataclasses.replace(
        playlist,
        tracks=pd.DataFrame({"id": playlist.tracks["id"], "title": None, "duration": np.nan}),
        curve=None,
    )
    for ending in (".csv", ".json", ".xspf", ".jspf"):
        entries = read_playlist(write_playlist(bare, tmp_path / f"set{ending}"))
        assert [entry.title for entry in entries] == list(playlist.tracks["id"])
        assert all(np.isnan(entry.duration) for entry in entries)
    with pytest.raises(UserError, match="has no file, which an M3U8 list needs"):
        write_playlist(bare, tmp_path / "set.m3u8")
    with pytest.raises(UserError, match="has no file, which rekordbox needs"):
        write_playlist(bare, tmp_path / "set.xml")

"""Our lists in other people's programs: a real MPD, ffprobe and pyrekordbox."""

import shutil
import socket
import subprocess
from pathlib import Path

import numpy as np
import pytest

from segue.experiments.playlists.assemble import assemble
from segue.experiments.playlists.formats.files import write_playlist

needs_mpd = pytest.mark.skipif(
    not (shutil.which("mpd") and shutil.which("mpc")), reason="needs Debian's packages mpd and mpc"
)
needs_ffprobe = pytest.mark.skipif(not shutil.which("ffprobe"), reason="needs Debian's package ffmpeg")


@pytest.fixture(scope="module")
def mpc(music, tmp_path_factory):
    """Runs a command of MPD's client against a server of its own with the folder of music."""
    home = tmp_path_factory.mktemp("mpd")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (home / "lists").mkdir()
    (home / "mpd.conf").write_text(
        f'music_directory "{music}"\nplaylist_directory "{home}/lists"\ndb_file "{home}/db"\n'
        f'log_file "{home}/log"\npid_file "{home}/pid"\nbind_to_address "127.0.0.1"\nport "{port}"\n'
        'zeroconf_enabled "no"\naudio_output {\n type "null"\n name "none"\n}\n',
        encoding="utf-8",
    )

    def run(*arguments: str) -> list[str]:
        command = ["mpc", "--host", "127.0.0.1", "--port", str(port), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()

    # It returns once its server listens.
    subprocess.run(["mpd", str(home / "mpd.conf")], check=True, capture_output=True)
    try:
        run("update", "--wait")
        yield run, home
    finally:
        subprocess.run(["mpd", "--kill", str(home / "mpd.conf")], check=True, capture_output=True)


def queue_of(mpc, playlist: str) -> list[str]:
    """What MPD plays after loading a list."""
    mpc("clear")
    mpc("load", playlist)
    return mpc("--format", "%file%", "playlist")


@needs_mpd
@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("ending", [".m3u8", ".m3u"])
def test_mpd_loads_lists_that_lie_among_the_music(mpc, music, playlist, ending, absolute):
    run, _ = mpc
    written = write_playlist(playlist, music / f"Ænima 100%/set {absolute}{ending}", absolute=absolute)
    try:
        files = [str(Path(path).relative_to(music)) for path in playlist.tracks["path"]]
        assert queue_of(run, str(written.relative_to(music))) == files
    finally:
        written.unlink()


@needs_mpd
def test_mpd_loads_xspf_of_plain_names(mpc, music, catalog):
    # MPD takes the address of a track for a path: it does not decode what is percent-encoded.
    run, _ = mpc
    (row,) = np.flatnonzero(catalog.tracks["path"] == "plain.flac")
    written = write_playlist(assemble(catalog, np.array([row, row])), music / "plain.xspf")
    try:
        assert queue_of(run, written.name) == ["plain.flac"] * 2
    finally:
        written.unlink()


@needs_mpd
def test_mpd_loads_a_list_from_its_own_folder(mpc, music, playlist):
    run, home = mpc
    write_playlist(playlist, home / "lists/stored.m3u", absolute=True)
    files = [str(Path(path).relative_to(music)) for path in playlist.tracks["path"]]
    assert queue_of(run, "stored") == files


@needs_ffprobe
def test_ffprobe_opens_every_line_of_a_list(playlist, music, tmp_path):
    written = write_playlist(playlist, tmp_path / "set.m3u8")
    lines = written.read_text(encoding="utf-8").splitlines()
    paths = [line for line in lines if not line.startswith("#")]
    lengths = [float(line.split(":")[1].split(",")[0]) for line in lines if line.startswith("#EXTINF")]
    assert len(paths) == len(playlist)
    for path, length in zip(paths, lengths, strict=True):
        command = [
            "ffprobe",
            "-v",
            "error",
            "-show_entries",
            "format=duration",
            "-of",
            "csv=p=0",
            f"file:{path}",
        ]
        shown = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
        assert float(shown) == pytest.approx(length, abs=0.01)


def test_pyrekordbox_reads_the_xml(playlist, tmp_path):
    rbxml = pytest.importorskip("pyrekordbox.rbxml", exc_type=ImportError)
    beats = 0.25 + 0.5 * np.arange(40)
    beats[20:] = beats[19] + 0.4 * np.arange(1, 21)
    tracks = playlist.tracks.assign(beats=[beats] * len(playlist))
    written = write_playlist(type(playlist)(**{**playlist.__dict__, "tracks": tracks}), tmp_path / "set.xml")
    library = rbxml.RekordboxXml(written)
    keys = library.get_playlist("Hard <names>").get_tracks()
    assert library.num_tracks == len(keys) == len(playlist)
    codes = [playlist.transitions[0].key_from, *(change.key_to for change in playlist.transitions)]
    for number, key, (_, row) in zip(keys, codes, tracks.iterrows(), strict=True):
        track = library.get_track(TrackID=number)
        # It strips the slash that begins a path together with `file://localhost/`.
        assert f"/{track['Location']}" == row["path"]
        assert (track["Name"], track["Artist"], track["Tonality"]) == (
            row["title"],
            row["artist"],
            key,
        )
        assert track["AverageBpm"] == pytest.approx(row["tempo"], abs=0.005)
        assert [(grid["Inizio"], grid["Bpm"]) for grid in track.tempos] == [(0.25, 120.0), (10.15, 150.0)]
        cues = {(mark["Name"], mark["Num"]): mark["Start"] for mark in track.marks}
        expected = {"Intro ends": 0.2, "Outro begins": 0.8}
        assert cues == {
            (name, slot): expected[name]
            for name, slot in zip(
                ("Intro ends", "Intro ends", "Outro begins", "Outro begins"), (-1, 0, -1, 1), strict=True
            )
        }

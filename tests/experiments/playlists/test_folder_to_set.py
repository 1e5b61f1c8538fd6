"""From a folder of music to a list, a mix and a page, by the command line."""

import re

import numpy as np
import pytest
import soundfile

from segue.experiments.cli import main
from segue.experiments.playlists.formats.files import read_playlist

RATE = 22050


def piece(tempo, seed):
    """31 s of a beat over a chord."""
    rng = np.random.default_rng(seed)
    time = np.arange(31 * RATE) / RATE
    sound = 0.1 * sum(
        np.sin(2 * np.pi * 220 * 2 ** (step / 12) * time) for step in (seed, seed + 4, seed + 7)
    )
    phase = time % (60 / tempo)
    return sound + 0.5 * np.exp(-phase * 60) * rng.standard_normal(len(time))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A catalogue of four pieces, and the folder that it lies in."""
    home = tmp_path_factory.mktemp("home")
    (home / "Music").mkdir()
    for k, tempo in enumerate((118, 120, 123, 90)):
        soundfile.write(home / "Music" / f"{k} ö #{k}.flac", piece(tempo, k), RATE)
    main(["extract", str(home / "Music"), "--out", str(home / "music.parquet"), "--jobs", "1"])
    return home


def test_a_folder_becomes_a_list_a_mix_and_a_page(folder, capsys):
    pytest.importorskip("python_stretch")
    outputs = [
        part
        for option, name in (
            ("--out", "set.m3u8"),
            ("--out", "set.xml"),
            ("--mix", "set.flac"),
            ("--page", "set.html"),
        )
        for part in (option, str(folder / name))
    ]
    main(["playlist", str(folder / "music.parquet"), "--tracks", "4", "--overlap", "6", *outputs])
    assert "4 tracks" in capsys.readouterr().out
    listed = [entry.path for entry in read_playlist(folder / "set.m3u8")]
    assert sorted(listed) == sorted(str(path) for path in (folder / "Music").iterdir())
    assert [entry.path for entry in read_playlist(folder / "set.xml")] == listed
    assert len(re.findall("<TEMPO ", (folder / "set.xml").read_text("utf-8"))) >= 4
    assert 95 < soundfile.info(folder / "set.flac").duration <= 124
    assert (folder / "set.cue").read_text("utf-8").count("TRACK") == 4
    assert (folder / "set.html").read_text("utf-8").count("<audio ") == 3


def test_options_without_their_file_end_in_a_sentence(folder, capsys):
    for options, sentence in (
        (["--preview"], "--preview belongs to --mix"),
        (["--absolute"], "--absolute and --map belong to --out"),
        (["--out", "set.pls"], "'set.pls' is not a playlist by its ending"),
        (["--mix", "set.aac"], "'set.aac' is not a sound file by its ending"),
        (["--page", "set.pdf"], "'set.pdf' is not a page by its ending"),
        (["--out", "set.m3u8", "--map", "here"], "'here' is not a pair of folders"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(["playlist", str(folder / "music.parquet"), "--tracks", "3", *options])
        assert ended.value.code == 2
        assert sentence in capsys.readouterr().err

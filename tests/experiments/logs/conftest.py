"""Small logs in the formats of other programs, and a way to convert them by the command."""

import json
import zipfile
from pathlib import Path

import pytest

from segue.experiments.cli import main
from segue.experiments.logs import read_plays


def spotify_entry(ts, ms_played=200_000, track="One", uri="a" * 22, **others):
    """An entry of Spotify's extended history."""
    entry = {
        "ts": ts,
        "platform": "Android OS 4.2.2 API 17",
        "ms_played": ms_played,
        "conn_country": "GB",
        "ip_addr": "192.0.2.7",
        "user_agent_decrypted": "unknown",
        "username": "somebody",
        "master_metadata_track_name": track,
        "master_metadata_album_artist_name": "Band",
        "spotify_track_uri": f"spotify:track:{uri}" if uri else None,
        "episode_name": None,
        "spotify_episode_uri": None,
        "reason_start": "trackdone",
        "reason_end": "trackdone",
        "shuffle": False,
        "skipped": None,
        "incognito_mode": False,
    }
    return {**entry, **others}


@pytest.fixture
def entry():
    return spotify_entry


@pytest.fixture
def write_json(tmp_path):
    def write(name, entries):
        path = tmp_path / name
        path.write_text(json.dumps(entries), encoding="utf-8")
        return path

    return write


@pytest.fixture
def write_zip(tmp_path):
    def write(name, members):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return path

    return write


class Converter:
    """Runs `segue logs convert` in process."""

    def __init__(self, folder: Path, capsys) -> None:
        self.folder, self.capsys, self.number = folder, capsys, 0

    def __call__(self, *arguments):
        """Returns the plays and what was printed."""
        self.number += 1
        out = self.folder / f"plays-{self.number}.parquet"
        main(["logs", "convert", *map(str, arguments), "--out", str(out)])
        return read_plays(out), self.capsys.readouterr().out

    def refused(self, *arguments):
        """Returns the sentence with which the command ends; it must write nothing."""
        before = sorted(self.folder.rglob("*"))
        with pytest.raises(SystemExit) as stopped:
            main(["logs", "convert", *map(str, arguments), "--out", str(self.folder / "none.parquet")])
        assert stopped.value.code == 2
        assert sorted(self.folder.rglob("*")) == before
        message = self.capsys.readouterr().err.splitlines()
        return next(line for line in message if line.startswith("segue: "))


@pytest.fixture
def convert(tmp_path, capsys):
    return Converter(tmp_path, capsys)

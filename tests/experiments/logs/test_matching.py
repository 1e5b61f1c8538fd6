"""Matching of the tracks of a log to a catalogue."""

import numpy as np
import pandas as pd
import pytest

from segue.experiments.cli import main
from segue.experiments.logs import read_plays, write_plays
from segue.experiments.logs.matching import match_tracks
from segue.features import Catalog

WORDS = (
    *("river", "stone", "morning", "engine", "paper", "silver", "window", "garden", "thunder", "velvet"),
    *("shadow", "harbour", "lantern", "meadow", "copper", "signal", "winter", "orchard", "mirror", "canyon"),
)


def catalogue(rows):
    frame = pd.DataFrame(rows)
    frame["id"] = frame.get("id", pd.Series([f"id{k}" for k in range(len(frame))]))
    rng = np.random.default_rng(0)
    return Catalog.from_frame(
        frame.assign(tempo=rng.normal(120, 15, len(frame)), energy=rng.random(len(frame))), "c"
    )


MUSIC = catalogue(
    [
        {
            "id": "3n3Ppam7vgaVa1iaRUc9Lp",
            "title": "Mr. Brightside",
            "artist": "The Killers",
            "duration": 222.0,
            "isrc": "",
        },
        {
            "id": "b",
            "title": "Für Elise",
            "artist": "Beethoven",
            "duration": 180.0,
            "isrc": "DE-F05-07-30100",
        },
        {"id": "c", "title": "Song - 2011 Remaster", "artist": "Ann; Bob", "duration": 200.0, "isrc": ""},
        {"id": "d", "title": "Song (Live)", "artist": "Ann", "duration": 260.0, "isrc": ""},
        {"id": "e", "title": "Symphonic Variation No. 1", "artist": "Clara", "duration": 100.0, "isrc": ""},
        {"id": "f", "title": "Symphonic Variation No. 2", "artist": "Clara", "duration": 100.0, "isrc": ""},
        {"id": "g", "title": "Twice", "artist": "Dora", "duration": 100.0, "isrc": ""},
        {"id": "h", "title": "Twice", "artist": "Dora", "duration": 190.0, "isrc": ""},
    ]
)


@pytest.mark.parametrize(
    ("track", "expected", "by"),
    [
        ({"track": "b"}, "b", "id"),
        ({"track": "spotify:track:3n3Ppam7vgaVa1iaRUc9Lp"}, "3n3Ppam7vgaVa1iaRUc9Lp", "uri"),
        (
            {"track": "x", "uri": "https://open.spotify.com/intl-de/track/3n3Ppam7vgaVa1iaRUc9Lp?si=1"},
            "3n3P",
            "uri",
        ),
        ({"track": "x", "isrc": "def050730100"}, "b", "isrc"),
        ({"track": "x", "title": "fur elise", "artist": "BEETHOVEN"}, "b", "title and artist"),
        (
            {"track": "x", "title": "Mr Brightside (feat. Nobody)", "artist": "Killers"},
            "3n3P",
            "title and artist",
        ),
        ({"track": "x", "title": "Song", "artist": "Bob"}, "c", "title and artist"),
        ({"track": "x", "title": "Song (live)", "artist": "Ann feat. Eve"}, "d", "title and artist"),
        (
            {"track": "x", "title": "Mr. Brigthside", "artist": "The Killers"},
            "3n3P",
            "similar title and artist",
        ),
        ({"track": "x", "title": "Für Elise", "artist": "Bethoven"}, "b", "similar title and artist"),
        (
            {"track": "x", "title": "Symphonic Variations No. 2", "artist": "Clara"},
            "f",
            "similar title and artist",
        ),
        ({"track": "x", "title": "Symphonic Variation No. 3", "artist": "Clara"}, None, None),
        ({"track": "x", "title": "Mr. Brightside (Remix)", "artist": "The Killers"}, None, None),
        ({"track": "x", "title": "Für Elise", "artist": "Ann"}, None, None),
        ({"track": "x", "title": "Twice", "artist": "Dora", "duration_s": 188.0}, "h", "title and artist"),
        ({"track": "x", "title": "Twice", "artist": "Dora", "duration_s": 130.0}, None, None),
        ({"track": "x", "title": "", "artist": ""}, None, None),
        ({"track": "x"}, None, None),
    ],
)
def test_ways_of_matching(
    track,
    expected,
    by,
):
    found = match_tracks(pd.DataFrame([track]), MUSIC).iloc[0]
    assert (None if found["row"] < 0 else MUSIC.ids[found["row"]].startswith(expected)) in (None, True)
    assert (found["row"] < 0) == (expected is None)
    assert (None if pd.isna(found["by"]) else found["by"]) == by


def test_planted_tracks_are_found_again_and_no_others():
    rng = np.random.default_rng(1)
    titles = [" ".join(rng.choice(WORDS, 3, replace=False)).title() for _ in range(600)]
    artists = [" ".join(rng.choice(WORDS, 2, replace=False)).title() for _ in range(60)]
    rows = [
        {"title": title, "artist": artists[k % 60], "duration": 120.0 + k % 90}
        for k, title in enumerate(titles)
    ]
    music = catalogue(rows[:400])

    def misspelt(text):
        at = int(rng.integers(1, len(text) - 1))
        return [
            text[:at] + text[at + 1 :],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
            text.upper(),
        ][rng.integers(3)]

    log = pd.DataFrame(
        [
            {
                "track": f"t{k}",
                "title": misspelt(row["title"]) + ["", " - Remastered 2009", " (feat. Somebody Else)"][k % 3],
                "artist": [row["artist"], misspelt(row["artist"])][k % 2],
                "duration_s": row["duration"] + rng.uniform(-2, 2),
            }
            for k, row in enumerate(rows)
        ]
    )
    found = match_tracks(log, music)["row"].to_numpy()
    present = np.arange(600) < 400
    assert np.mean(found[present] == np.arange(400)) > 0.97
    assert np.mean(found[~present] >= 0) < 0.01
    assert np.mean((found[present] >= 0) & (found[present] != np.arange(400))) < 0.01


@pytest.fixture
def plays(tmp_path):
    frame = pd.DataFrame(
        {
            "session": ["s"] * 4,
            "listener": ["l"] * 4,
            "position": range(4),
            "track": ["b", "unheard of", "g", "b"],
            "title": ["Für Elise", "Unheard", None, None],
            "artist": ["Beethoven", "Of", None, None],
            "listened_s": [90.0, 20.0, 500.0, None],
            "listened": [None, None, None, 0.25],
            "skipped": [True, True, False, None],
        }
    )
    return write_plays(frame, tmp_path / "plays.parquet", {"format": "test"})


def test_plays_without_a_match_stay_in_their_session(plays, tmp_path, capsys):
    music, out = MUSIC.save(tmp_path / "music.parquet"), tmp_path / "matched.parquet"
    main(["logs", "match", str(plays), "--catalog", str(music), "--out", str(out)])
    printed = capsys.readouterr().out
    matched = read_plays(out)
    assert matched["track_id"].fillna("none").tolist() == ["b", "none", "g", "b"]
    assert matched["skipped"].tolist() == [True, True, False, pd.NA]
    assert matched["duration_s"].fillna(0).tolist() == [180, 0, 100, 180]
    assert matched["listened"].fillna(-1).tolist() == [0.5, -1, 1, 0.25]
    assert "67 % of 3 tracks, 75 % of 4 plays" in printed
    assert "Of – Unheard" in printed
    assert "2 plays" in printed


def test_wrong_arguments_of_match(plays, tmp_path, capsys):
    out = str(tmp_path / "matched.parquet")
    for arguments, told in (
        ([str(plays), "--out", out], "No catalogue given"),
        ([str(plays), "--catalog", "demo"], "No output file"),
        ([str(plays), "--catalog", "demo", "--out", str(plays)], "already exists"),
        ([str(plays), "--catalog", "demo", "--out", out, "--similarity", "200"], "similarity"),
        ([str(plays), str(plays), "--catalog", "demo", "--out", out], "takes one table"),
        ([str(tmp_path / "none"), "--catalog", "demo", "--out", out], "no table of plays"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(["logs", "match", *arguments])
        assert stopped.value.code == 2
        assert told in capsys.readouterr().err
    assert not (tmp_path / "matched.parquet").exists()

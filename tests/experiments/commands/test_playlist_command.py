"""`segue playlist`: its options, its mistakes, and what it writes."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from segue.experiments.cli import main
from segue.experiments.playlists.formats import read_playlist
from segue.features import open_catalog

IDS = open_catalog("demo").ids[:3]
ONE_ARTIST = 'artist = "Alex Almarza"'


def run(capsys, *arguments):
    main(["playlist", *map(str, arguments)])
    return capsys.readouterr().out


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["playlist", *map(str, arguments)])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    files = [folder / f"set.{ending}" for ending in ("m3u8", "csv", "json")]
    outs = [word for file in files for word in ("--out", str(file))]
    main(["playlist", "demo", "--tracks", "8", "--artist-gap", "3", *outs])
    return folder


def test_it_writes_every_format_with_the_same_tracks(written):
    lists = [
        [entry.path for entry in read_playlist(written / f"set.{ending}")]
        for ending in ("m3u8", "csv", "json")
    ]
    assert len(lists[0]) == 8
    assert lists[0] == lists[1] == lists[2]


def test_the_same_seed_gives_the_same_list_and_a_reason_for_every_transition(written, tmp_path, capsys):
    out = tmp_path / "again.json"
    printed = run(capsys, "demo", "--tracks", 8, "--artist-gap", 3, "--out", out)
    assert (
        json.loads(out.read_text("utf-8"))["tracks"]
        == json.loads((written / "set.json").read_text("utf-8"))["tracks"]
    )
    assert printed.count("BPM") == 7
    assert "instead would cost" in printed


def test_nothing_is_overwritten(written, capsys):
    assert "already exists" in refused(capsys, "demo", "--tracks", 5, "--out", written / "set.m3u8")


def test_reorder_keeps_the_tracks_and_check_finds_no_better_order(written, tmp_path, capsys):
    shuffled = tmp_path / "shuffled.m3u8"
    entries = [entry.path for entry in read_playlist(written / "set.m3u8")]
    shuffled.write_text("\n".join(np.random.default_rng(0).permutation(entries)), encoding="utf-8")
    before = run(capsys, "demo", "--check", shuffled)
    run(capsys, "demo", "--reorder", shuffled, "--out", tmp_path / "ordered.m3u8")
    assert sorted(entry.path for entry in read_playlist(tmp_path / "ordered.m3u8")) == sorted(entries)
    after = run(capsys, "demo", "--check", tmp_path / "ordered.m3u8")
    assert "+0.00 (order regret)" in after or " 0.00 (order regret)" in after
    assert "0.00 (order regret)" not in before


def test_complete_keeps_the_given_tracks_in_their_order(written, tmp_path, capsys):
    given = [entry.path for entry in read_playlist(written / "set.m3u8")][:3]
    (tmp_path / "three.m3u8").write_text("\n".join(given), encoding="utf-8")
    run(capsys, "demo", "--complete", tmp_path / "three.m3u8", "--tracks", 9, "--out", tmp_path / "nine.m3u8")
    made = [entry.path for entry in read_playlist(tmp_path / "nine.m3u8")]
    assert len(made) == 9
    assert [path for path in made if path in given] == given
    assert (made[0], made[-1]) == (given[0], given[-1])


def test_check_names_what_a_list_breaks(written, capsys):
    printed = run(
        capsys, "demo", "--check", written / "set.m3u8", "--max-tempo-change", 0.1, "--keys", "same"
    )
    assert "Breaks --max-tempo-change" in printed
    assert "Breaks --keys" in printed


def test_check_speaks_of_titles_and_options(written, capsys):
    listed = [entry.id for entry in read_playlist(written / "set.json")]
    catalog = open_catalog("demo")
    names = {
        str(id_): f"{artist} - {title}"
        for id_, artist, title in zip(
            catalog.ids, catalog.tracks["artist"], catalog.tracks["title"], strict=True
        )
    }
    other, third = (id_ for id_ in IDS[:2])
    assert not {other, third} & set(listed)
    wish = ("--first", other, "--last", third, "--at", f"3={listed[0]}", "--at", f"90m={listed[1]}")
    wish += ("--exclude", listed[4], "--include", other, "--duration", "90m", "--tracks", 9)
    printed = run(capsys, "demo", "--check", written / "set.json", *wish)
    broken = [line for line in printed.splitlines() if line.startswith("Breaks")]
    assert f"Breaks --first: {names[other]!r} is not track 1" in broken
    assert f"Breaks --last: {names[third]!r} is not track 8" in broken
    assert f"Breaks --at: {names[listed[0]]!r} is not track 3" in broken
    assert f"Breaks --at: {names[listed[1]]!r} is not playing at 5400 s" in broken
    assert f"Breaks --exclude: track 5, {names[listed[4]]!r}, is excluded" in broken
    assert f"Breaks --include: {names[other]!r} is missing" in broken
    assert "Breaks --tracks: the list has 8 tracks instead of 9" in broken
    assert any(line.startswith("Breaks --duration: the list lasts ") for line in broken)
    assert len(broken) == 8


def test_a_list_to_check_may_be_too_long(tmp_path, capsys):
    ids = open_catalog("synthetic:1001").ids
    (tmp_path / "long.csv").write_text("\n".join(["id", *ids]), encoding="utf-8")
    said = refused(capsys, "synthetic:1001", "--check", tmp_path / "long.csv")
    assert "The list has 1,001 tracks, but at most 1,000 are checked" in said


def test_a_list_of_one_track_is_completed_from_it_on(tmp_path, capsys):
    (tmp_path / "one.csv").write_text(f"id\n{IDS[0]}\n", encoding="utf-8")
    run(capsys, "demo", "--complete", tmp_path / "one.csv", "--tracks", 4, "--out", tmp_path / "four.csv")
    table = pd.read_csv(tmp_path / "four.csv")
    assert len(table) == 4
    assert table["id"][0] == IDS[0]


@pytest.mark.parametrize("first", [(), ("--first", IDS[0]), ("--first", IDS[1])])
def test_an_agent_can_play_every_eligible_track(first, tmp_path, capsys):
    wish = ("--where", ONE_ARTIST, "--tracks", 8, "--agent", "smooth", *first)
    for seed in (0, 1, 2):
        out = tmp_path / f"{seed}.csv"
        run(capsys, "demo", *wish, "--seed", seed, "--out", out)
        assert pd.read_csv(out)["id"].nunique() == 8


def test_an_agent_that_finds_no_list_says_which_option_it_breaks(capsys):
    wish = ("--where", ONE_ARTIST, "--tracks", 8, "--duration", "20m", "--agent", "smooth")
    assert "found no playlist that keeps --duration" in refused(capsys, "demo", *wish)


def test_variants_differ_and_state_what_they_share(tmp_path, capsys):
    printed = run(capsys, "demo", "--tracks", 6, "--variants", 3, "--out", tmp_path / "set.m3u8")
    lists = [{entry.path for entry in read_playlist(tmp_path / f"set-{k}.m3u8")} for k in (1, 2, 3)]
    assert all(len(a & b) <= 3 for a, b in pairwise(lists))
    assert "tracks shared with 1" in printed


def test_a_request_file_holds_the_options_and_the_command_line_overrides_it(tmp_path, capsys):
    ids = open_catalog("demo").ids
    text = f"tracks: 5\nartist-gap: 2\nkeys: any\nfirst: {ids[10]}\nwhere: [bpm < 150]\n"
    (tmp_path / "set.yaml").write_text(text, encoding="utf-8")
    out = tmp_path / "set.csv"
    run(capsys, "demo", "--request", tmp_path / "set.yaml", "--tracks", 4, "--out", out)
    table = pd.read_csv(out)
    assert len(table) == 4
    assert table["id"][0] == ids[10]
    assert (table["tempo"] < 150).all()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--tracks 30 or --duration 90m"),
        (("--tracks", "0"), "--tracks"),
        (("--tracks=-3",), "--tracks"),
        (("--tracks", "5000"), "1000"),
        (("--tracks", "1000"), "or fewer"),
        (("--duration=-5m",), "--duration"),
        (("--duration", "0"), "above 0"),
        (("--duration", "nan"), "not a time"),
        (("--duration", "500h"), "is too long"),
        (("--duration", "1s", "--tolerance", "0"), "shortest track that may be played lasts"),
        (("--duration", "1m", "--where", ONE_ARTIST, "--at", f"20={IDS[0]}"), "--at 20 is beyond"),
        (
            ("--duration", "90s", "--tolerance", "0", "--where", ONE_ARTIST),
            "1 track can last 1 min 20 s at most",
        ),
        (
            ("--duration", "5s", "--tolerance", "0", *(f"--include={track}" for track in IDS)),
            "needs 3 tracks",
        ),
        (("--tracks", "5", "--first", "no such track"), "names no track"),
        (("--tracks", "5", "--first", IDS[0], "--at", f"1={IDS[1]}"), "position 1"),
        (("--tracks", "5", "--first", IDS[0], "--last", IDS[0]), "positions 1 and 5"),
        (("--tracks", "5", "--include", IDS[0], "--exclude", IDS[0]), "rules it out"),
        (("--tracks", "5", "--at", f"9={IDS[0]}"), "--tracks 9"),
        (("--tracks", "2", "--include", IDS[0], "--include", IDS[1], "--include", IDS[2]), "--tracks 3"),
        (("--tracks", "5", "--at", "three"), "not a waypoint"),
        (("--tracks", "5", "--where", "colour = red"), "Unknown column"),
        (("--tracks", "5", "--where", "__import__('os').system('true')"), "--where"),
        (("--tracks", "5", "--where", "tempo > 500"), "no track"),
        (("--tracks", "5", "--curve", "mountain"), "Unknown curve"),
        (("--tracks", "5", "--curve", "0:0.5,1:7"), "from 0 to 1"),
        (("--tracks", "5", "--keys", "minor"), "Unknown rule on keys"),
        (("--tracks", "5", "--artist-gap=-1"), "--artist-gap"),
        (("--tracks", "5", "--max-tempo-change=-1"), "--max-tempo-change"),
        (("--tracks", "5", "--album-gap", "2"), "'album'"),
        (("--tracks", "5", "--listener", "nobody"), "nobody"),
        (("--tracks", "5", "--variants", "0"), "--variants"),
        (("--tracks", "5", "--seed=-1"), "--seed"),
        (("--tracks", "5", "--out", "set.doc"), "not a playlist by its ending"),
        (("--reorder", "none.m3u8"), "it does not exist"),
        (("--check", "none.m3u8", "--model", "mine.zip"), "leave out"),
        (("--tracks", "5", "--agent", "smooth", "--model", "mine.zip"), "leave out --agent"),
    ],
)
def test_mistakes_end_in_one_sentence(capsys, arguments, says):
    if "--album-gap" in arguments and open_catalog("demo").tracks["album"].ne("").any():
        pytest.skip("the demo catalogue has albums")
    said = refused(capsys, "demo", *arguments)
    assert says in said
    assert said.count("\n") == 1


def test_an_impossible_request_names_the_conflict_and_a_relaxation_that_works(capsys):
    wish = ["demo", "--tracks", "10", "--keys", "same", "--max-tempo-change"]
    said = refused(capsys, *wish, "0.1", "--no-half-double")
    assert "smallest change that works is" in said
    wish = ["demo", "--tracks", "12", "--where", "artist ~ Kenta", "--artist-gap"]
    said = refused(capsys, *wish, "3")
    assert "--artist-gap 3" in said
    assert "--artist-gap 0" in said or "--where" in said

"""Tables and archives as spreadsheets and people write them: all of their plays are read, or counted."""

import gzip
import io
import json
import zipfile

import pandas as pd
import pytest

COLUMNS = ("ts", "ms_played", "master_metadata_track_name", "spotify_track_uri", "reason_end")
TIMES = [pd.Timestamp("2023-04-13T10:00:00Z") + pd.Timedelta(minutes=5 * k) for k in range(6)]


def rows(time=lambda time: time.strftime("%Y-%m-%dT%H:%M:%SZ"), **changed):
    """Six plays of different tracks; `changed` replaces cells of the second one."""
    table = [
        dict(
            zip(COLUMNS, (time(when), "60000", f"T{k}", f"spotify:track:{k:022d}", "trackdone"), strict=True)
        )
        for k, when in enumerate(TIMES)
    ]
    table[1] |= changed
    return table


def text(table, separator=",", line="\n", header=COLUMNS):
    return line.join([separator.join(header), *(separator.join(row.values()) for row in table)]) + line


@pytest.mark.parametrize(
    "content",
    [
        text(rows(), line="\r").encode(),
        ("sep=;\r\n" + text(rows(), separator=";", line="\r\n")).encode("utf-8-sig"),
        ("sep=\t\n" + text(rows(), separator="\t")).encode("utf-16"),
        text(rows(), header=[f" {name} " for name in COLUMNS]).encode(),
        ("\n\n" + text(rows()) + "\n").encode(),
        text(rows(master_metadata_track_name='"Two\r\nlines, ""quoted"""'), line="\r\n").encode(),
    ],
    ids=["carriage returns", "sep, BOM", "sep, UTF-16", "spaces in the header", "blank lines", "line break"],
)
def test_what_spreadsheets_write(content, convert, tmp_path):
    (tmp_path / "history.csv").write_bytes(content)
    plays, told = convert(tmp_path / "history.csv")
    assert "Left out: nothing." in told
    assert list(plays["track"]) == [f"spotify:track:{k:022d}" for k in range(6)]
    assert plays["session"].nunique() == 1


@pytest.mark.parametrize(
    "form",
    [
        lambda time: str(int(time.timestamp())),
        lambda time: str(int(time.timestamp() * 1000)),
        lambda time: time.strftime("%d.%m.%Y %H:%M:%S"),
        lambda time: time.strftime("%m/%d/%y %I:%M %p"),
        lambda time: (time + pd.Timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00"),
        lambda time: time.strftime("%Y-%m-%d %H:%M:%S"),
    ],
    ids=["seconds", "milliseconds", "dots", "two digits", "zone", "no zone"],
)
def test_times_mean_the_same_however_they_are_written(form, convert, tmp_path):
    (tmp_path / "history.csv").write_text(text(rows(form)), "utf-8")
    plays, told = convert(tmp_path / "history.csv")
    assert "Left out: nothing." in told
    ended = plays["time"] + pd.to_timedelta(plays["listened_s"], unit="s")
    assert list(ended) == TIMES


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ({"ms_played": "-5"}, "plays of a negative length: 1"),
        ({"ms_played": "1000000000000000"}, "plays of more than a day: 1"),
        ({"ts": "yesterday"}, "plays without a time that can be read: 1"),
        ({"ts": "9999-12-31T23:59:59Z"}, "plays in the future: 1"),
        ({"master_metadata_track_name": "a,b"}, "rows without exactly 5 cells: 1"),
    ],
)
def test_impossible_rows_are_counted(cell, reason, convert, tmp_path):
    (tmp_path / "history.csv").write_text(text(rows(**cell)), "utf-8")
    plays, told = convert(tmp_path / "history.csv")
    assert reason in told
    assert len(plays) == 5


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("60,5", 60.5), ("1:00", 60), ("1:02:03", 3723), ("60 s", 60), ("60500 ms", 60.5), ("2 min", 120)],
)
def test_amounts_as_people_write_them(cell, seconds, convert, tmp_path):
    (tmp_path / "names.yaml").write_text("columns: {listener: u, time: t, track: s, listened_s: heard}\n")
    (tmp_path / "log.csv").write_text(f"u;t;s;heard\na;2023-04-13 10:00;7;{cell}\na;2023-04-13 10:09;8;x\n")
    plays, told = convert(tmp_path / "log.csv", "--columns", tmp_path / "names.yaml")
    assert plays["listened_s"].iloc[0] == pytest.approx(seconds)
    assert plays["listened_s"].isna().iloc[1]
    assert "listened_s with commas, units or colons, converted: 1" in told
    assert "listened_s that is not a number, set to unknown: 1" in told


def test_thousands_of_milliseconds_and_words_for_unknown(convert, tmp_path):
    (tmp_path / "history.csv").write_text(text(rows(ms_played='"60,000"')), "utf-8")
    plays, told = convert(tmp_path / "history.csv")
    assert (plays["listened_s"] == 60).all()
    (tmp_path / "history.csv").write_text(text(rows(ms_played="null")), "utf-8")
    plays, told = convert(tmp_path / "history.csv")
    assert plays["listened_s"].isna().sum() == 1
    assert "not a number" not in told


def test_numbers_as_names_and_dates_without_times_in_parquet(convert, tmp_path):
    table = pd.DataFrame(
        {
            "u": [1.0, 1.0, None],
            "t": [pd.Timestamp("2023-04-13").date()] * 3,
            "s": [1979.0, 7.0, 8.0],
            "heard": pd.to_timedelta([5, 6, 7], unit="s"),
        }
    )
    table.to_parquet(tmp_path / "log.parquet")
    (tmp_path / "names.yaml").write_text("columns: {listener: u, time: t, track: s, listened_s: heard}\n")
    plays, told = convert(tmp_path / "log.parquet", "--columns", tmp_path / "names.yaml")
    assert list(plays["track"]) == ["1979", "7"]
    assert set(plays["listener"]) == {"1"}
    assert list(plays["listened_s"]) == [5, 6]
    assert (plays["time"] == pd.Timestamp("2023-04-13", tz="UTC")).all()
    assert "plays without a listener: 1" in told


def test_lines_that_an_open_quote_swallows_are_counted(convert, tmp_path):
    lines = text(rows() * 3).splitlines()
    lines[3] = lines[3].replace("T2", '"T2')
    (tmp_path / "history.csv").write_text("\n".join(lines) + "\n", "utf-8")
    plays, told = convert(tmp_path / "history.csv")
    assert len(plays) == 2
    assert "lines after a quote that is not closed: 16" in told


def zipped(members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.mark.parametrize(
    "members",
    [
        {"all/history.csv.gz": gzip.compress(text(rows()).encode())},
        {"my_spotify_data.zip": zipped({"data/history.csv": text(rows()), "ReadMe.pdf": b"%PDF"})},
        {"mine.zip": zipped({"history.csv.gz": gzip.compress(text(rows()).encode())})},
    ],
    ids=["gzip in zip", "zip in zip", "gzip in zip in zip"],
)
def test_archives_in_archives(members, convert, write_zip):
    plays, _ = convert(write_zip("outer.zip", members))
    assert len(plays) == 6


def test_an_archive_in_an_archive_that_expands_too_much_or_is_damaged(convert, write_zip):
    bomb = text(rows()).encode() + b"\n" * 12_000_000
    assert "expands to more than 200 times" in convert.refused(
        write_zip("a.zip", {"in.zip": zipped({"history.csv": bomb})})
    )
    assert "expands to more than 200 times" in convert.refused(
        write_zip("b.zip", {"history.csv.gz": gzip.compress(bomb)})
    )
    cut = zipped({"history.csv": text(rows())})[:-30]
    assert "not a whole zip archive" in convert.refused(write_zip("c.zip", {"in.zip": cut}))


def test_what_is_compressed_twice_has_to_be_unpacked(convert, tmp_path):
    for content in (gzip.compress(text(rows()).encode()), zipped({"history.csv": text(rows())})):
        (tmp_path / "history.csv.gz").write_bytes(gzip.compress(content))
        assert "unpack it" in convert.refused(tmp_path / "history.csv.gz")


def test_a_history_whose_first_entries_are_not_plays(convert, entry, write_json):
    entries = [None, {"ts": "2023-01-01T10:00:00Z"}, entry("2023-01-01T10:05:00Z")]
    plays, told = convert(write_json("endsong_0.json", entries))
    assert len(plays) == 1
    assert "entries that are not JSON objects: 1" in told
    assert "plays without a track: 1" in told


def test_a_table_of_lastfm_whose_first_row_lacks_the_time(convert, tmp_path):
    lines = [f"u\t2009-05-04T23:0{k}:00Z\t\tBand\t\tSong {k}" for k in range(4)]
    lines[0] = "u\t\t\tBand\t\tSong 0"
    (tmp_path / "lastfm.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    plays, told = convert(tmp_path / "lastfm.tsv")
    assert len(plays) == 3
    assert "plays without a time that can be read: 1" in told


def test_listens_of_several_lines_that_are_no_json(convert, tmp_path):
    listen = json.dumps({"listened_at": 1_600_000_000, "track_metadata": {"track_name": "T"}})
    (tmp_path / "1.jsonl").write_text(f"{listen}\n{{broken\n\n[1]\n", "utf-8")
    plays, told = convert(tmp_path / "1.jsonl")
    assert len(plays) == 1
    assert "entries that are not JSON objects: 2" in told

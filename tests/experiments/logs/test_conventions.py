"""Order of day and month, and separators between thousands: one for all files of a source, none for a row."""

import json

import pandas as pd
import pytest

HEADER = "ts,ms_played,track_name,artist_name\n"
NAMES = "columns: {listener: u, time: t, track: s}\n"


def spotify(*times, header=HEADER, played="1000"):
    return header + "".join(f"{time},{played},T{k},A\n" for k, time in enumerate(times))


def ended(plays):
    """Day and month at which the plays ended."""
    times = plays["time"] + pd.to_timedelta(plays["listened_s"], unit="s")
    return list(times.dt.strftime("%d.%m."))


@pytest.mark.parametrize(
    "content",
    [
        "sep=,\n" + spotify("7/8/2013 2:44", "13/8/2013 2:44"),
        spotify("", "7/8/2013 2:44", "13/8/2013 2:44"),
        spotify("2013-08-01 02:44:00", "7/8/2013 2:44", "13/8/2013 2:44"),
    ],
    ids=["sep", "blank time", "ISO 8601"],
)
def test_a_date_is_read_in_the_order_of_the_whole_file_whatever_its_first_row_is(content, convert, tmp_path):
    (tmp_path / "history.csv").write_text(content, "utf-8")
    assert ended(convert(tmp_path / "history.csv")[0])[-2:] == ["07.08.", "13.08."]


@pytest.mark.parametrize(("day", "dates"), [("13/8", ["07.08.", "13.08."]), ("8/13", ["08.07.", "13.08."])])
@pytest.mark.parametrize("named", ["files", "folder"])
def test_a_date_of_one_file_shows_the_order_of_all_files_of_a_source(named, day, dates, convert, tmp_path):
    folder = tmp_path / "history"
    folder.mkdir()
    files = [folder / "1.csv", folder / "2.csv"]
    for file, time in zip(files, ("7/8/2013 2:44", f"{day}/2013 2:44"), strict=True):
        file.write_text(spotify(time), "utf-8")
    # What another source shows says nothing of this one.
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "3.csv").write_text(spotify("9/10/2013 2:44", "10/30/2013 2:44"), "utf-8")
    plays, _ = convert(*(files if named == "files" else [folder]), tmp_path / "other")
    assert sorted(ended(plays[plays["listener"] == "listener-1"])) == sorted(dates)
    assert ended(plays[plays["listener"] == "listener-2"]) == ["10.09.", "30.10."]


def test_dates_that_contradict_the_others_are_left_out(convert, tmp_path):
    file = tmp_path / "history.csv"
    file.write_text(spotify("13/8/2013 2:44", "7/8/2013 2:44", "14/8/2013 2:44", "7/14/2013 2:44"), "utf-8")
    plays, printed = convert(file)
    assert ended(plays) == ["07.08.", "13.08.", "14.08."]
    assert "plays whose day and month contradict the other dates: 1" in printed


def test_a_year_at_the_beginning_is_followed_by_the_month(convert, tmp_path):
    (tmp_path / "history.csv").write_text(spotify("2013/7/8 2:44", "13/7/2013 2:44"), "utf-8")
    assert ended(convert(tmp_path / "history.csv")[0]) == ["08.07.", "13.07."]


def test_dates_with_dots_begin_with_the_day(convert, tmp_path):
    (tmp_path / "history.csv").write_text(spotify("7.8.2013 2:44", "8/13/2013 2:44", "7.14.2013 2:44"))
    plays, printed = convert(tmp_path / "history.csv")
    assert ended(plays) == ["07.08.", "13.08."]
    assert "contradict the other dates: 1" in printed


def test_entries_of_json_are_read_in_one_order_too(convert, tmp_path):
    entries = [
        {"ts": time, "ms_played": "1.000", "trackName": f"T{k}"}
        for k, time in enumerate(["7/8/2013 2:44", "13/8/2013 2:44"])
    ]
    (tmp_path / "history.json").write_text(json.dumps(entries), "utf-8")
    plays, _ = convert(tmp_path / "history.json")
    assert ended(plays) == ["07.08.", "13.08."]
    assert plays["listened_s"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("setting", "dates", "told"),
    [
        ("", ["07.08.", "13.08."], "Left out: nothing"),
        ("day_first: true", ["07.08.", "13.08."], "Left out: nothing"),
        ("day_first: false", ["08.07."], "contradict the other dates: 1"),
    ],
)
@pytest.mark.parametrize("parquet", [False, True])
def test_a_table_by_names_of_its_columns(parquet, setting, dates, told, convert, tmp_path):
    table = pd.DataFrame({"u": "a", "t": ["7/8/2013 2:44", "13/8/2013 2:44"], "s": ["x", "y"]})
    file = tmp_path / ("log.parquet" if parquet else "log.csv")
    if parquet:
        table.to_parquet(file)
    else:
        table.to_csv(file, index=False)
    (tmp_path / "names.yaml").write_text(NAMES + setting, "utf-8")
    plays, printed = convert(file, "--columns", tmp_path / "names.yaml")
    assert list(plays["time"].dt.strftime("%d.%m.")) == dates
    assert told in printed


def test_ambiguous_dates_of_a_table_are_noted(convert, tmp_path):
    (tmp_path / "log.csv").write_text("u,t,s\na,7/8/2013 2:44,x\na,7/7/2013 2:44,y\n", "utf-8")
    (tmp_path / "names.yaml").write_text(NAMES, "utf-8")
    _, printed = convert(tmp_path / "log.csv", "--columns", tmp_path / "names.yaml")
    assert "read as month/day, since none shows which comes first: 1" in printed


def test_a_contradicting_date_in_a_session_that_the_log_knows_is_unknown(convert, tmp_path):
    (tmp_path / "log.csv").write_text("v,n,t,s\n1,1,13/8/2013,x\n1,2,7/14/2013,y\n1,3,14/8/2013,z\n", "utf-8")
    (tmp_path / "names.yaml").write_text("columns: {session: v, position: n, time: t, track: s}\n", "utf-8")
    plays, printed = convert(tmp_path / "log.csv", "--columns", tmp_path / "names.yaml")
    assert list(plays["track"]) == ["x", "y", "z"]
    assert plays["time"].isna().tolist() == [False, True, False]
    assert "set to unknown: 1" in printed


MILLISECONDS = [
    (["180.000", "210.500", "950"], [180, 210.5, 0.95]),
    (["180,000", "1,210,500", "950"], [180, 1210.5, 0.95]),
    (["180.000 ms", "1.060.000", "2.000,5"], [180, 1060, 2.0005]),
    (["180.000", "95000.5", "950"], [0.18, 95.0005, 0.95]),
    (["180,000", "95000,5", "950"], [0.18, 95.0005, 0.95]),
    (["180.000", "n.a.", "950"], [180, None, 0.95]),
]


@pytest.mark.parametrize(("cells", "seconds"), MILLISECONDS)
def test_a_separator_of_milliseconds_means_the_same_in_the_whole_column(cells, seconds, convert, tmp_path):
    rows = "".join(f"2020-01-01 1{k}:00:00;{cell};T{k};A\n" for k, cell in enumerate(cells))
    (tmp_path / "history.csv").write_text(HEADER.replace(",", ";") + rows, "utf-8")
    plays, _ = convert(tmp_path / "history.csv")
    assert plays["listened_s"].fillna(-1).tolist() == pytest.approx([-1 if s is None else s for s in seconds])
    rows = "".join(f"a;2020-01-01 1{k}:00:00;{cell};{k}\n" for k, cell in enumerate(cells))
    (tmp_path / "log.csv").write_text("u;t;ms;s\n" + rows, "utf-8")
    names = "columns: {listener: u, time: t, track: s, listened_s: ms}\nmilliseconds: [listened_s]\n"
    (tmp_path / "names.yaml").write_text(names, "utf-8")
    again, _ = convert(tmp_path / "log.csv", "--columns", tmp_path / "names.yaml")
    assert again["listened_s"].fillna(-1).tolist() == plays["listened_s"].fillna(-1).tolist()


def test_the_column_of_milliseconds_is_that_of_all_files(convert, tmp_path):
    (tmp_path / "1.csv").write_text(spotify("2020-01-01 10:00:00", played="180.000"), "utf-8")
    (tmp_path / "2.csv").write_text(spotify("2020-01-01 11:00:00", played="95000.5"), "utf-8")
    plays, _ = convert(tmp_path / "1.csv", tmp_path / "2.csv")
    assert plays["listened_s"].tolist() == pytest.approx([0.18, 95.0005])


def test_seconds_have_decimal_points(convert, tmp_path):
    (tmp_path / "log.csv").write_text("u,t,sec,s\na,2020-01-01 10:00:00,180.000,x\n", "utf-8")
    (tmp_path / "names.yaml").write_text(
        "columns: {listener: u, time: t, track: s, listened_s: sec}\n", "utf-8"
    )
    plays, _ = convert(tmp_path / "log.csv", "--columns", tmp_path / "names.yaml")
    assert plays["listened_s"].tolist() == [180]

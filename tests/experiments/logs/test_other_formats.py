"""The other formats of logs: data sets, services, tables by names of their columns, and our own studies."""

import gzip
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segue.experiments import evaluate
from segue.experiments.logs import read_plays, write_plays
from segue.experiments.logs.plays import read_notes
from segue.features import UserError

MSSD = """\
session_id,session_position,session_length,track_id_clean,skip_1,skip_2,skip_3,not_skipped,\
hist_user_behavior_is_shuffle,hour_of_day,date,hist_user_behavior_reason_start,hist_user_behavior_reason_end
s1,2,3,t_b,false,false,false,true,true,16,2018-07-15,trackdone,trackdone
s1,1,3,t_a,false,true,true,false,true,16,2018-07-15,clickrow,fwdbtn
s0,1,2,t_a,false,false,true,false,false,3,2018-07-16,appload,endplay
s1,3,3,t_c,true,true,true,true,true,16,2018-07-15,fwdbtn,fwdbtn
s0,2,2,t_x,,,,,false,3,2018-07-16,appload,
"""
FEATURES = (
    "track_id,duration,release_year,acoustic_vector_0\nt_a,180.5,1990,0.1\nt_b,0,1991,0.2\nt_c,60,1991,0.2\n"
)


def test_mssd_with_its_track_features(convert, tmp_path):
    log, features = tmp_path / "log_0.csv.gz", tmp_path / "tf_mini.csv"
    log.write_bytes(gzip.compress(MSSD.encode()))
    features.write_text(FEATURES, "utf-8")
    plays, printed = convert(features, log)
    assert plays["session"].tolist() == ["s0", "s0", "s1", "s1", "s1"]
    assert plays["track"].tolist() == ["t_a", "t_x", "t_a", "t_b", "t_c"]
    assert plays["skipped"].tolist() == [False, pd.NA, True, False, True]
    assert plays["duration_s"].fillna(-1).tolist() == [180.5, -1, 180.5, -1, 60]
    assert plays["time"].iloc[2] == pd.Timestamp("2018-07-15 16:00", tz="UTC")
    assert plays["shuffle"].tolist() == [False, False, True, True, True]
    assert "lengths of tracks that cannot be" in printed
    assert "both `skip_2` and `not_skipped`" in printed
    assert "mssd" in convert.refused(features)


YAMBDA = pd.DataFrame(
    {
        "uid": np.array([7, 7, 7, 7, 9], "uint32"),
        "timestamp": np.array([400, 1000, 100, 20_000, 50], "uint32"),
        "item_id": np.array([1, 2, 3, 4, 1], "uint32"),
        "is_organic": np.array([1, 0, 1, 0, 1], "uint8"),
        "event_type": ["listen", "listen", "listen", "listen", "like"],
        "played_ratio_pct": np.array([100, 160, 10, 49, 0], "uint16"),
        "track_length_seconds": np.array([200, 100, 200, 0, 5], "uint32"),
    }
)


def test_yambda_events(convert, tmp_path):
    YAMBDA.to_parquet(tmp_path / "multi_event.parquet")
    plays, printed = convert(tmp_path / "multi_event.parquet")
    assert plays["session"].tolist() == ["7/000000"] * 3 + ["7/000001"]
    assert plays["track"].tolist() == ["3", "1", "2", "4"]
    assert plays["listened"].tolist() == [0.1, 1, 1, 0.49]
    assert plays["listened_s"].fillna(-1).tolist() == [20, 200, 160, -1]
    assert plays["skipped"].tolist() == [True, False, False, True]
    assert "events other than listens: 1" in printed
    assert "played ratios above 100 %" in printed


@pytest.mark.parametrize("kind", [pa.list_, pa.large_list, lambda item: pa.list_(item, 2)])
def test_yambda_sequences(kind, convert, tmp_path):
    events = YAMBDA[YAMBDA["event_type"] == "listen"].assign(uid=np.array([7, 7, 8, 8], "uint32"))
    lists = pa.Table.from_pandas(events.groupby("uid").agg(list).reset_index(), preserve_index=False)
    schema = [
        pa.field(field.name, kind(field.type.value_type) if field.name != "uid" else field.type)
        for field in lists.schema
    ]
    pq.write_table(lists.cast(pa.schema(schema)), tmp_path / "sequential.parquet")
    events.drop(columns="event_type").to_parquet(tmp_path / "listens.parquet")
    sequential, flat = (convert(tmp_path / f"{name}.parquet")[0] for name in ("sequential", "listens"))
    pd.testing.assert_frame_equal(sequential, flat)


def listen(at, **others):
    extra = {"recording_mbid": "m-1", "duration_ms": 180_000, "isrc": "USABC1234567"}
    metadata = {"track_name": "One", "artist_name": "Band", "additional_info": extra, **others}
    return {"listened_at": at, "user_name": "somebody", "track_metadata": metadata}


def test_listenbrainz_says_nothing_of_skips(convert, tmp_path):
    lines = [json.dumps(listen(1_600_000_000 - 240 * k)) for k in range(3)]
    lines += ["", "{broken", "7", json.dumps(listen(1_500_000_000, additional_info=None, mbid_mapping=3))]
    lines += [json.dumps({"listened_at": 1_600_000_000, "track_metadata": None})]
    file = tmp_path / "listens.jsonl"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    plays, printed = convert(file)
    assert plays["time"].is_monotonic_increasing
    assert plays["position"].tolist() == [0, 0, 1, 2]
    assert plays["track"].tolist() == ["Band – One", "m-1", "m-1", "m-1"]
    assert plays["duration_s"].fillna(0).tolist() == [0, 180, 180, 180]
    assert plays[["skipped", "listened", "listened_s"]].isna().all(axis=None)
    assert plays["isrc"].iloc[1] == "USABC1234567"
    assert "entries that are not JSON objects: 2" in printed
    assert "listens without a track: 1" in printed


def test_equal_times_of_a_log_from_the_newest_keep_their_order(convert, tmp_path):
    names = ["last", "third", "second", "first"]
    entries = [
        listen(at, track_name=name, additional_info={})
        for at, name in zip((900, 500, 500, 100), names, strict=True)
    ]
    for entry in entries:
        entry["listened_at"] += 1_600_000_000
    file = tmp_path / "listens.json"
    file.write_text(json.dumps(entries), "utf-8")
    assert convert(file)[0]["title"].tolist() == names[::-1]


LASTFM = """\
user_2\t2009-05-04T23:08:57Z\tf1b1cf71\tDeep Dish\t\tFuck Me Im Famous
user_2\t2009-05-04T13:54:10Z\ta7f7df4a\t坂本龍一\tm-2\t"Composition 0919
user_1\t2009-05-04T13:52:04Z\ta7f7df4a\t坂本龍一\tm-3\tMc2
user_1\t1970-01-01T00:00:00Z\ta7f7df4a\t坂本龍一\tm-3\tMc2
user_1\t2009-05-04T13:42:52Z\ta7f7df4a\t坂本龍一
user_1\t2009-05-04T13:48:52Z\ta7f7df4a\t坂本龍一\t\t
"""


def test_lastfm(convert, tmp_path):
    file = tmp_path / "userid-timestamp-artid-artname-traid-traname.tsv"
    file.write_text(LASTFM, "utf-8")
    plays, printed = convert(file)
    assert plays["session"].tolist() == ["user_1/000000", "user_2/000000", "user_2/000001"]
    assert plays["track"].tolist() == ["m-3", "m-2", "Deep Dish – Fuck Me Im Famous"]
    assert plays["title"].iloc[1] == '"Composition 0919'
    assert plays["skipped"].isna().all()
    for counted in ("plays before 1995: 1", "rows without exactly 6 cells: 1", "plays without a track: 1"):
        assert counted in printed


NAMES = """\
columns: {listener: user, session: visit, track: song, position: n, listened_s: ms, skipped: was, title: song}
milliseconds: [listened_s]
true: [ja]
false: [nein]
"""
TABLE = "user;visit;song;n;ms;was\nanna;1;b;2;4000;ja\nanna;1;a;1;90000;nein\nbo;1;a;7;;?\n"


def test_a_table_by_names_of_its_columns(convert, tmp_path):
    table, names = tmp_path / "table.csv", tmp_path / "names.yaml"
    table.write_text(TABLE, "utf-8")
    names.write_text(NAMES, "utf-8")
    plays, _ = convert(table, "--columns", names)
    assert plays["session"].tolist() == ["anna/1", "anna/1", "bo/1"]
    assert plays["track"].tolist() == ["a", "b", "a"]
    assert plays["position"].tolist() == [0, 1, 0]
    assert plays["listened_s"].fillna(-1).tolist() == [90, 4, -1]
    assert plays["skipped"].tolist() == [False, True, pd.NA]


@pytest.mark.parametrize(
    ("values", "extra"),
    [
        (["1600000000", "1600000180"], "time_format: epoch"),
        (["13.09.2020 12:26:40", "13.09.2020 12:29:40"], "time_format: '%d.%m.%Y %H:%M:%S'"),
        (["2020-09-13T14:26:40+02:00", "2020-09-13 12:29:40"], ""),
        (["13/09/2020 12:26:40", "13/09/2020 12:29:40"], "day_first: true"),
        (["2020-09-13 12:27:40", "2020-09-13 12:30:40"], "time: end"),
    ],
)
def test_times_of_a_table(values, extra, convert, tmp_path):
    table, names = tmp_path / "table.csv", tmp_path / "names.yaml"
    table.write_text("a,b,c\n" + "".join(f"{value},x{k},60\n" for k, value in enumerate(values)), "utf-8")
    names.write_text(f"columns: {{time: a, track: b, listened_s: c}}\n{extra}\n", "utf-8")
    plays, _ = convert(table, "--columns", names)
    assert plays["time"].tolist() == list(
        pd.to_datetime(["2020-09-13 12:26:40", "2020-09-13 12:29:40"], utc=True)
    )
    assert plays["position"].tolist() == [0, 1]


def test_the_fraction_heard_is_completed_where_seconds_and_the_length_are_known(convert, tmp_path):
    (tmp_path / "table.csv").write_text(
        "t,s,h,d,f\n1,a,60,120,\n2,b,200,100,\n3,c,60,,\n4,d,60,120,0.3\n", "utf-8"
    )
    names = "columns: {position: t, track: s, listened_s: h, duration_s: d, listened: f}\n"
    (tmp_path / "names.yaml").write_text(names, "utf-8")
    plays, printed = convert(tmp_path / "table.csv", "--columns", tmp_path / "names.yaml")
    assert plays["listened"].fillna(-1).tolist() == [0.5, 1, -1, 0.3]
    assert "fractions heard, computed from seconds and lengths: 2" in printed


def test_a_table_of_skips_alone(convert, tmp_path):
    (tmp_path / "names.yaml").write_text("columns: {skipped: s}", "utf-8")
    pd.DataFrame({"s": [1, 0, 0]}).to_parquet(tmp_path / "skips.parquet")
    plays, printed = convert(
        tmp_path / "skips.parquet", "--columns", tmp_path / "names.yaml", "--listener", "crowd"
    )
    assert plays["skipped"].tolist() == [True, False, False]
    assert plays["session"].unique().tolist() == ["crowd/000000"]
    assert "plays without a column of tracks, called unknown: 3" in printed


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("title: t, artist: a", ["Abba – One", "Abba – Two", "Cher – One", "Abba – One"]),
        ("title: t", [" – One", " – Two", " – One", " – One"]),
        ("title: t, artist: a, uri: u", ["u:1", "Abba – Two", "u:3", "u:1"]),
    ],
)
def test_a_table_without_identifiers_tells_tracks_apart_by_what_it_has(columns, expected, convert, tmp_path):
    (tmp_path / "table.csv").write_text(
        "n,t,a,u\n1,One,Abba,u:1\n2,Two,Abba,\n3,One,Cher,u:3\n4,One,Abba,u:1\n5,,,\n", "utf-8"
    )
    (tmp_path / "names.yaml").write_text(f"columns: {{position: n, {columns}}}", "utf-8")
    plays, printed = convert(tmp_path / "table.csv", "--columns", tmp_path / "names.yaml")
    assert plays["track"].tolist() == expected
    assert "plays without a track: 1" in printed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("columns: {song: a}", "Unknown column of a table of plays 'song'"),
        ("columns: {track: other}", "Unknown column of '"),
        ("track: a", "needs a mapping `columns`"),
        ("columns: {track: a}\ntime: middle", "start or end"),
        ("columns: {track: a}\nmilliseconds: [track]", "milliseconds lists"),
        ("columns: {track: a}\nkolumns: 3", "Unknown key 'kolumns'"),
        ("columns: [", "not YAML"),
    ],
)
def test_names_of_columns_that_are_wrong(text, told, convert, tmp_path):
    (tmp_path / "table.csv").write_text("a\nx\n", "utf-8")
    (tmp_path / "names.yaml").write_text(text, "utf-8")
    assert told in convert.refused(tmp_path / "table.csv", "--columns", tmp_path / "names.yaml")


def test_an_evaluation_and_a_study_of_our_own(convert, tmp_path, finished):
    _, own = evaluate("random", "segue/Session-v0", {"catalog": "synthetic:200"}, seeds=range(5))
    own.to_parquet(tmp_path / "own.parquet")
    plays, _ = convert(tmp_path / "own.parquet")
    assert len(plays) == len(own)
    assert plays["skipped"].sum() == own["skipped"].sum()
    assert (plays["end_reason"] == "left").sum() == own["left"].sum()
    assert plays["listener"].nunique() == plays["session"].nunique() == 5
    study, _ = convert(finished)
    # Four agents have two runs of 30 sessions each; all of them for the same listeners.
    assert study["session"].nunique() == 4 * 2 * 30
    assert study["listener"].nunique() == 2 * 30
    run = next(path for path in (finished / "runs").iterdir() if "random" in path.name)
    one, _ = convert(run)
    assert one["session"].nunique() == 30
    assert one["duration_s"].notna().all()
    np.testing.assert_allclose(one["listened_s"], one["listened"] * one["duration_s"])


def test_a_table_of_plays_survives_writing_and_reading(tmp_path):
    plays = pd.DataFrame(
        {"session": list("aab"), "listener": list("xxy"), "position": [0, 1, 0], "track": list("tut")}
    ).assign(listened=[0.3, None, 1.0], skipped=[True, None, False], other="left out")
    path = write_plays(plays, tmp_path / "plays.parquet", {"source": "test"})
    read = read_plays(path)
    assert read["listened"].equals(plays["listened"])
    assert read["skipped"].tolist() == [True, pd.NA, False]
    assert "other" not in read
    assert read_notes(path) == {"source": "test"}
    assert list(read_plays(path, ["track"])) == ["track"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"position": [0, 2, 0]}, "position does not count from 0"),
        ({"session": list("aba")}, "session continues after another session"),
        ({"listener": list("xyz")}, "listener differs"),
        ({"listened": [2.0, 0, 0]}, "listened must be from 0 to 1"),
        ({"listened_s": [-2.0, 0, 0]}, "listened_s must be 0 or more"),
        ({"track": ["t", None, "t"]}, "track is missing in row 1"),
        ({"position": [0, 0.5, 0]}, "not whole numbers"),
        ({"skipped": ["perhaps", "no", "no"]}, "not true or false"),
        ({"time": ["yesterday"] * 3}, "not times"),
    ],
)
def test_a_table_of_plays_that_is_not_valid_is_not_written(wrong, told, tmp_path):
    plays = pd.DataFrame(
        {"session": list("aab"), "listener": list("xxy"), "position": [0, 1, 0], "track": list("tut")}
    )
    with pytest.raises(UserError, match=told):
        write_plays(plays.assign(**wrong), tmp_path / "plays.parquet")
    assert list(tmp_path.iterdir()) == []

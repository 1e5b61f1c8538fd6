"""Spotify's streaming history: JSON, the zip archive as delivered, and tables made from it."""

import json

import pandas as pd
import pytest

AT = "2021-03-0{}T{}Z"


def test_time_is_when_a_play_began_and_ts_when_it_stopped(convert, entry, write_json):
    plays, _ = convert(write_json("endsong_0.json", [entry("2021-03-01T12:03:20Z", 200_000)]))
    assert plays["time"].tolist() == [pd.Timestamp("2021-03-01 12:00:00", tz="UTC")]
    assert plays["listened_s"].tolist() == [200]
    assert plays["track"].tolist() == ["spotify:track:" + "a" * 22]
    assert plays.loc[0, ["title", "artist"]].tolist() == ["One", "Band"]


def test_a_session_ends_after_half_an_hour_of_silence_not_of_playing(convert, entry, write_json):
    history = [
        entry("2021-03-01T12:00:00Z", 60_000),
        entry("2021-03-01T12:40:00Z", 900_000),  # began at 12:25, 25 minutes after the play before
        entry("2021-03-01T13:14:00Z", 180_000),  # began at 13:11, 31 minutes after
    ]
    file = write_json("endsong_0.json", history)
    assert convert(file)[0]["position"].tolist() == [0, 1, 0]
    assert convert(file, "--gap", "20")[0]["position"].tolist() == [0, 0, 0]
    assert convert(file, "--gap", "32")[0]["position"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("skipped", "reason_end", "expected"),
    [
        (True, "endplay", True),
        (None, "fwdbtn", True),
        (False, "fwdbtn", True),  # exports of some years say false for every play
        (None, "backbtn", True),
        (None, "trackdone", False),
        (False, "endplay", False),
        (None, "endplay", None),
        (None, None, None),
        (None, "", None),
    ],
)
def test_skips(skipped, reason_end, expected, convert, entry, write_json):
    history = [entry("2021-03-01T12:00:00Z", skipped=skipped, reason_end=reason_end)]
    (found,) = convert(write_json("endsong_0.json", history))[0]["skipped"]
    assert (None if pd.isna(found) else bool(found)) is expected


def test_a_reason_may_be_absent_altogether(convert, entry, write_json):
    first, second = entry("2021-03-01T12:00:00Z"), entry("2021-03-01T12:05:00Z", skipped=True)
    for name in ("reason_end", "skipped"):
        del first[name]
    plays, _ = convert(write_json("endsong_0.json", [first, second]))
    assert plays["skipped"].isna().tolist() == [True, False]
    assert plays["end_reason"].isna().tolist() == [True, False]


def test_the_archive_as_delivered(convert, entry, write_zip, tmp_path):
    podcast = {"spotify_track_uri": None, "master_metadata_track_name": None}
    later = [
        entry("2021-03-02T12:00:00Z"),
        entry(
            "2021-03-02T12:10:00Z",
            uri=None,
            track=None,
            episode_name="Talk",
            spotify_episode_uri="spotify:episode:x",
        ),
        entry("2021-03-02T12:20:00Z", incognito_mode=True),
        entry("2021-03-02T12:25:00Z", audiobook_uri="spotify:show:b", audiobook_title="Book"),
        entry("2021-03-02T12:30:00Z", **podcast),
    ]
    archive = write_zip(
        "my_spotify_data.zip",
        {
            "Spotify Extended Streaming History/Streaming_History_Audio_2021_10.json": json.dumps(later),
            "Spotify Extended Streaming History/Streaming_History_Audio_2021_2.json": json.dumps(
                [entry("2021-03-01T12:00:00Z", uri="b" * 22)]
            ),
            "Spotify Extended Streaming History/Streaming_History_Video_2021.json": json.dumps(
                [entry("2021-03-03T12:00:00Z"), entry("2021-03-04T12:00:00Z")]
            ),
            "Spotify Extended Streaming History/ReadMeFirst_ExtendedStreamingHistory.pdf": b"%PDF-1.4",
            "__MACOSX/._Streaming_History_Audio_2021_2.json": b"\0\5\26\7" * 9,
            "Spotify Extended Streaming History/Cover.txt": b"\0" * 99,
            "Spotify Extended Streaming History/Userdata.json": '{"username": "somebody"}',
        },
    )
    plays, printed = convert(archive)
    assert plays["track"].str[-1].tolist() == ["b", "a"]
    assert plays["listener"].tolist() == ["listener-1"] * 2
    for counted in (
        "podcasts: 1",
        "plays in private sessions: 1",
        "audiobooks: 1",
        "plays without a track: 1",
        "videos: 2",
        "files that are not logs: 2",
        "Read 8 rows of 3 files as spotify",
    ):
        assert counted in printed
    for private in ("somebody", "192.0.2.7", "Android", "GB"):
        assert private.encode() not in (tmp_path / "plays-1.parquet").read_bytes()
        assert (
            not plays.astype(str).apply(lambda column, word=private: column.str.contains(word)).any(axis=None)
        )


def test_a_folder_is_read_like_the_archive(convert, entry, tmp_path):
    folder = tmp_path / "MyData"
    folder.mkdir()
    for number, day in ((10, 2), (9, 1)):
        (folder / f"endsong_{number}.json").write_text(
            json.dumps([entry(f"2021-03-0{day}T12:00:00Z")]), "utf-8"
        )
    plays, _ = convert(folder, "--listener", "me")
    assert plays["session"].tolist() == ["me/000000", "me/000001"]


KAGGLE = """\
spotify_track_uri,ts,platform,ms_played,track_name,artist_name,album,reason_start,reason_end,shuffle,skipped
2J3n32GeLmMjwuAzyhcSNe,{0},web player,3185,"Say It, Just Say It",Mowgli's,Wait,autoplay,clickrow,FALSE,FALSE
1oHxIPqJyvAYHy0PVrDU98,{0},web player,61865,Drinking,Calvin Harris,18 Months,clickrow,clickrow,FALSE,FALSE
487OPlneJNni3NWC8SYqhW,{0},web player,285386,Born To Die,Lana Del Rey,Born,clickrow,unknown,FALSE,FALSE
5IyblF777jLZj1vGHG2UD3,{1},web player,0,Off,Lana Del Rey,Born,trackdone,fwdbtn,TRUE,TRUE
5IyblF777jLZj1vGHG2UD3,{1},web player,0,Off,Lana Del Rey,Born,trackdone,fwdbtn,TRUE,TRUE
"""


@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_table_without_seconds_keeps_the_order_of_the_file(separator, convert, tmp_path):
    text = KAGGLE.format("7/8/2013 2:44", "7/28/2013 2:45")
    if separator == "\t":
        text = text.replace('"Say It, Just Say It"', "Say It; Just Say It").replace(",", "\t")
    file = tmp_path / "history.csv"
    file.write_text("\ufeff" + text, "utf-8")
    plays, _ = convert(file)
    # Two skips within one minute are two plays, also of the same track.
    assert plays["title"].str[:3].tolist() == ["Say", "Dri", "Bor", "Off", "Off"]
    assert plays["time"].iloc[-1] == pd.Timestamp("2013-07-28 02:45", tz="UTC")
    assert plays["skipped"].tolist() == [False, False, False, True, True]
    assert plays["shuffle"].tolist() == [False, False, False, True, True]
    assert plays["listened_s"].iloc[0] == 3.185


def test_the_newest_play_may_come_first_in_a_table(convert, tmp_path):
    head, *rows = KAGGLE.format("7/8/2013 2:44", "7/28/2013 2:45").splitlines()
    file = tmp_path / "history.csv"
    file.write_text("\n".join([head, *reversed(rows)]) + "\n", "utf-8")
    assert convert(file)[0]["title"].str[:3].tolist() == ["Say", "Dri", "Bor", "Off", "Off"]


def test_the_day_may_come_first_in_dates(convert, tmp_path):
    file = tmp_path / "history.csv"
    file.write_text(KAGGLE.format("8/7/2013 2:44", "28/7/2013 2:45"), "utf-8")
    assert convert(file)[0]["time"].dt.month.unique().tolist() == [7]


def test_dates_that_show_no_order_are_read_as_month_and_day_and_said_so(convert, tmp_path):
    file = tmp_path / "history.csv"
    file.write_text(KAGGLE.format("7/8/2013 2:44", "7/9/2013 2:45"), "utf-8")
    plays, printed = convert(file)
    assert plays["time"].dt.month.unique().tolist() == [7]
    assert "read as month/day" in printed


def test_a_file_named_twice_gives_its_plays_once(convert, entry, write_json, tmp_path):
    file = write_json(
        "endsong_0.json", [entry("2021-03-01T12:00:00Z"), entry("2021-03-01T12:04:00Z", uri="b" * 22)]
    )
    plays, printed = convert(file, file)
    assert len(plays) == 2
    assert "duplicates: 2" in printed
    table = tmp_path / "history.csv"
    table.write_text(KAGGLE.format("7/8/2013 2:44", "7/28/2013 2:45"), "utf-8")
    assert len(convert(table, table)[0]) == 5


def test_files_of_a_folder_are_of_one_listener_and_those_of_several_folders_and_archives_are_not(
    convert, entry, write_zip, tmp_path
):
    histories = [
        [entry("2021-03-01T12:00:00Z"), entry("2021-03-01T12:04:00Z", uri="b" * 22)],
        [entry("2021-03-01T12:04:00Z", uri="b" * 22), entry("2021-03-01T12:08:00Z", uri="c" * 22)],
    ]
    texts = [json.dumps(history) for history in histories]
    files = [tmp_path / f"{folder}/Streaming_History_Audio_{k}.json" for folder in "ab" for k in (0, 1)]
    for file, text in zip(files, texts * 2, strict=True):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    plays, printed = convert(*files[:2])
    assert plays["session"].unique().tolist() == ["listener-1/000000"]
    assert plays["track"].str[-1].tolist() == ["a", "b", "c"]
    assert "duplicates: 1" in printed
    archives = [
        write_zip(f"{name}.zip", {"endsong_0.json": text}) for name, text in zip("cd", texts, strict=True)
    ]
    for arguments in (files, [tmp_path / "a", tmp_path / "b"], archives):
        assert convert(*arguments)[0]["listener"].unique().tolist() == ["listener-1", "listener-2"]
        assert convert(*arguments, "--listener", "me")[0]["listener"].unique().tolist() == ["me"]


def plain(time, track):
    return {"endTime": time, "artistName": "Band", "trackName": track, "msPlayed": 60_000}


def test_the_plain_history_adds_only_what_the_extended_one_does_not_cover(convert, entry, write_zip):
    extended = [entry("1970-01-01T00:00:00Z"), entry("2021-03-01T12:00:30Z"), entry("2021-03-02T12:00:30Z")]
    later = [entry("2021-03-04T12:00:30Z", uri="b" * 22), entry("2099-01-01T00:00:00Z")]
    times = (
        "2021-03-01 11:59",
        "2021-03-01 12:00",
        "2021-03-02 12:00",
        "2021-03-03 12:00",
        "2021-03-05 12:00",
    )
    archive = write_zip(
        "data.zip",
        {
            "StreamingHistory_music_0.json": json.dumps([plain(time, time) for time in times]),
            "Streaming_History_Audio_2021_0.json": json.dumps(extended),
            "Streaming_History_Audio_2021_1.json": json.dumps(later),
        },
    )
    plays, printed = convert(archive)
    assert plays["title"].tolist() == [times[0], "One", "One", times[3], "One", times[4]]
    assert "plays of the plain history whose time the extended history covers: 2" in printed


def test_the_plain_history_of_one_person_and_the_extended_one_of_another_are_kept(convert, entry, write_zip):
    one = write_zip("1.zip", {"StreamingHistory0.json": json.dumps([plain("2021-03-01 12:00", "One")])})
    other = write_zip("2.zip", {"endsong_0.json": json.dumps([entry("2021-03-01T12:00:30Z")])})
    assert len(convert(one, other)[0]) == 2
    plays, printed = convert(one, other, "--listener", "me")
    assert len(plays) == 1
    assert "extended history covers: 1" in printed


def test_impossible_plays_are_left_out_and_counted(convert, entry, write_json):
    history = [
        entry("2021-03-01T12:00:00Z"),
        entry("1970-01-01T00:00:00Z"),
        entry("2999-01-01T00:00:00Z"),
        entry("yesterday"),
        entry(None),
        entry("2021-03-01T13:00:00Z", -5),
        entry("2021-03-01T14:00:00Z", 200_000_000),
    ]
    plays, printed = convert(write_json("endsong_0.json", history))
    assert len(plays) == 1
    for counted in (
        "plays before 1995: 1",
        "plays in the future: 1",
        "plays without a time that can be read: 2",
        "plays of a negative length: 1",
        "plays of more than a day: 1",
    ):
        assert counted in printed


def test_the_plain_history_is_read_too(convert, write_json):
    entry = {"endTime": "2022-12-05 16:52", "artistName": "Band", "trackName": "One", "msPlayed": 152_293}
    plays, _ = convert(write_json("StreamingHistory_music_0.json", [entry]))
    assert plays["track"].tolist() == ["Band – One"]
    assert plays["skipped"].isna().all()

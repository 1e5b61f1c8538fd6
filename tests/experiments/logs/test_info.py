"""What `segue logs info` says of a table of plays, and its picture."""

import matplotlib.image
import numpy as np
import pandas as pd
import pytest

from segue.experiments.cli import main
from segue.experiments.logs import iterate_plays, write_plays
from segue.experiments.logs.summary import summarise


@pytest.fixture(scope="module")
def plays():
    """Five sessions of two listeners, whose numbers can be counted by hand."""
    skipped = [[True, True, False, None], [False, True], [True], [None], [False] * 3]
    rows = [
        {
            "session": f"s{number}",
            "listener": "anna" if number < 3 else "bo",
            "position": position,
            "time": pd.Timestamp("2020-12-31 22:00", tz="UTC") + pd.Timedelta(days=number, minutes=position),
            "track": f"t{position}",
            "skipped": skip,
            "listened": 0.1 if skip else 1.0,
        }
        for number, skips in enumerate(skipped)
        for position, skip in enumerate(skips)
    ]
    return pd.DataFrame(rows).astype({"skipped": "boolean"})


def test_counts(plays, tmp_path):
    summary = summarise(write_plays(plays, tmp_path / "plays.parquet"))
    assert (summary.plays, len(summary.per_listener), len(summary.per_track)) == (11, 2, 4)
    assert summary.lengths.tolist() == [0, 2, 1, 1, 1]
    assert summary.skip_rate == pytest.approx(4 / 9)
    assert summary.skips[:3].tolist() == [[2, 2], [1, 2], [2, 0]]
    assert summary.skip_rate_after(True) == pytest.approx(1 / 2)
    assert summary.skip_rate_after(False) == pytest.approx(1 / 3)
    assert summary.hours[22] == 11
    assert summary.months.tolist() == [4, 7]


def test_counts_do_not_depend_on_the_pieces(plays, tmp_path):
    path = write_plays(plays, tmp_path / "plays.parquet")
    whole = summarise(path)
    for rows in (1, 2, 3, 7):
        pieces = list(iterate_plays(path, rows=rows))
        assert pd.concat(pieces)["session"].tolist() == plays["session"].tolist()
        assert all((piece["position"] == 0).iloc[0] for piece in pieces)
        again = type(whole)(whole.name, whole.notes)
        for piece in pieces:
            again.add(piece)
        assert again.rows() == whole.rows()
        np.testing.assert_array_equal(again.after, whole.after)


@pytest.mark.parametrize("told", [True, False])
def test_the_picture_and_the_table(told, plays, tmp_path, capsys):
    frame = plays if told else plays[["session", "listener", "position", "track"]]
    path = write_plays(frame, tmp_path / "plays.parquet", {"format": "test", "left_out": {"podcasts": 3}})
    main(["logs", "info", str(path), "--out", str(tmp_path / "plays.png")])
    printed = capsys.readouterr().out
    assert "podcasts: 3" in printed
    assert ("2020-12-31 to 2021-01-04" in printed) == told
    assert ("44 %; 50 % after a skip, 33 % otherwise" in printed) == told
    picture = matplotlib.image.imread(tmp_path / "plays.png")
    assert picture.shape[:2] == (728, 1300)
    assert picture[:, :, :3].std() > 0.05


def test_what_cannot_be_described(plays, tmp_path, capsys):
    plays.to_csv(tmp_path / "plays.csv")
    plays.drop(columns="track").to_parquet(tmp_path / "other.parquet")
    write_plays(plays[:0], tmp_path / "empty.parquet")
    plays.assign(position=3).to_parquet(tmp_path / "wrong.parquet")
    whole = write_plays(plays, tmp_path / "plays.parquet")
    (tmp_path / "cut.parquet").write_bytes(whole.read_bytes()[:-40])
    for arguments, told in (
        (["none.parquet"], "no table of plays"),
        (["plays.csv"], "not a whole Parquet file"),
        (["other.parquet"], "lacks track"),
        (["empty.parquet"], "has no plays"),
        (["wrong.parquet"], "position does not count from 0"),
        (["cut.parquet"], "not a whole Parquet file"),
        (["plays.parquet", "--out", "picture.docx"], "not a known picture format"),
        ([], "No file given"),
    ):
        words = [str(tmp_path / word) if "." in word else word for word in arguments]
        with pytest.raises(SystemExit) as stopped:
            main(["logs", "info", *words])
        assert stopped.value.code == 2
        assert told in capsys.readouterr().err

"""Opening catalogues by name and path."""

import gymnasium as gym
import pandas as pd
import pytest

from segue.features import Catalog, UserError, open_catalog


def test_catalogues_open_by_name_path_and_object(tmp_path):
    synthetic = open_catalog("synthetic:50:7")
    assert len(synthetic) == 50
    assert open_catalog("synthetic:50:7") is synthetic is open_catalog(synthetic)
    demo = open_catalog("demo")
    imitation = open_catalog("synthetic:50:7", like=demo)
    assert imitation is open_catalog("synthetic:50:7", like=demo)
    assert imitation.scaler is demo.scaler
    assert open_catalog("demo", like=synthetic) is demo
    path = synthetic.save(tmp_path / "mine.parquet")
    first = open_catalog(path)
    assert open_catalog(str(path)) is first
    Catalog.synthetic(60).save(path)
    assert len(open_catalog(path)) == 60


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("demmo", "did you mean 'demo'"),
        ("no/such.parquet", "no catalogue file"),
        ("synthetic:0", "at least 1"),
        ("missing.csv", "There is no file 'missing.csv'; check its path"),
        ("x" * 300, "Unknown catalogue 'xxx"),
    ],
)
def test_an_unknown_source_is_refused_with_a_fix(source, reason):
    with pytest.raises(UserError, match=reason):
        open_catalog(source)


def test_a_table_of_another_program_opens_as_a_catalogue(tmp_path):
    path = tmp_path / "songs.csv"
    path.write_text("track_id,tempo\n001,120\n002,90\n")
    catalog = open_catalog(path)
    assert (catalog.name, list(catalog.ids)) == ("songs", ["001", "002"])
    assert open_catalog(str(path)) is catalog
    path.write_text("track_id,tempo\n001,120\n002,0\n003,x\n")
    with pytest.warns(
        UserWarning, match=r"songs\.csv was converted: .*tempo 0 means unknown: 1 row \(line 3\)"
    ):
        assert len(open_catalog(path)) == 3


def test_a_data_frame_opens_as_a_catalogue():
    frame = pd.DataFrame({"id": ["a", "b"], "tempo": [90.0, 120.0]})
    assert list(open_catalog(frame).ids) == ["a", "b"]
    with pytest.raises(UserError, match="not int"):
        open_catalog(7)


def test_an_environment_takes_a_data_frame():
    frame = open_catalog("synthetic:60").tracks
    env = gym.make("segue.envs:segue/Playlist-v0", catalog=frame, pool_size=10)
    assert env.reset(seed=0)[0]["candidates"].shape[0] == 10

"""A playlist for one listener of a log follows the taste that the fit found for that listener."""

import pandas as pd
import pytest
import yaml

from segue.experiments import make_playlist
from segue.features import UserError, open_catalog

TASTE = {"terms": {"taste": {"weight": 2.0}}}


@pytest.fixture
def fitted(tmp_path):
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"name": "mine", "reward": "completion", **TASTE}))
    rows = [{"listener": "ann", "taste.energy": 1.0}, {"listener": "bob", "taste.energy": -1.0}]
    pd.DataFrame(rows).to_parquet(tmp_path / "mine.listeners.parquet")
    return str(tmp_path / "mine.yaml")


def test_each_listener_hears_what_they_like(fitted):
    catalog = open_catalog("demo")
    energy = {}
    for name in ("ann", "bob"):
        made = make_playlist(catalog, {"tracks": 5, "listener": fitted, "for": name})
        energy[name] = made.tracks["energy_percentile"]
    assert energy["ann"].min() > 0.9
    assert energy["bob"].max() < 0.1


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"for": "ann", "like": ["Stg00"]}, "--for and --like"),
        ({"for": "eve"}, "Unknown listener 'eve'"),
        ({"for": "ann", "listener": "full"}, "--listener mine.yaml"),
    ],
)
def test_a_listener_that_cannot_be_found_is_refused(fitted, request_, message):
    with pytest.raises(UserError, match=message):
        make_playlist(open_catalog("demo"), {"tracks": 5, "listener": fitted, **request_})


def test_without_the_table_or_its_tastes_a_sentence_says_so(fitted, tmp_path):
    request = {"tracks": 5, "listener": fitted, "for": "ann"}
    pd.DataFrame({"listener": ["ann"], "bias": [0.1]}).to_parquet(tmp_path / "mine.listeners.parquet")
    with pytest.raises(UserError, match="found no tastes"):
        make_playlist(open_catalog("demo"), request)
    (tmp_path / "mine.listeners.parquet").write_bytes(b"damaged")
    with pytest.raises(UserError, match="run segue fit again"):
        make_playlist(open_catalog("demo"), request)
    (tmp_path / "mine.listeners.parquet").unlink()
    with pytest.raises(UserError, match="segue fit writes it"):
        make_playlist(open_catalog("demo"), request)

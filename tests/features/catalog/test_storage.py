"""Catalogue files: what is saved is loaded, files of version 0.1 included; others are refused."""

import json
import os
import random
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segue.features import LISTENING_FEATURES, Catalog, UserError, open_catalog
from segue.features.catalog.open_catalog import demo_path
from segue.features.schema import columns_by_name


def test_a_saved_catalogue_loads_unchanged(tmp_path):
    catalog = Catalog.synthetic(200, seed=1)
    again = Catalog.load(catalog.save(tmp_path / "a.parquet"))
    np.testing.assert_array_equal(again.matrix, catalog.matrix)
    np.testing.assert_array_equal(again.boundary_features, catalog.boundary_features)
    pd.testing.assert_frame_equal(again.tracks, catalog.tracks)
    assert (again.name, again.feature_names, again.notes) == (
        catalog.name,
        catalog.feature_names,
        catalog.notes,
    )
    assert (again.root, again.lacking) == ("", ())


def test_the_demo_catalogue_loads_and_has_a_checksum():
    stored = pq.read_table(demo_path())
    header = json.loads(stored.schema.metadata[b"segue.catalog"])
    catalog = open_catalog("demo")
    assert (header["schema_version"], header["name"], catalog.name) == (1, "demo", "demo")
    assert header["checksum"]
    assert catalog.notes == header["notes"]
    assert catalog.feature_names == LISTENING_FEATURES
    assert list(catalog.tracks["id"]) == stored["id"].to_pylist()
    assert set(stored.column_names) <= set(columns_by_name())
    assert catalog.scaler.as_dict() == header["scaler"]


def write_file(path, header):
    """Writes a catalogue file as version 0.1 did, with this header."""
    table = pa.table({"id": ["a", "b"], "title": ["A", "B"], "tempo": [90.0, 120.0]})
    pq.write_table(table.replace_schema_metadata({b"segue.catalog": json.dumps(header).encode()}), path)
    return path


HEADER = {
    "schema_version": 1,
    "name": "mine",
    "notes": "from a shelf",
    "scaler": {"tempo": {"knots": [60.0, 90.0, 140.0], "levels": [0.0, 0.25, 1.0]}},
}


def test_a_file_in_the_layout_of_version_0_1_loads_with_its_scaler(tmp_path):
    catalog = Catalog.load(write_file(tmp_path / "old.parquet", HEADER))
    assert (catalog.name, catalog.notes, list(catalog.tracks["id"])) == ("mine", "from a shelf", ["a", "b"])
    assert catalog.matrix[:, 0].tolist() == pytest.approx([0.25, 0.7])


@pytest.mark.parametrize(
    ("version", "fix"),
    [
        (0, "create it again with `segue extract` or `segue catalog convert`"),
        (None, "create it again with `segue extract` or `segue catalog convert`"),
        (2, "upgrade segue"),
    ],
)
def test_another_schema_version_is_refused_with_a_fix(tmp_path, version, fix):
    path = write_file(tmp_path / "other.parquet", HEADER | {"schema_version": version})
    with pytest.raises(UserError) as refused:
        Catalog.load(path)
    assert str(refused.value) == (
        f"Catalogue {str(path)!r} has schema version {version}, but this segue reads version 1; {fix}."
    )


def test_files_that_are_not_catalogues_are_refused(tmp_path):
    (tmp_path / "text.parquet").write_text("hello")
    pd.DataFrame({"tempo": [1.0]}).to_parquet(tmp_path / "plain.parquet")
    for name, reason in [
        ("text.parquet", "is not a Parquet file"),
        ("plain.parquet", "is a Parquet file but not a segue catalogue"),
        ("missing.parquet", "no catalogue file"),
    ]:
        with pytest.raises(UserError, match=reason):
            Catalog.load(tmp_path / name)


def test_paths_that_are_not_files_are_named_as_what_they_are(tmp_path):
    os.mkfifo(tmp_path / "pipe.parquet")
    (tmp_path / "link.parquet").symlink_to("nowhere.parquet")
    (tmp_path / "loop").symlink_to("loop")
    for name, reason in [
        (".", "is a folder; choose a catalogue file"),
        ("pipe.parquet", "is not a regular file"),
        ("link.parquet", "is a link that leads nowhere"),
        ("loop", "is a link that leads nowhere"),
        ("loop/a.parquet", "no catalogue file"),
        ("x" * 300 + ".parquet", "no catalogue file"),
        ("missing.csv", "There is no file '.*missing.csv'; check its path"),
    ]:
        with pytest.raises(UserError, match=reason):
            Catalog.load(tmp_path / name)
        with pytest.raises(UserError, match=reason):
            open_catalog(tmp_path / name)


def test_a_plain_parquet_table_is_to_be_saved_as_csv(tmp_path):
    pd.DataFrame({"tempo": [100.0]}).to_parquet(tmp_path / "plain.parquet")
    with pytest.raises(UserError, match="not a segue catalogue; save its table as CSV, which"):
        Catalog.load(tmp_path / "plain.parquet")


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
def test_a_name_that_is_not_unicode_is_written_and_read(tmp_path):
    catalog = Catalog.synthetic(5)
    path = tmp_path / os.fsdecode(b"caf\xe9.parquet")
    assert catalog.save(path) == path
    assert Catalog.load(path).ids.tolist() == catalog.ids.tolist()
    assert [os.fsencode(file.name) for file in tmp_path.iterdir()] == [b"caf\xe9.parquet"]


def test_saving_leaves_other_files_alone_and_follows_links(tmp_path):
    (tmp_path / "a.parquet.part").write_text("mine")
    (tmp_path / "link.parquet").symlink_to("a.parquet")
    Catalog.synthetic(5).save(tmp_path / "link.parquet")
    assert (tmp_path / "a.parquet.part").read_text() == "mine"
    assert (tmp_path / "link.parquet").is_symlink()
    assert len(Catalog.load(tmp_path / "a.parquet")) == 5
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("name", ["table.csv/x.parquet", "loop/x.parquet", "link/x.parquet"])
def test_a_folder_that_is_none_is_named(tmp_path, name):
    (tmp_path / "table.csv").write_text("a")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "link").symlink_to("table.csv")
    with pytest.raises(UserError, match=r"is not a folder; choose another output\."):
        Catalog.synthetic(5).save(tmp_path / name)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The bytes of a catalogue with text, numbers, truth values and gaps, and the catalogue."""
    frame = Catalog.synthetic(60, seed=2).tracks.assign(
        flag=[True, False] * 30, mixed=[None, "x"] * 30, count=range(60), title="Für Elise"
    )
    catalog = Catalog.from_frame(frame, "mine", notes="from a shelf", root="/music")
    path = catalog.save(tmp_path_factory.mktemp("saved") / "mine.parquet")
    return path.read_bytes(), catalog


def test_flipped_bits_are_noticed(saved, tmp_path):
    content, catalog = saved
    path = tmp_path / "mine.parquet"
    refused = 0
    for seed in range(40):
        damaged = bytearray(content)
        rng = random.Random(seed)
        for _ in range(3):
            damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        try:
            loaded = Catalog.load(path)
        except UserError:
            refused += 1
            continue
        # Some bits of a Parquet file mean nothing.
        pd.testing.assert_frame_equal(loaded.tracks, catalog.tracks)
        np.testing.assert_array_equal(loaded.matrix, catalog.matrix)
        assert (loaded.name, loaded.notes, loaded.root) == ("mine", "from a shelf", "/music")
    assert refused > 20


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_cut_file_is_refused_in_one_sentence(saved, tmp_path, share):
    content, _ = saved
    path = tmp_path / "cut.parquet"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UserError, match=r"cut\.parquet' (is damaged \(|is not a Parquet file)"):
        Catalog.load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"notes": 5},
        {"scaler": {}},
        {"scaler": None},
        {"checksum": "0" * 32},
        {"checksum": None},
    ],
)
def test_a_changed_header_is_noticed(saved, tmp_path, change):
    (tmp_path / "whole.parquet").write_bytes(saved[0])
    table = pq.read_table(tmp_path / "whole.parquet")
    header = json.loads(table.schema.metadata[b"segue.catalog"]) | change
    path = tmp_path / "changed.parquet"
    pq.write_table(table.replace_schema_metadata({b"segue.catalog": json.dumps(header)}), path)
    with pytest.raises(UserError, match=r"changed\.parquet' is damaged"):
        Catalog.load(path)


@pytest.mark.parametrize("header", [b"[1]", b"{", b"\xff", b"[" * 100_000])
def test_an_unreadable_header_is_refused(tmp_path, header):
    path = tmp_path / "odd.parquet"
    pq.write_table(pa.table({"tempo": [1.0]}).replace_schema_metadata({b"segue.catalog": header}), path)
    with pytest.raises(UserError, match="is damaged"):
        Catalog.load(path)


@pytest.mark.parametrize("missing", ["name", "notes", "scaler"])
def test_a_header_of_version_0_1_without_a_part_is_refused(tmp_path, missing):
    header = {key: value for key, value in HEADER.items() if key != missing}
    with pytest.raises(UserError, match="is damaged"):
        Catalog.load(write_file(tmp_path / "part.parquet", header))

"""Cluster codes that are kept between processes: never others than those that would be computed."""

import sys

import numpy as np
import pytest

from segue.features.catalog.kmeans import kmeans_codes

ROWS = np.random.default_rng(0).random((60, 4)).astype(np.float32)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "segue" / "clusters"


def test_known_codes_need_no_scikit_learn(monkeypatch):
    computed = kmeans_codes(ROWS, 5, 0)
    monkeypatch.setitem(sys.modules, "sklearn", None)  # importing it fails
    known = kmeans_codes(ROWS, 5, 0)
    assert np.array_equal(known, computed)
    assert known.dtype == computed.dtype == np.int32
    with pytest.raises(ImportError):
        kmeans_codes(ROWS, 5, 1)
    with pytest.raises(ImportError):
        kmeans_codes(ROWS, 6, 0)
    with pytest.raises(ImportError):
        kmeans_codes(ROWS[1:], 5, 0)
    with pytest.raises(ImportError):
        kmeans_codes(np.nextafter(ROWS, np.float32(1)), 5, 0)


@pytest.mark.parametrize(
    "damage", [lambda b: b"", lambda b: b[:-1], lambda b: b[:-1] + b"\x09", lambda b: b[:16]]
)
def test_a_damaged_file_is_replaced(folder, damage):
    computed = kmeans_codes(ROWS, 5, 0)
    (file,) = folder.iterdir()
    content = file.read_bytes()
    file.write_bytes(damage(content))
    assert np.array_equal(kmeans_codes(ROWS, 5, 0), computed)
    assert file.read_bytes() == content


def test_codes_that_need_several_bytes_are_kept():
    rows = np.random.default_rng(0).random((400, 4)).astype(np.float32)
    computed = kmeans_codes(rows, 300, 0)
    assert computed.max() == 299
    assert np.array_equal(kmeans_codes(rows, 300, 0), computed)


def test_a_folder_that_cannot_be_written_to_changes_nothing(folder):
    folder.parent.mkdir()
    folder.write_text("not a folder")
    codes = kmeans_codes(ROWS, 5, 0)
    assert np.array_equal(codes, kmeans_codes(ROWS, 5, 0))
    assert sorted(set(codes.tolist())) == [0, 1, 2, 3, 4]
    assert folder.read_text() == "not a folder"

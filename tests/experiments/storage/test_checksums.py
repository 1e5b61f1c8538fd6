"""Files that were cut, altered or lost are noticed."""

import subprocess

import pandas as pd
import pytest

from segue.experiments.storage.checksums import (
    CHECKSUMS,
    DamagedError,
    checked_table,
    read_checksums,
    require_intact,
    write_checksums,
)

FILES = ("config.json", "plays.parquet")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.json").write_text('{"seed": 1}')
    pd.DataFrame({"reward": [1.0, 2.0]}).to_parquet(tmp_path / "plays.parquet")
    write_checksums(tmp_path, "config.json")
    return tmp_path


def test_an_intact_folder_passes_and_so_does_the_usual_tool(folder):
    assert require_intact(folder, "config.json") == ["plays.parquet", "config.json"]
    table = checked_table(folder, "plays.parquet", read_checksums(folder, "config.json"))
    assert table["reward"].tolist() == [1.0, 2.0]
    subprocess.run(["sha256sum", "--check", "--strict", CHECKSUMS], cwd=folder, check=True)


def flip(content):
    return content[:3] + bytes([content[3] ^ 1]) + content[4:]


@pytest.mark.parametrize("name", [*FILES, CHECKSUMS])
@pytest.mark.parametrize("change", [lambda content: b"", lambda content: content[:-1], flip])
def test_a_changed_file_is_named(change, name, folder):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(change(content))
    with pytest.raises(DamagedError) as found:
        require_intact(folder, "config.json")
    assert str(folder) in str(found.value)
    if name != CHECKSUMS:
        assert found.value.what.startswith(name)


def test_a_list_that_lost_its_last_lines_is_noticed(folder):
    lines = (folder / CHECKSUMS).read_bytes().splitlines(keepends=True)
    (folder / CHECKSUMS).write_bytes(lines[0])
    with pytest.raises(DamagedError, match="SHA256SUMS is cut or altered"):
        require_intact(folder, "config.json")


def test_what_is_no_file_counts_as_missing(folder):
    (folder / "plays.parquet").unlink()
    (folder / "plays.parquet").symlink_to("/dev/zero")
    with pytest.raises(DamagedError, match=r"plays\.parquet is missing"):
        require_intact(folder, "config.json")


def test_files_of_others_in_the_folder_do_not_matter(folder):
    (folder / ".DS_Store").write_text("x")
    require_intact(folder, "config.json")
    with pytest.raises(DamagedError, match=r"episodes\.parquet is missing"):
        require_intact(folder, "config.json", ["episodes.parquet"])

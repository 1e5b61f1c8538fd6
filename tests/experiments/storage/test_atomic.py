"""A folder is whole or not there."""

import pytest

from segue.experiments.storage.atomic import replaced


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    out = tmp_path / "out"
    for content in ("first", "second"):
        with replaced(out) as folder:
            (folder / content).write_text("")
            assert not (out / content).exists()
        assert [path.name for path in out.iterdir()] == [content]
    assert list(tmp_path.iterdir()) == [out]


def test_a_failure_leaves_what_was_there(tmp_path):
    out = tmp_path / "out"
    with replaced(out) as folder:
        (folder / "kept").write_text("")

    def fail() -> None:
        with replaced(out) as partial:
            (partial / "lost").write_text("")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert [path.name for path in out.iterdir()] == ["kept"]
    assert list(tmp_path.iterdir()) == [out]

"""`import segue` offers the four rooms, which are imported when they are first used."""

import subprocess
import sys
from pathlib import Path

import pytest

import segue

ROOT = Path(__file__).parents[1]


def run(code):
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_rooms_are_there_after_importing_segue():
    code = """
import segue
print(segue.features.Catalog.__name__, segue.envs.PlaylistEnv.__name__)
print(segue.agents.make_agent.__name__, segue.experiments.compare.__name__)
"""
    assert run(code).split() == ["Catalog", "PlaylistEnv", "make_agent", "compare"]


def test_a_program_in_a_source_tree_finds_the_rooms_of_this_tree(tmp_path):
    for room in ("features", "segue"):
        (tmp_path / room).mkdir()
    (tmp_path / "segue" / "__init__.py").write_text((ROOT / "segue" / "__init__.py").read_text("utf-8"))
    (tmp_path / "features" / "__init__.py").write_text("HERE = True")
    code = "import segue; print(segue.features.HERE)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "True\n", done.stderr


def test_importing_segue_imports_no_room():
    assert (
        run("import sys, segue; print([name for name in sys.modules if name.startswith('segue.')])") == "[]\n"
    )


def test_dir_lists_the_rooms_and_other_names_are_attribute_errors():
    assert {"agents", "envs", "experiments", "features", "__version__"} == set(dir(segue))
    with pytest.raises(AttributeError, match="'enns'"):
        segue.enns  # noqa: B018

"""`import segue` offers the four rooms, which are imported when they are first used."""

import subprocess
import sys

import pytest

import segue


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


def test_importing_segue_imports_nothing_else():
    assert (
        run("import sys; before = set(sys.modules); import segue; print(set(sys.modules) - before)")
        == "{'segue'}\n"
    )


def test_dir_lists_the_rooms_and_other_names_are_attribute_errors():
    assert {"agents", "envs", "experiments", "features", "__version__"} == set(dir(segue))
    with pytest.raises(AttributeError, match="'enns'"):
        segue.enns  # noqa: B018

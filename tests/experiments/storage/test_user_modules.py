"""Fingerprints of users' modules change with their code, and with nothing else."""

import importlib
import sys

import pytest

from segue.experiments.storage.user_modules import module_fingerprints
from segue.features.errors import UserError

FILES = {
    "alpha/__init__.py": "",
    "alpha/agents.py": "import beta\nfrom . import parts\n",
    "alpha/parts.py": "FACTOR = 1\n",
    "beta.py": "import numpy, json\nimport segue.envs\nimport gamma_that_is_missing_until_needed\n",
    "unused.py": "x = 1\n",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder on the path with a package, whose module imports a module beside it."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_the_package_and_what_it_imports_count_but_libraries_do_not(folder):
    assert list(module_fingerprints("alpha.agents")) == ["alpha", "beta"]
    assert module_fingerprints("segue.envs.pools.kinds") == module_fingerprints("json") == {}


@pytest.mark.parametrize(
    ("file", "changed"), [("alpha/parts.py", {"alpha"}), ("beta.py", {"beta"}), ("unused.py", set())]
)
def test_a_changed_line_changes_the_fingerprint(file, changed, folder):
    before = module_fingerprints("alpha")
    with (folder / file).open("a") as written:
        written.write("# a comment\n")
    assert module_fingerprints("alpha") == before
    with (folder / file).open("a") as written:
        written.write("y = 2\n")
    after = module_fingerprints("alpha")
    assert {name for name in after if after[name] != before[name]} == changed


def test_a_new_import_is_followed(folder):
    (folder / "beta.py").write_text("import unused\n")
    assert list(module_fingerprints("alpha")) == ["alpha", "beta", "unused"]


def test_a_change_since_the_import_is_refused_until_the_module_is_reloaded(folder):
    parts = importlib.import_module("alpha.parts")
    before = module_fingerprints("alpha.parts")
    (folder / "alpha" / "parts.py").write_text("FACTOR = -1.25\n")
    with pytest.raises(UserError, match=r"has changed since this process imported 'alpha\.parts'"):
        module_fingerprints("alpha.parts")
    importlib.reload(parts)
    assert module_fingerprints("alpha.parts") != before
    assert parts.FACTOR == -1.25

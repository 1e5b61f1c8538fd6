"""The rooms: imports point one way only, and every package is listed for installation."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("features", "envs", "agents", "experiments")
FORBIDDEN = {
    "features": {"gymnasium", "torch", "stable_baselines3", "sb3_contrib"},
    "envs": {"torch", "stable_baselines3", "sb3_contrib"},
    "agents": set(),
    "experiments": set(),
}


def modules(room: str) -> list[Path]:
    return sorted(path for path in (ROOT / room).rglob("*.py") if "__pycache__" not in path.parts)


def imported(path: Path) -> Iterator[str]:
    """Dotted names of all that a file imports, also inside functions and by relative imports."""
    package = ["segue", *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_one_way(room):
    later = ROOMS[ROOMS.index(room) + 1 :]
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imported(path)
        if name.startswith(tuple(f"segue.{other}." for other in later))
        or name in {f"segue.{other}" for other in later}
        or name.split(".")[0] in FORBIDDEN[room]
    ]
    assert modules(room)
    assert not wrong


def test_rooms_are_imported_by_their_full_name():
    files = [path for room in ROOMS for path in modules(room)] + sorted((ROOT / "tests").rglob("*.py"))
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imported(path)
        if name.split(".")[0] in ROOMS
    ]
    assert not wrong


def test_every_package_is_listed_for_installation():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    folders = {path.parent for room in ROOMS for path in modules(room)}
    needed = {".".join(["segue", *folder.relative_to(ROOT).parts]) for folder in folders}
    assert needed <= listed
    assert all((ROOT / Path(*name.split(".")[1:])).is_dir() for name in listed)


def test_no_module_hides_one_of_the_standard_library():
    # A script's own folder comes first on the path, so that `statistics.py` would be found before Python's.
    names = {path.stem for room in ROOMS for path in (ROOT / room).glob("*.py")}
    assert not names & set(sys.stdlib_module_names)

"""The structure of the code: imports point one way, without cycles, and every package is installed."""

import ast
import graphlib
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

# The folders and files of experiments/ by layer: each imports only from layers above its own in this list.
LAYERS = (
    {"formatting", "console", "substitutes", "configs", "storage"},
    {"runs"},
    {"study"},
    {"execution", "analysis", "logs"},
    {"figures"},
    {"reporting"},
    {"playlists"},
    {"pipeline"},
    {"single_agent"},
    {"recording"},
    {"off_policy"},
    {"fitting"},
    {"tuning", "benchmarks", "calibration", "simulations", "djmc", "ship_models"},
    {"commands", "publish"},
    {"cli"},
    {"compare"},
)

MOST_MODULES = 12


def modules(room: str) -> list[Path]:
    return sorted(path for path in (ROOT / room).rglob("*.py") if "__pycache__" not in path.parts)


def imported(path: Path) -> Iterator[str]:
    """Dotted names of everything that a file imports, also inside functions, for types, and relatively."""
    package = ["segue", *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{name.name}" for name in node.names)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(["segue", *(parts[:-1] if parts[-1] == "__init__" else parts)])


def import_graph(room: str) -> dict[str, set[str]]:
    """The modules of a room that each of its modules imports."""
    names = {module_name(path) for path in modules(room)}

    def imported_module(name: str) -> str | None:
        # `from package.module import thing` imports `package.module`, unless the thing is a module itself.
        while name and name not in names:
            name = name.rpartition(".")[0]
        return name or None

    return {
        module_name(path): {module for name in imported(path) if (module := imported_module(name))}
        for path in modules(room)
    }


def find_cycle(graph: dict[str, set[str]]) -> list[str]:
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


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


@pytest.mark.parametrize("room", ROOMS)
def test_no_files_import_each_other_in_a_cycle(room):
    graph = import_graph(room)
    assert sum(map(len, graph.values())) > 20
    assert not find_cycle(graph)


def test_a_cycle_is_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert set(find_cycle(graph)) == {"a", "b", "c"}
    assert find_cycle({"a": {"b"}, "b": set()}) == []


def layer(name: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if name in names)


def test_the_layers_of_experiments_are_complete():
    folder = ROOT / "experiments"
    named = {path.relative_to(folder).parts[0].removesuffix(".py") for path in modules("experiments")}
    assert named - {"__init__"} == set().union(*LAYERS)
    assert sum(map(len, LAYERS)) == len(set().union(*LAYERS))


def test_imports_point_to_lower_layers_of_experiments():
    wrong = []
    for path in modules("experiments"):
        importer = path.relative_to(ROOT / "experiments").parts[0].removesuffix(".py")
        if importer == "__init__":
            continue  # the public face, which nothing below it imports
        for name in imported(path):
            # `segue.experiments.<folder>.…`, whose folder is the third part.
            target = name.split(".")[2] if name.startswith("segue.experiments.") else importer
            assert target in set().union(*LAYERS), f"{path.relative_to(ROOT)} imports {name}"
            if target != importer and layer(target) >= layer(importer):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


@pytest.mark.parametrize("room", ROOMS)
def test_folders_are_small(room):
    folders = {path.parent for path in modules(room)}
    sizes = {
        str(folder.relative_to(ROOT)): len([path for path in folder.glob("*.py") if path.stem != "__init__"])
        for folder in folders
    }
    assert not {folder: size for folder, size in sizes.items() if size > MOST_MODULES}


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


def test_no_module_shadows_the_standard_library():
    # The folder of a script comes first on the path, so that `statistics.py` would be found before Python's.
    names = {path.stem for room in ROOMS for path in (ROOT / room).glob("*.py")}
    assert not names & set(sys.stdlib_module_names)

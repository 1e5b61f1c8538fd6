"""The wheel and the source distribution hold all that users need and nothing else, and the wheel works."""

import tarfile
import zipfile
from pathlib import PurePosixPath

import segue
from segue.features import open_catalog

ROOMS = ("features", "envs", "agents", "experiments")

RESULTS = ("experiments/results/", "experiments/calibration/measured/", "experiments/off_policy/measured/")
"""What was measured, which only a clone holds."""


def name_in_wheel(name):
    return name if name.startswith("segue/") else f"segue/{name}"


def test_the_wheel_holds_every_file_of_the_rooms_but_the_results(tracked, wheel):
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {
        name_in_wheel(name)
        for name in tracked
        if name.split("/")[0] in ("segue", *ROOMS) and not name.startswith(RESULTS)
    }
    assert found == expected
    # One of each kind of data, in case the tree itself were to lose them.
    assert found >= {
        "segue/__init__.py",
        "segue/py.typed",
        "segue/features/data/demo.parquet",
        "segue/envs/listener/presets/full.yaml",
        "segue/agents/settings/ppo.yaml",
        "segue/experiments/configs/demo.yaml",
    }
    with zipfile.ZipFile(wheel) as archive:
        models = [part for part in archive.infolist() if part.filename.startswith("segue/agents/models/")]
    assert any(part.filename.endswith(".zip") for part in models)
    # Each model has a limit of its own.
    assert wheel.stat().st_size - sum(part.compress_size for part in models) < 2e6


def test_the_source_distribution_leaves_out_tests_results_and_caches(sdist):
    with tarfile.open(sdist) as archive:
        sizes = {str(PurePosixPath(*PurePosixPath(part.name).parts[1:])): part.size for part in archive}
    names = set(sizes)
    folders = {name.split("/")[0] for name in names if "/" in name}
    assert folders == {"segue", *ROOMS, "segue.egg-info"}
    assert not [name for name in names if "__pycache__" in name or name.startswith("experiments/results")]
    assert names >= {"README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "pyproject.toml"}
    models = sum(size for name, size in sizes.items() if name.startswith("agents/models/"))
    assert sdist.stat().st_size - models < 2e6


IMPORT_ALL = """
import importlib, pkgutil
import segue
names = [module.name for module in pkgutil.walk_packages(segue.__path__, "segue.")]
for name in names:
    if name != "segue.experiments.compare":  # a script, which refuses to be imported
        importlib.import_module(name)
print(segue.__file__, segue.__version__, len(names), sep="\\n")
from segue.envs import load_preset, preset_names
from segue.features import open_catalog
print(len(open_catalog("demo")), len([load_preset(name) for name in preset_names()]))
"""


def test_the_installed_wheel_imports_every_module_and_finds_its_data(installed, run_installed, tracked):
    file, version, modules, counts = run_installed("-c", IMPORT_ALL).splitlines()
    assert file == str(installed / "segue" / "__init__.py")
    assert version == segue.__version__
    python_files = [name for name in tracked if name.split("/")[0] in ROOMS and name.endswith(".py")]
    assert int(modules) == len(python_files)
    presets = [name for name in tracked if name.startswith("envs/listener/presets/") and "yaml" in name]
    assert counts.split() == [str(len(open_catalog("demo"))), str(len(presets))]


def test_the_command_line_works_from_the_installed_wheel(installed, run_installed):
    assert "segue/Playlist-v0" in run_installed("-m", "segue.experiments.cli", "envs")
    assert (installed / "bin" / "segue").is_file()


def test_the_built_in_studies_are_reached_from_the_installed_wheel(run_installed):
    assert "standard" in run_installed("-m", "segue.experiments.cli", "configs")
    run_installed("-m", "segue.experiments.cli", "init", "mine.yaml")
    code = (
        "from segue.experiments.study.loader import load_study\n"
        "from segue.experiments.study.plan import plan_runs\n"
        "print(*(len(plan_runs(load_study(name)).specs) for name in ('demo', 'mine.yaml')))"
    )
    assert [int(runs) for runs in run_installed("-c", code).split()] == [30, 25]

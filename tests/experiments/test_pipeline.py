"""A report depends on the folder of its study alone."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from segue.experiments.cli import main
from segue.experiments.study.results import Results
from segue.features import Catalog

STUDY = """\
name: alone
environments:
  - id: segue/Playlist-v0
    label: one
    settings: {catalog: music.parquet, pool_size: 8, length: 5}
  - id: segue/DJSet-v0
    label: two
    settings: {catalog: music.parquet, pool_size: 8, length: 5}
agents:
  - name: random
  - name: content
  - name: maskable-ppo
    settings: {num_envs: 8, n_steps: 16, batch_size: 64, n_epochs: 1}
    environments: [two]
  - name: greedy-oracle
training: {seeds: 2, steps: 256, validation_sessions: 8}
evaluation: {episodes: 20}
resamples: 100
figure_formats: []
"""

# Fails as soon as anything makes an environment or an agent, opens a catalogue, or loads a model.
REPORT = """\
import sys
import gymnasium
import segue.agents.registry, segue.agents, segue.envs, segue.features.catalog.open_catalog, segue.features

def forbidden(*arguments, **settings):
    raise AssertionError("a report must not need this")

gymnasium.make = gymnasium.make_vec = forbidden
segue.agents.make_agent = segue.agents.registry.make_agent = segue.agents.load_agent = forbidden
segue.features.open_catalog = sys.modules["segue.features.catalog.open_catalog"].open_catalog = forbidden
segue.features.Catalog.load = segue.features.Catalog.from_frame = forbidden
from segue.experiments.cli import main
main(["report", sys.argv[1]])
assert "torch" not in sys.modules
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder of a finished study whose catalogue is gone; tests must not change it."""
    folder = tmp_path_factory.mktemp("alone")
    Catalog.synthetic(60, seed=1).save(folder / "music.parquet")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    with pytest.MonkeyPatch.context() as context:
        context.chdir(folder)
        main(["compare", "study.yaml", "--out", "out", "--jobs", "1"])
    (folder / "music.parquet").unlink()
    return folder / "out"


@pytest.fixture
def study(made, tmp_path):
    """A copy of that folder, to be changed."""
    return shutil.copytree(made, tmp_path / "out")


@pytest.fixture(scope="module")
def again(made, tmp_path_factory):
    """A copy of which nothing but the runs and a leftover was kept, and which is reported on again."""
    study = shutil.copytree(made, tmp_path_factory.mktemp("again") / "out")
    for path in (study / "report.html", *(study / "figures").iterdir(), *(study / "results").iterdir()):
        path.unlink()
    # As it is left by an unfinished study that was resumed on a changed catalogue.
    run, _ = sorted((study / "runs").glob("one--content--*"))  # of the first seed
    shutil.copytree(run, run.with_name("one--content--seed0--000000000000"))
    done = subprocess.run(
        [sys.executable, "-c", REPORT, str(study)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return study


def readable(report: Path) -> str:
    """Text of a report without the ids of clipping paths, in which Matplotlib's layout is not repeatable."""
    return re.sub(r"-p[0-9a-f]{10}", "", report.read_text(encoding="utf-8"))


def snapshot(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def figure_tables(study: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (study / "figures").glob("*.csv")}


def test_a_report_needs_neither_catalogue_nor_environments_nor_agents(made, again):
    before, after = Results.load(made / "results"), Results.load(again / "results")
    for name in vars(before):
        pd.testing.assert_frame_equal(getattr(before, name), getattr(after, name), check_exact=True)
    assert figure_tables(again) == figure_tables(made) != {}
    assert readable(again / "report.html") == readable(made / "report.html")


def test_runs_that_the_study_no_longer_plans_are_ignored(made, again):
    assert len(list((again / "runs").iterdir())) == len(list((made / "runs").iterdir())) + 1
    before, after = Results.load(made / "results").scores, Results.load(again / "results").scores
    pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_an_unfinished_study_still_counts_the_runs_that_are_missing(study):
    (run,) = (study / "runs").glob("two--maskable-ppo--seed1--*")
    run.rename(study / "gone")
    (study / "study.yaml").write_text(f"{STUDY}figures: false\n", encoding="utf-8")
    main(["report", str(study)])
    assert "Unfinished: 1 of 14 runs are missing." in (study / "report.html").read_text(encoding="utf-8")
    seeds = Results.load(study / "results").episodes.groupby("agent")["seed"].max()
    assert seeds.to_dict() == {"random": 1, "content": 1, "maskable-ppo": 0, "greedy-oracle": 1}


def test_a_catalogue_that_changed_is_noticed(study, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Catalog.synthetic(60, seed=2).save(tmp_path / "music.parquet")
    before = snapshot(study)
    with pytest.raises(SystemExit) as ended:
        main(["compare", "out/study.yaml", "--out", "out", "--jobs", "1"])
    assert ended.value.code == 2
    assert "contains this study on different data" in capsys.readouterr().err
    assert snapshot(study) == before

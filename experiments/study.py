"""A study: all its runs, made in parallel and only once, then its tables, figures and report."""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from segue.experiments.plan import Plan, plan_runs
from segue.experiments.progress import show_progress
from segue.experiments.provenance import Provenance, provenance
from segue.experiments.results import Results, gather
from segue.experiments.run import execute_run, remove_leftovers
from segue.experiments.spec import RunSpec
from segue.experiments.study_file import StudyFile, parse_study, read_study
from segue.features.errors import UserError


@dataclass(frozen=True)
class StudyFolder:
    """Where a study keeps what it makes.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def study(self) -> Path:
        """Copy of the study file."""
        return self.path / "study.yaml"

    @property
    def runs(self) -> Path:
        """One folder a run."""
        return self.path / "runs"

    @property
    def results(self) -> Path:
        """The tables, Parquet and CSV."""
        return self.path / "results"

    @property
    def figures(self) -> Path:
        """The figures, PNG and SVG with the CSV behind each."""
        return self.path / "figures"

    @property
    def report(self) -> Path:
        """The report, which is written last."""
        return self.path / "report.html"

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.report.is_file() and Results.stored_in(self.results)


def compare(
    study: str | Path, out: str | Path, *, jobs: int | None = None, console: Console | None = None
) -> Results:
    """Runs a study and reports on it; what is done already is not done again.

    Args:
        study: The YAML file of the study.
        out: The folder of the study. An unfinished study in it is completed.
        jobs: Runs to make at once, each a process on one core; all cores by default.
        console: Where to show progress; standard error by default.

    Returns:
        The tables of the study, which the folder holds too.

    Raises:
        UserError: The study is wrong, or the folder holds something else.
    """
    file, folder = read_study(study), StudyFolder(Path(out))
    _refuse_other_study(file, folder)
    plan = plan_runs(file)
    missing = [spec for spec in plan.specs if not (folder.runs / spec.folder_name).is_dir()]
    if folder.complete:
        if missing:
            raise UserError(
                f"{folder.path} holds this study on other data (a catalogue or a preset has changed since): "
                "give another folder."
            )
        return Results.load(folder.results)
    folder.runs.mkdir(parents=True, exist_ok=True)
    if not folder.study.exists():
        folder.study.write_text(file.text, encoding="utf-8")
    console = console or Console(stderr=True)
    make_runs(plan.specs, folder.runs, jobs, console)
    console.print("Writing tables, figures and the report.")
    return write_results(file, plan, folder)


def report(out: str | Path) -> Results:
    """Writes the tables, figures and report of a study anew, from the runs that are finished.

    Args:
        out: The folder of the study, which may be unfinished.

    Returns:
        The tables of the study.

    Raises:
        UserError: The folder holds no study, or too few runs to compare anything.
    """
    folder = StudyFolder(Path(out))
    if not folder.study.is_file():
        raise UserError(
            f"There is no study in {folder.path}: make one with `segue compare STUDY.yaml --out DIR`."
        )
    file = read_study(folder.study)
    return write_results(file, plan_runs(file), folder)


def write_results(file: StudyFile, plan: Plan, folder: StudyFolder) -> Results:
    """Gathers the runs of a study and writes its tables, figures and report."""
    from segue.experiments.figures import draw_figures
    from segue.experiments.report import write_report

    results = gather(file.config, plan.specs, folder.runs, plan.catalogs)
    results.save(folder.results)
    # Of an unfinished study only what is there is drawn and told.
    agents = set(results.runs["agent"])
    present = [agent for agent in file.config.agents if agent.label in agents]
    done = dataclasses.replace(file, config=file.config.model_copy(update={"agents": present}))
    missing = len(plan.specs) - len(results.runs)
    notes = [f"Unfinished: {missing} of {len(plan.specs)} runs are missing."] if missing else []
    figures = draw_figures(results, done.config, plan.catalogs, folder.figures)
    write_report(results, done, figures, folder.report, notes)
    return results


def make_runs(specs: Sequence[RunSpec], folder: Path, jobs: int | None, console: Console) -> None:
    """Makes those runs whose folders are missing, the longest first, each in a process of its own."""
    remove_leftovers(folder)
    runs = {folder / spec.folder_name: spec for spec in specs}
    missing = [(path, spec) for path, spec in runs.items() if not path.is_dir()]
    if not missing:
        return
    missing.sort(key=lambda run: run[1].steps or 0, reverse=True)
    with show_progress(runs, console):
        for _ in _finished(missing, provenance(), min(jobs or _cores(), len(missing))):
            pass


def _finished(runs: Sequence[tuple[Path, RunSpec]], origin: Provenance, jobs: int) -> Iterator[Any]:
    """Makes runs in parallel and yields as they finish."""
    if jobs == 1:
        yield from (execute_run(spec, path, origin) for path, spec in runs)
        return
    from joblib import Parallel, delayed, parallel_config

    # Threads would only compete: every process has one core and small networks.
    with parallel_config("loky", n_jobs=jobs, inner_max_num_threads=1):
        pool = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch="n_jobs")
        yield from pool(delayed(_run_in_worker)(spec, path, origin, os.getpid()) for path, spec in runs)


def _run_in_worker(spec: RunSpec, path: Path, origin: Provenance, parent: int) -> None:
    """Makes a run in a worker process, which ends when its parent is killed."""
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    execute_run(spec, path, origin)


def _end_with(parent: int) -> None:
    """Ends this process once its parent is gone: a killed study must not go on working unseen."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _refuse_other_study(file: StudyFile, folder: StudyFolder) -> None:
    """Makes sure that a folder is new, or holds this very study."""
    path = folder.path
    if not path.exists():
        return
    if not path.is_dir():
        raise UserError(f"{path} is a file: give a folder to write the study to.")
    if not folder.study.is_file():
        if any(path.iterdir()):
            raise UserError(f"{path} holds other files but no study: give a new or empty folder.")
        return
    there = parse_study(folder.study.read_text(encoding="utf-8"), folder.study).config
    differing = _first_difference(there.model_dump(), file.config.model_dump())
    if differing:
        raise UserError(
            f"{path} holds another study (`{differing}` differs): give another folder, or delete that one."
        )


def _first_difference(old: Any, new: Any) -> str:
    """Names the first key in which two studies differ; empty if they are the same."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            if old.get(key) != new.get(key):
                return ".".join(filter(None, [str(key), _first_difference(old.get(key), new.get(key))]))
    return ""

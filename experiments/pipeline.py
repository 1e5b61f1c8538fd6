"""A study from beginning to end: its runs, made in parallel and only once, its tables, figures and report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from segue.experiments.analysis.catalog_map import write_map
from segue.experiments.analysis.gather import gather
from segue.experiments.analysis.requested_tables import save_wide
from segue.experiments.execution.jobs import ExecutionConfig, make_runs
from segue.experiments.execution.reuse import reuse_runs, studies_beside, studies_named
from segue.experiments.execution.worker import cores
from segue.experiments.storage.atomic import locked, replace_folder
from segue.experiments.storage.provenance import Provenance, current_provenance
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.listener_table import read_listener_table
from segue.experiments.study.loader import StudyFile, load_study
from segue.experiments.study.plan import StudyPlan, plan_runs
from segue.experiments.study.planned_runs import read_planned_runs, write_planned_runs
from segue.experiments.study.planning.cost import cost_warning
from segue.experiments.study.planning.trainings import check_trainings
from segue.experiments.study.results import Results
from segue.features.errors import UserError


def compare(
    study: str | Path,
    out: str | Path,
    *,
    changes: Mapping[str, Any] | None = None,
    execution: ExecutionConfig | None = None,
    reuse: Sequence[Path] = (),
    console: Console | None = None,
) -> Results:
    """Runs a study and reports on it; finished runs are skipped.

    Models and runs that the studies beside `out` have made with the same code are reused.

    Args:
        study: The YAML file of the study.
        out: The folder of the study. An unfinished study in it is completed.
        changes: Values that replace those of the file, by their dotted paths; see `load_study`.
        execution: How the runs are made; by default with one process per core of this machine.
        reuse: Further studies whose models and runs are reused, whatever code has made them.
        console: Where to show progress; standard error by default.

    Returns:
        The tables of the study, which the folder holds too.

    Raises:
        UserError: The study is wrong, or the folder contains something else.
    """
    file, folder = load_study(study, changes), StudyFolder(Path(out))
    console = console or Console(stderr=True)
    folder.refuse_other(file)
    plan, named, listeners = plan_runs(file), studies_named(reuse), read_listener_table(file.config)
    grouped = _has_table(folder, listeners)
    if grouped and (results := _finished(plan, folder)) is not None:
        return results
    execution = execution or ExecutionConfig()
    check_trainings(file, plan, folder)
    if warning := cost_warning(plan.specs, folder, execution.processes or cores()):
        console.print(warning, highlight=False)
    folder.path.mkdir(parents=True, exist_ok=True)

    def wait() -> None:
        console.print(f"Another process is at work in {folder.path}: waiting for it.")

    with locked(folder.path / ".lock", wait):
        folder.refuse_other(file)
        if grouped and (results := _finished(plan, folder)) is not None:
            return results
        folder.start(file)
        if listeners is not None:
            listeners.to_parquet(folder.listener_table, index=False)
        write_planned_runs(folder.planned_runs, plan.specs)
        write_map(folder.catalog_map, plan.catalogs)
        provenance = current_provenance()
        _reuse_runs(plan, folder, named, provenance, console)
        make_runs(plan.specs, folder, provenance, console, execution)
        console.print("Writing tables, figures and the report.")
        return write_results(file, folder)


def _has_table(folder: StudyFolder, listeners: pd.DataFrame | None) -> bool:
    """Returns whether a study has been grouped by this table of listeners, which may have changed since."""
    if listeners is None or not folder.listener_table.is_file():
        return listeners is None
    return listeners.equals(pd.read_parquet(folder.listener_table))


def _finished(plan: StudyPlan, folder: StudyFolder) -> Results | None:
    """Returns the tables of a finished study; None if there is still something to do.

    Raises:
        UserError: It was finished, but would give other results today.
    """
    if not folder.complete:
        return None
    results = Results.load(folder.results)
    if len(results.runs) < len(plan.specs):
        return None  # reported on before it was finished
    if any(not (folder.runs / spec.folder_name).is_dir() for spec in plan.specs):
        raise UserError(
            f"{folder.path} contains this study on different data (a catalogue or a preset has changed "
            "since): choose another folder."
        )
    return results


def _reuse_runs(
    plan: StudyPlan,
    folder: StudyFolder,
    named: Sequence[StudyFolder],
    provenance: Provenance,
    console: Console,
) -> None:
    """Reuses the models and runs of other studies, and reports how many."""
    reused = reuse_runs(plan.specs, folder, named, None)
    reused += reuse_runs(plan.specs, folder, studies_beside(folder), provenance["code"])
    if reused:
        console.print(f"{reused} models and runs are reused from other studies.", highlight=False)


def report(out: str | Path) -> Results:
    """Writes the tables, figures and report of a study again, from its folder alone.

    Neither the catalogue nor the environments nor the agents are needed: what the report shows was written
    when the runs were made.

    Args:
        out: The folder of the study, which may be unfinished.

    Returns:
        The tables of the study.

    Raises:
        UserError: The folder contains no study, too few runs to compare anything, or runs that another
            version of segue has made.
    """
    folder = StudyFolder(Path(out))
    if not folder.study.is_file():
        raise UserError(
            f"There is no study in {folder.path}: make one with `segue compare STUDY.yaml --out DIR`."
        )
    folder.refuse_old_version()
    return write_results(load_study(folder.study), folder)


def write_results(file: StudyFile, folder: StudyFolder) -> Results:
    """Gathers the runs of a study and writes its tables, figures and report."""
    from segue.experiments.figures import draw_figures
    from segue.experiments.reporting import write_report

    planned = read_planned_runs(folder.planned_runs)
    results = gather(file.config, planned, folder)
    # Agents of an unfinished study that have no runs yet are left out.
    agents = set(results.runs["agent"])
    present = [agent for agent in file.config.agents if agent.label in agents]
    done = dataclasses.replace(file, config=file.config.model_copy(update={"agents": present}))
    # A report can be asked for while the study finishes and writes its own.
    with locked(folder.path / ".writing", lambda: None):
        with replace_folder(folder.results) as partial:
            results.save(partial)
            save_wide(results.requested_tables, partial)
        catalog_map = pd.read_parquet(folder.catalog_map)
        figures = draw_figures(results, done.config, catalog_map, folder.figures)
        write_report(results, done, figures, folder.report, _notes(len(planned), results))
    return results


def _notes(planned: int, results: Results) -> list[str]:
    """Returns the warnings that head the report."""
    notes = []
    missing = planned - len(results.runs)
    if missing:
        notes.append(f"Unfinished: {missing} of {planned} runs are missing.")
    codes = results.runs["code"].nunique()
    if codes > 1:
        notes.append(f"These runs were made by {codes} different versions of the code.")
    return notes

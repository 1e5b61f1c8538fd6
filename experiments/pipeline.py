"""A study: all its runs, made in parallel and only once, then its tables, figures and report."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from segue.experiments.analysis.gather import gather
from segue.experiments.analysis.requested_tables import save_wide
from segue.experiments.execution.jobs import ExecutionConfig, make_runs
from segue.experiments.execution.reuse import reuse_runs, studies_beside, studies_named
from segue.experiments.storage.atomic import locked, replace_folder
from segue.experiments.storage.provenance import Provenance, current_provenance
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.loader import StudyFile, load_study
from segue.experiments.study.plan import StudyPlan, plan_runs
from segue.experiments.study.results import Results
from segue.features.errors import UserError


def compare(
    study: str | Path,
    out: str | Path,
    *,
    execution: ExecutionConfig | None = None,
    reuse: Sequence[Path] = (),
    console: Console | None = None,
) -> Results:
    """Runs a study and reports on it; what is done already is not done again.

    Models and runs that the studies beside `out` have made with the same code are taken from there.

    Args:
        study: The YAML file of the study.
        out: The folder of the study. An unfinished study in it is completed.
        execution: How the runs are made; by default a process on each core of this machine.
        reuse: Further studies to take models and runs from, whatever code has made them.
        console: Where to show progress; standard error by default.

    Returns:
        The tables of the study, which the folder holds too.

    Raises:
        UserError: The study is wrong, or the folder holds something else.
    """
    file, folder = load_study(study), StudyFolder(Path(out))
    console = console or Console(stderr=True)
    folder.refuse_other(file)
    plan, named = plan_runs(file), studies_named(reuse)
    if (results := _finished(plan, folder)) is not None:
        return results
    folder.path.mkdir(parents=True, exist_ok=True)

    def wait() -> None:
        console.print(f"Another process is at work in {folder.path}: waiting for it.")

    with locked(folder.path / ".lock", wait):
        folder.refuse_other(file)
        if (results := _finished(plan, folder)) is not None:
            return results
        folder.start(file)
        provenance = current_provenance()
        _reuse_runs(plan, folder, named, provenance, console)
        make_runs(plan.specs, folder, provenance, console, execution or ExecutionConfig())
        console.print("Writing tables, figures and the report.")
        return write_results(file, plan, folder)


def _finished(plan: StudyPlan, folder: StudyFolder) -> Results | None:
    """The tables of a finished study; None if there is still something to do.

    Raises:
        UserError: It was finished, but would come out otherwise today.
    """
    if not folder.complete:
        return None
    results = Results.load(folder.results)
    if len(results.runs) < len(plan.specs):
        return None  # reported on before it was finished
    if any(not (folder.runs / spec.folder_name).is_dir() for spec in plan.specs):
        raise UserError(
            f"{folder.path} holds this study on other data (a catalogue or a preset has changed since): "
            "give another folder."
        )
    return results


def _reuse_runs(
    plan: StudyPlan,
    folder: StudyFolder,
    named: Sequence[StudyFolder],
    provenance: Provenance,
    console: Console,
) -> None:
    """Takes what other studies have, and says so."""
    reused = reuse_runs(plan.specs, folder, named, None)
    reused += reuse_runs(plan.specs, folder, studies_beside(folder), provenance["code"])
    if reused:
        console.print(f"{reused} models and runs are taken from other studies.", highlight=False)


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
    folder.refuse_old_version()
    file = load_study(folder.study)
    return write_results(file, plan_runs(file), folder)


def write_results(file: StudyFile, plan: StudyPlan, folder: StudyFolder) -> Results:
    """Gathers the runs of a study and writes its tables, figures and report."""
    from segue.experiments.figures import draw_figures
    from segue.experiments.reporting import write_report

    results = gather(file.config, plan.specs, folder, plan.catalogs)
    # Of an unfinished study only what is there is drawn and told.
    agents = set(results.runs["agent"])
    present = [agent for agent in file.config.agents if agent.label in agents]
    done = dataclasses.replace(file, config=file.config.model_copy(update={"agents": present}))
    # A report can be asked for while the study comes to its end and writes its own.
    with locked(folder.path / ".writing", lambda: None):
        with replace_folder(folder.results) as partial:
            results.save(partial)
            save_wide(results.requested_tables, partial)
        figures = draw_figures(results, done.config, plan.catalogs, folder.figures)
        write_report(results, done, figures, folder.report, _notes(plan, results))
    return results


def _notes(plan: StudyPlan, results: Results) -> list[str]:
    """What a reader of the report has to know first."""
    notes = []
    missing = len(plan.specs) - len(results.runs)
    if missing:
        notes.append(f"Unfinished: {missing} of {len(plan.specs)} runs are missing.")
    codes = results.runs["code"].nunique()
    if codes > 1:
        notes.append(f"These runs were made by {codes} different versions of the code.")
    return notes

"""A study from beginning to end: its runs, made in parallel and only once, its tables, figures and report."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from rich.console import Console

from segue.experiments.analysis.catalog_map import write_map
from segue.experiments.analysis.gather import TABLES, episodes_of, gather, require_anchors_apart
from segue.experiments.analysis.requested_tables import save_wide
from segue.experiments.console import say, show_steps
from segue.experiments.execution.inventory import (
    holds_taken,
    say_inventory,
    set_all_aside,
    set_aside_damaged,
    take_inventory,
)
from segue.experiments.execution.jobs import ExecutionConfig, make_runs
from segue.experiments.execution.reuse import reuse_runs, studies_named
from segue.experiments.execution.worker import cores
from segue.experiments.runs.folder import damage_of
from segue.experiments.storage.atomic import locked, remove_leftovers, replace_folder
from segue.experiments.storage.checksums import DamagedError
from segue.experiments.storage.provenance import Provenance, current_provenance
from segue.experiments.study.catalog_notes import catalog_notes
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.listener_table import read_listener_table
from segue.experiments.study.loader import StudyFile, load_study
from segue.experiments.study.plan import StudyPlan, plan_runs
from segue.experiments.study.planned_runs import (
    read_planned_runs,
    read_sealed,
    seal_plan,
    write_planned_runs,
)
from segue.experiments.study.planning.cost import cost_warning
from segue.experiments.study.planning.trainings import check_trainings
from segue.experiments.study.results import Results
from segue.features.errors import UserError
from segue.features.existing_files import make_folder

Repeat = Literal["all", "taken", "none"]
"""Which of the models and runs that are there are made again."""


def compare(
    study: str | Path | Mapping[str, Any],
    out: str | Path,
    *,
    changes: Mapping[str, Any] | None = None,
    execution: ExecutionConfig | None = None,
    reuse: Sequence[str | Path] = (),
    fresh: bool = False,
    no_reuse: bool = False,
    console: Console | None = None,
) -> Results:
    """Runs a study and reports on it; runs that its folder holds are kept, unless they are damaged.

    A run is made again when anything that decides its numbers has changed, users' code included.

    Args:
        study: The YAML file of the study, the name of a built-in one, or a dictionary with the keys of such a
            file.
        out: The folder of the study. An unfinished study in it is completed.
        changes: Values that replace those of the file, by their dotted paths; see `load_study`.
        execution: How the runs are made; by default with one process per core of this machine.
        reuse: Other studies whose models and runs are reused, whatever code has made them.
        fresh: Make all models and runs again.
        no_reuse: Make those again that an earlier call has taken from other studies.
        console: Where to show progress; standard error by default.

    Returns:
        The tables of the study, which the folder holds too.

    Raises:
        UserError: The study is wrong, or the folder contains something else.
    """
    if reuse and (fresh or no_reuse):
        raise UserError("--reuse takes runs from other studies, which --fresh and --no-reuse rule out.")
    file, folder = load_study(study, changes), StudyFolder(Path(out))
    console = console or Console(stderr=True)
    folder.refuse_other(file)
    plan, named = plan_runs(file), studies_named(Path(other) for other in reuse)
    listeners = read_listener_table(file.config, file.path.parent)
    repeat: Repeat = "all" if fresh else "taken" if no_reuse else "none"
    grouped = _has_table(folder, listeners)
    if grouped and (results := _finished(plan, folder, repeat, console)) is not None:
        return results
    execution = execution or ExecutionConfig()
    check_trainings(file, plan, folder)
    for note in catalog_notes(plan.catalogs):
        say(console, note)
    make_folder(folder.path)

    def wait() -> None:
        say(console, f"Another process is at work in {folder.path}: waiting for it.")

    with locked(folder.path / ".lock", wait):
        folder.refuse_other(file)
        if grouped and (results := _finished(plan, folder, repeat, console)) is not None:
            return results
        folder.start(file)
        provenance = current_provenance()
        prepare(plan, folder, named, repeat, provenance, console, listeners)
        if warning := cost_warning(plan.specs, folder, execution.processes or cores()):
            say(console, warning)
        _make_anchors(file, plan, folder, provenance, console, execution)
        make_runs(plan.specs, folder, provenance, console, execution)
        return write_results(file, folder, console)


def _make_anchors(
    file: StudyFile,
    plan: StudyPlan,
    folder: StudyFolder,
    provenance: Provenance,
    console: Console,
    execution: ExecutionConfig,
) -> None:
    """Makes the runs that anchor the scores before anything is trained, and checks that they can.

    Raises:
        UserError: The anchors do not differ clearly.
    """
    lower, upper = file.config.evaluation.lower, file.config.evaluation.upper
    anchors = [spec for spec in plan.specs if spec.agent_label in (lower, upper)]
    learned = [spec for spec in plan.specs if spec.learned]
    if not learned or any(spec.learned for spec in anchors):
        return  # nothing is lost if the report refuses them
    make_runs(anchors, folder, provenance, console, execution)
    episodes = episodes_of([folder.runs / spec.folder_name for spec in anchors])
    require_anchors_apart(episodes, lower, upper)


def _has_table(folder: StudyFolder, listeners: pd.DataFrame | None) -> bool:
    """Returns whether a study has been grouped by this table of listeners, which may have changed since."""
    if listeners is None or not folder.listener_table.is_file():
        return listeners is None
    try:
        sealed = read_sealed(folder.listener_table, folder.planned_runs.name)
    except DamagedError:
        return False
    return listeners.equals(pd.read_parquet(BytesIO(sealed)))


def _finished(plan: StudyPlan, folder: StudyFolder, repeat: Repeat, console: Console) -> Results | None:
    """Returns the tables of a finished study; None if there is still something to do.

    Raises:
        UserError: It was finished, but on other data.
    """
    if repeat == "all" or not folder.complete:
        return None
    try:
        before = read_planned_runs(folder.planned_runs)
        read_sealed(folder.catalog_map, folder.planned_runs.name)
        results = Results.load(folder.results)
    except DamagedError:
        return None
    agents = take_inventory(plan.specs, folder, before, current_provenance()["code"])
    runs = [folder.runs / spec.folder_name for spec in plan.specs]
    if len(results.runs) < len(runs) or [run.folder for run in before] != [path.name for path in runs]:
        return None  # reported on before it was finished, or with other code
    if any(damage_of(path, run=True) for path in runs):
        return None
    if repeat == "taken" and any(holds_taken(path) for path in runs):
        return None
    say(console, "This study is finished; `--fresh` makes it again.")
    say_inventory(agents, console)
    return results


def prepare(
    plan: StudyPlan,
    folder: StudyFolder,
    named: Sequence[StudyFolder],
    repeat: Repeat,
    provenance: Provenance,
    console: Console,
    listeners: pd.DataFrame | None = None,
) -> None:
    """Makes the folder ready for the missing runs: without damaged ones, and with those of other studies."""
    try:
        before = [] if repeat == "all" else read_planned_runs(folder.planned_runs)
    except UserError:
        before = []  # a new study, or a damaged list
    take_inventory(plan.specs, folder, before, provenance["code"])
    set_aside_damaged(plan.specs, folder, console)
    if repeat != "none":
        set_all_aside(plan.specs, folder, taken_only=repeat == "taken")
    write_map(folder.catalog_map, plan.catalogs)
    write_planned_runs(folder.planned_runs, plan.specs)
    sealed = [folder.catalog_map]
    if listeners is not None:
        listeners.to_parquet(folder.listener_table, index=False)
        sealed.append(folder.listener_table)
    seal_plan(folder.planned_runs, sealed)
    reuse_runs(plan.specs, folder, named, console)
    say_inventory(take_inventory(plan.specs, folder, before, provenance["code"]), console)


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
        DamagedError: A run is damaged; `compare` makes it again.
    """
    folder = StudyFolder(Path(out))
    if not folder.study.is_file():
        raise UserError(
            f"There is no study in {folder.path}: make one with `segue compare STUDY.yaml --out DIR`."
        )
    folder.refuse_old_version()
    return write_results(load_study(folder.study), folder)


def write_results(file: StudyFile, folder: StudyFolder, console: Console | None = None) -> Results:
    """Gathers the runs of a study and writes its tables, figures and report.

    A figure that cannot be drawn is left out; the report and a sentence say so.

    Args:
        file: The study.
        folder: Its folder.
        console: Where to show progress and print sentences; standard error by default.
    """
    from segue.experiments.figures import FIGURES, MAPS

    planned = read_planned_runs(folder.planned_runs)
    read_sealed(folder.catalog_map, folder.planned_runs.name)  # refused before anything is computed
    console = console or Console(stderr=True)
    steps = len(planned) + len(TABLES) + len(FIGURES) + len(MAPS) + 2
    with show_steps(console, "Writing tables, figures and the report.", steps) as begin:
        results = gather(file.config, planned, folder, begin)
        return _write(file, folder, results, begin, console)


def _write(
    file: StudyFile, folder: StudyFolder, results: Results, begin: Callable[[str], None], console: Console
) -> Results:
    """Writes the tables of a study, its figures and its report; see `write_results`."""
    from segue.experiments.figures import draw_figures
    from segue.experiments.reporting import write_report

    # Agents of an unfinished study that have no runs yet are left out.
    agents = set(results.runs["agent"])
    present = [agent for agent in file.config.agents if agent.label in agents]
    done = dataclasses.replace(file, config=file.config.model_copy(update={"agents": present}))
    catalog_map = pd.read_parquet(BytesIO(read_sealed(folder.catalog_map, folder.planned_runs.name)))
    # A report can be asked for while the study finishes and writes its own.
    with locked(folder.path / ".writing", lambda: None):
        remove_leftovers(folder.path)
        begin("saving the tables")
        with replace_folder(folder.results) as partial:
            results.save(partial)
            save_wide(results.requested_tables, partial)
        figures, failed = draw_figures(results, done.config, catalog_map, folder.figures, begin)
        for sentence in failed:
            say(console, sentence)
        begin("writing the report")
        planned = read_planned_runs(folder.planned_runs)
        write_report(results, done, figures, folder.report, [*_notes(len(planned), results), *failed])
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

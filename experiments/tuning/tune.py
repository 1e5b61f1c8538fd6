"""Runs a search for better settings of a learned agent with Optuna, and writes what it found.

Trainings are runs as a study's are: content-addressed folders, so that a search that was stopped finds again
what it has trained. Optuna's own memory is a SQLite file beside them.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from segue.experiments.analysis.scores import normalised_score
from segue.experiments.execution.jobs import ExecutionConfig, exit_with_parent, make_runs
from segue.experiments.execution.registry_snapshot import Registrations
from segue.experiments.runs.folder import read_record
from segue.experiments.runs.run import execute_run
from segue.experiments.runs.spec import RunSpec
from segue.experiments.storage.atomic import locked
from segue.experiments.storage.provenance import Provenance, current_provenance
from segue.experiments.study.folder import StudyFolder
from segue.experiments.tuning.folder import SearchFolder
from segue.experiments.tuning.search import Search
from segue.experiments.tuning.search_space import read_space

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

INTERVAL = 0.5
"""Seconds between two looks at the progress of a training."""
BEFORE_PRUNING = 4
"""Trials that are trained to the end before one below their median is given up."""
_DEFAULT, _AGAIN = "default", "again"


def tune(search: Search, out: Path, trials: int, jobs: int, console: Console) -> Study:
    """Searches on until there are enough trials; the first one is the agent's settings as they are.

    Args:
        search: What to search.
        out: The folder to write; an unfinished search in it is gone on with.
        trials: Candidates in all, those of earlier calls included.
        jobs: Trainings to run at once, each a process.
        console: Where to tell what has been found.

    Returns:
        Optuna's study, whose values are normalised scores.

    Raises:
        UserError: The folder holds something else, or the present settings cannot be trained.
    """
    folder = SearchFolder(out)
    folder.begin(search)

    def wait() -> None:
        console.print(f"Another process is at work in {out}: waiting for it.")

    with locked(out / ".lock", wait):
        # Also clears away what a killed process has left.
        make_runs(search.anchors(), StudyFolder(out), current_provenance(), console, ExecutionConfig(jobs))
        study = _open(search, folder)
        _Loop(search, folder, study, trials).go(jobs, console)
    return study


def _open(search: Search, folder: SearchFolder) -> Study:
    """Opens Optuna's memory; puts in the first trial, and once more those that were interrupted."""
    import optuna
    from optuna.trial import TrialState

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=BEFORE_PRUNING, n_warmup_steps=0)
    study = optuna.create_study(
        storage=folder.memory,
        study_name="segue",
        direction="maximize",
        pruner=pruner,
        load_if_exists=True,
    )
    space = read_space(search.space, search.defaults)
    if not study.trials:
        known = {
            name: entry.stored(search.defaults[name])
            for name, entry in space.items()
            if name in search.defaults
        }
        study.enqueue_trial(known, user_attrs={_DEFAULT: True})
    for trial in study.get_trials(states=[TrialState.RUNNING]):
        study.enqueue_trial(trial.params, user_attrs={**trial.user_attrs, _AGAIN: trial.number})
        study.tell(trial.number, state=TrialState.FAIL)
    return study


@dataclass
class _Running:
    """A trial that is under way: its trainings, and the scores of those that are done."""

    trial: Trial
    trainings: list[RunSpec]
    scores: list[float] = field(default_factory=list)

    @property
    def next(self) -> RunSpec:
        """The training that comes next."""
        return self.trainings[len(self.scores)]


class _Loop:
    """Asks Optuna for candidates, has them trained one training after the other, and tells it the scores."""

    def __init__(self, search: Search, folder: SearchFolder, study: Study, trials: int) -> None:
        self._search, self._folder, self._study, self._trials = search, folder, study, trials
        self._space = read_space(search.space, search.defaults)
        self._running: dict[Future[Any], _Running] = {}
        self._before = 0.0
        returns = [read_record(folder.runs / spec.folder_name)["return_mean"] for spec in search.anchors()]
        self._ends = dict(
            zip(search.environments, zip(returns[::2], returns[1::2], strict=True), strict=True)
        )

    def go(self, jobs: int, console: Console) -> None:
        """Runs until there are enough trials."""
        from joblib.externals.loky import get_reusable_executor

        pool = get_reusable_executor(max_workers=jobs)
        provenance, worker = current_provenance(), (os.getpid(), Registrations.here())

        def train(one: _Running) -> None:
            self._running[pool.submit(_train, one.next, self._folder, provenance, worker)] = one

        began, self._before = time.monotonic(), self._done()
        try:
            with _bar(console, self._trials) as (bar, task):
                while self._running or len(finished_trials(self._study)) < self._trials:
                    while (
                        len(self._running) < jobs
                        and len(finished_trials(self._study)) + len(self._running) < self._trials
                    ):
                        train(self._ask())
                    for future in wait(self._running, INTERVAL, FIRST_COMPLETED).done:
                        one = self._running.pop(future)
                        if self._goes_on(one, future):
                            train(one)
                        else:
                            bar.print(self._sentence(one, time.monotonic() - began), highlight=False)
                    bar.update(task, completed=self._done())
        finally:
            # After Ctrl-C what was being trained is lost, what has been trained is kept.
            if self._running:
                pool.shutdown(wait=True, kill_workers=True)

    def _ask(self) -> _Running:
        """Begins a trial."""
        from optuna.samplers import TPESampler

        # A sampler of its own for every trial: a search that was stopped goes on as if it had not been.
        number = len(finished_trials(self._study)) + len(self._running)
        self._study.sampler = TPESampler(seed=number, n_startup_trials=BEFORE_PRUNING, constant_liar=True)
        trial = self._study.ask()
        chosen = {name: entry.suggest(trial, name) for name, entry in self._space.items()}
        if is_default(trial):
            chosen = {}
        return _Running(trial, self._search.trainings({**self._search.defaults, **chosen}))

    def _goes_on(self, one: _Running, future: Future[None]) -> bool:
        """Takes the score of a training; says whether the trial has another one before it."""
        from optuna.trial import TrialState

        try:
            future.result()
        except (ValueError, ArithmeticError, RuntimeError) as error:
            # Weights that have run away, or settings that do not go together. The present ones must work.
            if is_default(one.trial):
                raise
            one.trial.set_user_attr("failed", f"{type(error).__name__}: {error}"[:200])
            self._study.tell(one.trial, state=TrialState.FAIL)
            return False
        low, high = self._ends[one.next.environment]
        earned = read_record(self._folder.runs / one.next.folder_name)["return_mean"]
        one.scores.append(float(normalised_score(earned, low, high)))
        one.trial.report(float(np.mean(one.scores)), len(one.scores))
        if len(one.scores) == len(one.trainings):
            self._study.tell(one.trial, float(np.mean(one.scores)))
            return False
        if one.trial.should_prune():
            self._study.tell(one.trial, state=TrialState.PRUNED)
            return False
        return True

    def _sentence(self, one: _Running, seconds: float) -> str:
        """What to tell of a trial that is over, so many seconds after the loop began."""
        over = self._study.trials[one.trial.number]
        short = len(one.scores) < len(one.trainings)
        result = f"{np.mean(one.scores):.3f}" if one.scores else "no score"
        result += f" ({over.state.name.lower()} after {len(one.scores)} trainings)" if short else ""
        default = ", the present settings" if is_default(over) else ""
        left = seconds * (self._trials - self._done()) / max(self._done() - self._before, 1e-9) / 60
        number = f"Trial {len(finished_trials(self._study))} of {self._trials}"
        return f"{number}: {result}{default}; about {left:.0f} min left"

    def _done(self) -> float:
        """Trials done so far, with the parts of those that are under way."""
        parts = 0.0
        for one in self._running.values():
            parts += (len(one.scores) + self._folder.progress(one.next)) / len(one.trainings)
        return len(finished_trials(self._study)) + parts


def finished_trials(study: Study) -> list[FrozenTrial]:
    """The trials that are over, without those that were interrupted and made again."""
    from optuna.trial import TrialState

    over = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
    again = {trial.user_attrs.get(_AGAIN) for trial in study.trials}
    return [trial for trial in study.get_trials(states=over) if trial.number not in again]


def is_default(trial: Trial | FrozenTrial) -> bool:
    """Whether a trial is the agent's settings as they were."""
    return bool(trial.user_attrs.get(_DEFAULT))


def _train(
    spec: RunSpec, folder: SearchFolder, provenance: Provenance, worker: tuple[int, Registrations]
) -> None:
    """Trains and evaluates in a worker process."""
    parent, known = worker
    threading.Thread(target=exit_with_parent, args=(parent,), daemon=True).start()
    known.repeat()
    execute_run(spec, folder.runs / spec.folder_name, provenance, folder.models)


@contextmanager
def _bar(console: Console, trials: int) -> Iterator[tuple[Progress, TaskID]]:
    """Shows how far the search is and how long it will still take."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    left = (TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, *left, console=console, speed_estimate_period=600) as bar:
        yield bar, bar.add_task(f"{trials} trials", total=trials)

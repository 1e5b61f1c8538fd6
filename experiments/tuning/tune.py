"""Searches for better settings of a learned agent with Optuna.

Trainings are runs like those of a study, in content-addressed folders, so that an interrupted search finds
the trainings that it has finished.
"""

from __future__ import annotations

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

from segue.experiments.console import say
from segue.experiments.execution.inventory import set_aside_damaged
from segue.experiments.execution.jobs import ExecutionConfig, make_runs
from segue.experiments.execution.registry_snapshot import RegistrySnapshot
from segue.experiments.execution.worker_pool import WorkerPool
from segue.experiments.runs.folder import read_record
from segue.experiments.runs.run import execute_run
from segue.experiments.runs.spec import RunSpec
from segue.experiments.storage.atomic import locked, remove_leftovers
from segue.experiments.storage.provenance import Provenance, current_provenance
from segue.experiments.study.folder import StudyFolder
from segue.experiments.tuning.folder import SearchFolder
from segue.experiments.tuning.search import Search
from segue.experiments.tuning.search_space import read_space
from segue.experiments.tuning.trials import BEFORE_PRUNING, finished_trials, is_default, open_trials

if TYPE_CHECKING:
    from optuna import Study, Trial

INTERVAL = 0.5
"""Seconds between two readings of the progress of a training."""


def tune(search: Search, out: Path, trials: int, jobs: int, console: Console) -> Study:
    """Runs a search until it has enough trials; the first trial is the agent's present settings.

    Args:
        search: The search.
        out: The folder to write; an unfinished search in it is resumed.
        trials: Number of trials, including those of earlier calls.
        jobs: Trainings to run at once, one process each.
        console: Where to show progress and results.

    Returns:
        Optuna's study, whose values are normalised scores.

    Raises:
        UserError: The folder contains something else, or the present settings cannot be trained.
    """
    folder = SearchFolder(out)
    folder.start(search)

    def on_wait() -> None:
        say(console, f"Another process is using {out}; waiting for it to finish.")

    with locked(out / ".lock", on_wait):
        set_aside_damaged(search.anchors(), StudyFolder(out), console)
        # Also removes what a killed process has left.
        make_runs(search.anchors(), StudyFolder(out), current_provenance(), console, ExecutionConfig(jobs))
        study = open_trials(search, folder)
        _SearchLoop(search, folder, study, trials).run(jobs, console)
        for store in (folder.models, folder.runs):
            # A worker that was killed may still have been ending at the start.
            remove_leftovers(store)
    return study


@dataclass
class _RunningTrial:
    """A trial in progress: its trainings, and the scores of the finished ones."""

    trial: Trial
    trainings: list[RunSpec]
    scores: list[float] = field(default_factory=list)

    @property
    def next(self) -> RunSpec:
        """The training that is running or comes next."""
        return self.trainings[len(self.scores)]


class _SearchLoop:
    """Asks Optuna for candidates, trains them one training after the other, and reports the scores to it."""

    def __init__(self, search: Search, folder: SearchFolder, study: Study, trials: int) -> None:
        self._search, self._folder, self._study, self._trials = search, folder, study, trials
        self._space = read_space(search.space, search.defaults)
        self._running: dict[Future[Any], _RunningTrial] = {}
        self._done_before = 0.0
        returns = [read_record(folder.runs / spec.folder_name)["return_mean"] for spec in search.anchors()]
        self._anchors = dict(
            zip(search.environments, zip(returns[::2], returns[1::2], strict=True), strict=True)
        )

    def run(self, jobs: int, console: Console) -> None:
        """Runs until there are enough trials."""
        provenance, registered = current_provenance(), RegistrySnapshot.take()
        started, self._done_before = time.monotonic(), self._done()
        # After Ctrl-C, running trainings are lost and finished ones are kept.
        with (
            _progress_bar(console, self._trials) as (bar, task),
            WorkerPool(jobs, lambda sentence: say(bar.console, sentence)) as pool,
        ):

            def train(running: _RunningTrial) -> None:
                set_aside_damaged([running.next], StudyFolder(self._folder.path), bar.console)
                work = (running.next, self._folder, provenance, registered)
                self._running[pool.submit(running.next.title, _train_in_worker, *work)] = running

            while self._running or len(finished_trials(self._study)) < self._trials:
                while (
                    len(self._running) < jobs
                    and len(finished_trials(self._study)) + len(self._running) < self._trials
                ):
                    train(self._start_trial())
                for future in wait(self._running, INTERVAL, FIRST_COMPLETED).done:
                    running = self._running.pop(future)
                    if self._record_score(running, future):
                        train(running)
                    else:
                        bar.print(self._summary(running, time.monotonic() - started), highlight=False)
                bar.update(task, completed=self._done())

    def _start_trial(self) -> _RunningTrial:
        """Asks Optuna for the next candidate."""
        from optuna.samplers import TPESampler

        # A new sampler for every trial, so that a resumed search draws the same candidates.
        number = len(finished_trials(self._study)) + len(self._running)
        self._study.sampler = TPESampler(seed=number, n_startup_trials=BEFORE_PRUNING, constant_liar=True)
        trial = self._study.ask()
        chosen = {name: entry.suggest(trial, name) for name, entry in self._space.items()}
        if is_default(trial):
            chosen = {}
        return _RunningTrial(trial, self._search.trainings({**self._search.defaults, **chosen}))

    def _record_score(self, running: _RunningTrial, future: Future[None]) -> bool:
        """Reports the score of a finished training to Optuna; returns whether another training follows."""
        from optuna.trial import TrialState

        try:
            future.result()
        except (ValueError, ArithmeticError, RuntimeError) as error:
            # Diverged weights or incompatible settings. The present settings must work.
            if is_default(running.trial):
                raise
            running.trial.set_user_attr("failed", f"{type(error).__name__}: {error}"[:200])
            self._study.tell(running.trial, state=TrialState.FAIL)
            return False
        low, high = self._anchors[running.next.environment]
        mean_return = read_record(self._folder.runs / running.next.folder_name)["return_mean"]
        running.scores.append((mean_return - low) / (high - low) if high != low else np.nan)
        running.trial.report(float(np.mean(running.scores)), len(running.scores))
        if len(running.scores) == len(running.trainings):
            self._study.tell(running.trial, float(np.mean(running.scores)))
            return False
        if running.trial.should_prune():
            self._study.tell(running.trial, state=TrialState.PRUNED)
            return False
        return True

    def _summary(self, running: _RunningTrial, seconds: float) -> str:
        """Returns a line about a finished trial, `seconds` after the loop started."""
        finished = self._study.trials[running.trial.number]
        result = f"{np.mean(running.scores):.3f}" if running.scores else "no score"
        if len(running.scores) < len(running.trainings):
            result += f" ({finished.state.name.lower()} after {len(running.scores)} trainings)"
        default = ", the present settings" if is_default(finished) else ""
        left = seconds * (self._trials - self._done()) / max(self._done() - self._done_before, 1e-9) / 60
        number = f"Trial {len(finished_trials(self._study))} of {self._trials}"
        return f"{number}: {result}{default}; about {left:.0f} min left"

    def _done(self) -> float:
        """Returns the number of trials done so far, counting parts of running ones."""
        parts = 0.0
        for running in self._running.values():
            parts += (len(running.scores) + self._folder.progress(running.next)) / len(running.trainings)
        return len(finished_trials(self._study)) + parts


def _train_in_worker(
    spec: RunSpec, folder: SearchFolder, provenance: Provenance, registered: RegistrySnapshot
) -> None:
    """Trains and evaluates in a worker process."""
    registered.restore()
    execute_run(spec, folder.runs / spec.folder_name, provenance, folder.models)


@contextmanager
def _progress_bar(console: Console, trials: int) -> Iterator[tuple[Progress, TaskID]]:
    """Shows the progress of the search and the time left."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    left = (TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, *left, console=console, speed_estimate_period=600) as bar:
        yield bar, bar.add_task(f"{trials} trials", total=trials)

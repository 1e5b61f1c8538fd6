"""The trials of a search, which Optuna stores in a SQLite file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segue.experiments.tuning.folder import SearchFolder
from segue.experiments.tuning.search import Search
from segue.experiments.tuning.search_space import read_space
from segue.features.errors import UserError

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

BEFORE_PRUNING = 4
"""Trials that are completed before one whose score is below their median is stopped early."""
_DEFAULT, _REPEATS = "default", "again"
"""Attributes of a trial: whether it is the present settings, and the number of the trial that it repeats."""


def open_trials(search: Search, folder: SearchFolder) -> Study:
    """Opens Optuna's database; adds the first trial, and repeats trials that were interrupted.

    Raises:
        UserError: The database is damaged.
    """
    try:
        return _open_trials(search, folder)
    except (OSError, UserError):
        raise
    except Exception as error:
        raise UserError(
            f"{folder.path / 'trials.db'} is damaged ({type(error).__name__}): delete it and run the same "
            "command again; finished trainings are kept."
        ) from error


def _open_trials(search: Search, folder: SearchFolder) -> Study:
    import optuna
    from optuna.trial import TrialState

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=BEFORE_PRUNING, n_warmup_steps=0)
    study = optuna.create_study(
        storage=folder.storage,
        study_name="segue",
        direction="maximize",
        pruner=pruner,
        load_if_exists=True,
    )
    space = read_space(search.space, search.defaults)
    if not study.trials:
        present = {
            name: entry.encode(search.defaults[name])
            for name, entry in space.items()
            if name in search.defaults
        }
        study.enqueue_trial(present, user_attrs={_DEFAULT: True})
    for trial in study.get_trials(states=[TrialState.RUNNING]):
        study.enqueue_trial(trial.params, user_attrs={**trial.user_attrs, _REPEATS: trial.number})
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def finished_trials(study: Study) -> list[FrozenTrial]:
    """Returns the finished trials, except those that were interrupted and repeated."""
    from optuna.trial import TrialState

    states = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
    repeated = {trial.user_attrs.get(_REPEATS) for trial in study.trials}
    return [trial for trial in study.get_trials(states=states) if trial.number not in repeated]


def is_default(trial: Trial | FrozenTrial) -> bool:
    """Returns whether a trial is the agent's present settings."""
    return bool(trial.user_attrs.get(_DEFAULT))

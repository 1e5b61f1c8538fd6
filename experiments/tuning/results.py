"""The results of a search: a file with the best settings, and a table of all trials."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml

from segue.experiments.tuning.search import FIRST_TRAINING_SEED, FIRST_VALIDATION_SEED, Search
from segue.experiments.tuning.search_space import read_space
from segue.experiments.tuning.trials import finished_trials, is_default

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial


def trial_table(search: Search, study: Study) -> pd.DataFrame:
    """Returns the trials, the best first.

    Returns:
        Columns trial (1 is the present settings), state (complete, pruned or fail), score (mean over the
        finished trainings; NaN without any), trainings (number of finished ones), and one column per setting.
    """
    rows = []
    for number, trial in enumerate(finished_trials(study), 1):
        scores = list(trial.intermediate_values.values())
        rows.append(
            {
                "trial": number,
                "state": trial.state.name.lower(),
                "score": scores[-1] if scores else np.nan,
                "trainings": len(scores),
                **{
                    name: str(value)
                    for name, value in settings_of(search, trial).items()
                    if name in search.space
                },
            }
        )
    return pd.DataFrame(rows).sort_values(["state", "score"], ascending=[True, False], ignore_index=True)


def settings_of(search: Search, trial: FrozenTrial) -> dict[str, Any]:
    """Returns all settings of a trial."""
    if is_default(trial):
        return search.defaults
    space = read_space(search.space, search.defaults)
    return {**search.defaults, **{name: space[name].decode(value) for name, value in trial.params.items()}}


def write_best(search: Search, study: Study, folder: Path) -> Path:
    """Writes `best.yaml`, in the format of the settings that come with segue, and `trials.csv`.

    Args:
        search: The search.
        study: Its trials, at least one of them complete.
        folder: The folder to write to.

    Returns:
        The file of settings.
    """
    trial_table(search, study).to_csv(folder / "trials.csv", index=False)
    file = folder / "best.yaml"
    settings = yaml.safe_dump(
        settings_of(search, study.best_trial), sort_keys=False, default_flow_style=None, width=110
    )
    file.write_text("\n".join(f"# {line}" for line in _header(search, study)) + f"\n{settings}", "utf-8")
    return file


def _header(search: Search, study: Study) -> list[str]:
    """Describes the search and the improvement it found, in lines of at most 108 characters."""
    trials = finished_trials(study)
    default = next((trial for trial in trials if is_default(trial)), None)
    before = default.value if default is not None and default.value is not None else np.nan
    pruned = sum(trial.state.name == "PRUNED" for trial in trials)
    low, high = FIRST_TRAINING_SEED, FIRST_TRAINING_SEED + search.seeds - 1
    changed = f" with {json.dumps(search.environment_settings)}" if search.environment_settings else ""
    text = (
        f"Found for {search.agent} by `segue tune` on {', '.join(search.environments)}{changed}: "
        f"{len(trials)} trials ({pruned} stopped early) of {search.steps:,} training steps, training seeds "
        f"{low} to {high}, {search.episodes} validation sessions from seed {FIRST_VALIDATION_SEED}, all in "
        f"the training split. Searched: {', '.join(search.space)}. Normalised score on the "
        f"validation sessions (random 0, greedy-oracle 1): {before:.3f} with the settings before, "
        f"{study.best_value:.3f} with these, which is slightly optimistic for the best of several."
    )
    return textwrap.wrap(text, 108)

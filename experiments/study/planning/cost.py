"""Estimates what the missing runs of a study cost, so that a long or large study says so before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from segue.experiments.formatting import duration
from segue.experiments.runs.spec import ModelSpec, RunSpec
from segue.experiments.study.folder import StudyFolder

WORTH_A_WARNING = (3600.0, 10.0)
"""Seconds and gigabytes from which on a study says what it will cost."""

# Measured in the committed studies, with pools of 50 and sessions of up to 30 tracks, on one core.
_TRAINING = {"recurrent-ppo": 0.87, "a2c": 0.16, "dqn": 0.32, "qrdqn": 0.43, "dagger": 1.4, "sac": 2.0}
_USUAL_TRAINING = 0.27
"""Seconds per 1,000 training steps."""
_EVALUATION = {"oracle": 0.094, "belief-planner": 0.24, "oracle-shuffled": 0.026, "djmc": 0.012}
_USUAL_EVALUATION = 0.0025
"""Seconds per session."""
_ORDER = 0.01
"""Seconds per session whose order is analysed."""
_POOL, _LENGTH = 50, 30
_BYTES_PER_PLAY = 300
"""Memory of one row of the table of plays, which holds all runs when the report is written."""


def cost_warning(specs: Sequence[RunSpec], folder: StudyFolder, processes: int) -> str:
    """Says how long the missing runs of a study take and how much memory its tables need, if that is much.

    Args:
        specs: All runs of the study.
        folder: Its folder.
        processes: How many run at once.

    Returns:
        A sentence, empty for an ordinary study. The time is a rough estimate.
    """
    missing = [spec for spec in specs if not (folder.runs / spec.folder_name).is_dir()]
    models = {spec.model.key: spec.model for spec in missing if spec.model}
    todo = [model for model in models.values() if not (folder.models / model.folder_name).is_dir()]
    seconds = (sum(map(_evaluation, missing)) + sum(map(_training, todo))) / processes
    gigabytes = (
        sum(spec.episodes * _length(spec.environment_settings) for spec in specs) * _BYTES_PER_PLAY / 1e9
    )
    if seconds < WORTH_A_WARNING[0] and gigabytes < WORTH_A_WARNING[1]:
        return ""
    parts = [f"about {duration(seconds)} on {processes} {'core' if processes == 1 else 'cores'}"]
    if gigabytes >= 1:
        parts.append(f"about {gigabytes:.0f} GB of memory for its tables")
    return (
        f"This study of {len(specs):,} runs needs {' and '.join(parts)}; an interrupted one resumes, and a "
        "smaller number of steps, sessions or seeds is faster."
    )


def _training(spec: ModelSpec) -> float:
    """Estimates the seconds of a training."""
    per_step = _TRAINING.get(spec.agent, _USUAL_TRAINING) / 1000
    return spec.steps * per_step * _pool_size(spec.environment_settings) / _POOL


def _evaluation(spec: RunSpec) -> float:
    """Estimates the seconds of an evaluation."""
    settings = spec.environment_settings
    scale = _pool_size(settings) / _POOL * _length(settings) / _LENGTH
    per_session = _EVALUATION.get(spec.agent, _USUAL_EVALUATION)
    sessions = spec.episodes + spec.validation_sessions
    return scale * (sessions * per_session + spec.order_sessions * _ORDER)


def _pool_size(settings: dict[str, Any]) -> int:
    return int(settings.get("pool_size", _POOL))


def _length(settings: dict[str, Any]) -> int:
    return min(int(settings.get("length", _LENGTH)), _pool_size(settings))

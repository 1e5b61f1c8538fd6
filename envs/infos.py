"""The infos of an environment: the same flat keys, all numbers, at every reset and step.

`track` (row of the catalogue), `position` (of the play, from 0; −1 at a reset), `listened` (heard fraction),
`skipped`, `left`, and `utility_<term>` (contribution to the listener's utility). At a reset they describe the
start track, which counts as heard.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from segue.envs.core.session import Sessions
from segue.envs.core.step_result import StepResult
from segue.features.arrays import AnyArray, BoolArray, IntArray

AT_RESET: dict[str, Any] = {"position": -1, "listened": 1.0, "skipped": False, "left": False}


def single_reset_info(sessions: Sessions) -> dict[str, Any]:
    """Returns the info of a session that has just begun, as Python numbers."""
    utilities = dict.fromkeys(sessions.utility_names, 0.0)
    return {"track": int(sessions.history[0, 0]), **AT_RESET, **utilities}


def single_step_info(result: StepResult) -> dict[str, Any]:
    """Returns the info of a play in a batch of one, as Python numbers."""
    # Converting the whole record once is much cheaper than indexing each field's array.
    _, listened, _, track, position, _, skipped, left, _ = result.outcome[0].item()
    return {
        "track": track,
        "position": position,
        "listened": listened,
        "skipped": skipped,
        "left": left,
        **dict(zip(result.names, result.parts[:, 0].tolist(), strict=True)),
    }


def step_infos(result: StepResult) -> dict[str, AnyArray]:
    """Returns the infos of a play in every session, arrays (B,)."""
    return {
        "track": result.track,
        "position": result.position,
        "listened": result.listened,
        "skipped": result.skipped,
        "left": result.left,
        **result.utilities,
    }


def reset_infos(sessions: Sessions) -> dict[str, AnyArray]:
    """Returns the infos of sessions that have all just begun, arrays (B,)."""
    batch = sessions.batch
    numbers = {key: np.full(batch, value) for key, value in AT_RESET.items()}
    utilities = {name: np.zeros(batch) for name in sessions.utility_names}
    return {"track": sessions.history[:, 0].astype(np.int64), **numbers, **utilities}


def replaced(infos: dict[str, AnyArray], rows: IntArray, by: dict[str, AnyArray]) -> dict[str, AnyArray]:
    """Returns infos in which some rows are those of other infos."""
    mixed = {key: values.copy() for key, values in infos.items()}
    for key, values in mixed.items():
        values[rows] = by[key][rows]
    return mixed


def with_masks(infos: dict[str, AnyArray], present: BoolArray) -> dict[str, Any]:
    """Adds Gymnasium's mask `_key` to every key, which says which sessions have a value; others hold zeros.

    Args:
        infos: Arrays (B,) or (B, …).
        present: The sessions that have values, (B,).
    """
    masked: dict[str, Any] = {}
    everywhere, rows = bool(present.all()), np.flatnonzero(present)
    for key, values in infos.items():
        if not everywhere:
            values, given = np.zeros_like(values), values
            values[rows] = given[rows]
        masked[key], masked[f"_{key}"] = values, present.copy()
    return masked

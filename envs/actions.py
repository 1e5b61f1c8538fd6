"""Actions: an index into the pool, or a point in feature space."""

from __future__ import annotations

from typing import Any, Literal

import gymnasium as gym
import numpy as np

from segue.envs.core.session import Sessions
from segue.features.arrays import AnyArray, IntArray
from segue.features.errors import UserError

ActionMode = Literal["discrete", "continuous"]


def action_space(mode: ActionMode, pool_size: int, features: int) -> gym.Space[Any]:
    """Returns the action space of one session.

    Args:
        mode: `"discrete"`: `Discrete(K)`; `"continuous"`: `Box(-1, 1, (F,))`, where −1 and 1 are the
            ends 0 and 1 of each feature (the symmetric box that policies with Gaussian actions expect).
        pool_size: Candidates K.
        features: Features F.
    """
    if mode == "discrete":
        return gym.spaces.Discrete(pool_size)
    if mode == "continuous":
        return gym.spaces.Box(-1.0, 1.0, (features,), np.float32)
    raise UserError(f"action must be 'discrete' or 'continuous', but is {mode!r}.")


def slots_of(mode: ActionMode, actions: AnyArray, sessions: Sessions) -> IntArray:
    """Turns a batch of actions into pool slots.

    Args:
        mode: How actions are given.
        actions: Slots (B,), or points (B, F).
        sessions: The batch; a point selects the nearest free candidate.

    Returns:
        Slots (B,).

    Raises:
        UserError: If a slot is outside the pool.
    """
    if mode == "continuous":
        points = (np.clip(actions, -1.0, 1.0).astype(np.float64) + 1.0) / 2.0
        distance = ((sessions.state.features - points[:, None, :]) ** 2).sum(axis=-1)
        nearest: IntArray = np.where(sessions.available, distance, np.inf).argmin(axis=1)
        return nearest
    slots = np.ascontiguousarray(actions, dtype=np.intp)
    # A single number needs no array reductions, which would dominate the cost for the scalar environment.
    low, high = (slots.item(),) * 2 if slots.size == 1 else (slots.min(), slots.max())
    if low < 0 or high >= sessions.pool_size:
        wrong = low if low < 0 else high
        raise UserError(
            f"Action {wrong} is outside the pool of {sessions.pool_size} candidates; "
            f"use 0 to {sessions.pool_size - 1}."
        )
    return slots

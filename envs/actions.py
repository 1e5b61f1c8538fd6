"""Actions: an index into the pool, or a point in feature space."""

from __future__ import annotations

from typing import Any, Literal

import gymnasium as gym
import numpy as np

from segue.envs.core.session import Sessions
from segue.envs.listener.checked_settings import shown
from segue.features.arrays import AnyArray, FloatArray, IntArray
from segue.features.errors import UserError

ActionMode = Literal["discrete", "continuous"]


def action_space(mode: ActionMode, pool_size: int, features: int) -> gym.Space[Any]:
    """Returns the action space of one session.

    Args:
        mode: `"discrete"`: `Discrete(K)`; `"continuous"`: `Box(-1, 1, (F,))`, where −1 and 1 are the
            ends 0 and 1 of each feature (the symmetric box that policies with Gaussian actions expect).
        pool_size: Candidates K.
        features: Features F.

    Raises:
        UserError: If the mode is unknown.
    """
    if mode == "discrete":
        return gym.spaces.Discrete(pool_size)
    if mode == "continuous":
        return gym.spaces.Box(-1.0, 1.0, (features,), np.float32)
    raise UserError(f"action must be 'discrete' or 'continuous', but is {mode!r}.")


def slots_of(mode: ActionMode, actions: Any, sessions: Sessions) -> IntArray:
    """Turns a batch of actions into pool slots.

    Args:
        mode: How actions are given.
        actions: Slots, integers (B,), or points (B, F), which are clipped to [−1, 1].
        sessions: The batch; a point selects the nearest available candidate.

    Returns:
        Slots (B,).

    Raises:
        UserError: If the actions are of another shape or type, a slot is outside the pool, or a coordinate
            is not a number.
    """
    given = as_array(actions)
    if mode == "continuous":
        shape = (sessions.batch, sessions.state.features.shape[2])
        if given.dtype.kind not in "fiu" or given.shape != shape:
            raise UserError(
                f"Actions must be numbers of shape {shape}, one point per session, but {shown(actions)} was "
                "given."
            )
        return _nearest(given, sessions)
    if given.dtype.kind not in "iu":
        raise UserError(
            f"Actions must be integers, one slot per session, but {shown(actions)} was given; round them to "
            "the slot that you mean."
        )
    if given.shape != (sessions.batch,):
        raise UserError(
            f"Actions must have shape ({sessions.batch},), one slot per session, but have {given.shape}."
        )
    return _in_pool(given, sessions.pool_size)


def slot_of(mode: ActionMode, action: Any, sessions: Sessions) -> IntArray:
    """Turns the action of a single session into a batch of one slot, (1,); see `slots_of`."""
    given = as_array(action)
    if mode == "continuous":
        shape = sessions.state.features.shape[2:]
        if given.dtype.kind not in "fiu" or given.shape != shape:
            raise UserError(f"An action must be a point, numbers of shape {shape}, but is {shown(action)}.")
        return _nearest(given[None], sessions)
    if given.dtype.kind not in "iu" or given.shape:
        raise UserError(
            f"An action must be one integer, the slot of a candidate, but is {shown(action)}; give a number "
            f"from 0 to {sessions.pool_size - 1}."
        )
    return _in_pool(given[None], sessions.pool_size)


def as_array(actions: Any) -> AnyArray:
    """Returns actions as an array.

    Raises:
        UserError: If they have no regular shape.
    """
    try:
        return np.asarray(actions)
    except (ValueError, OverflowError):
        raise UserError(
            f"{shown(actions)} is neither a slot nor a point; give an action of the space."
        ) from None


def _in_pool(slots: AnyArray, pool_size: int) -> IntArray:
    """Returns slots, integers (B,), if all are inside the pool."""
    # A single number needs no array reductions, which would dominate the cost for the scalar environment.
    low, high = (slots.item(),) * 2 if slots.size == 1 else (slots.min(), slots.max())
    if low < 0 or high >= pool_size:
        raise UserError(
            f"Action {low if low < 0 else high} is outside the pool of {pool_size} candidates; "
            f"use 0 to {pool_size - 1}."
        )
    return slots.astype(np.intp, copy=False)


def _nearest(points: AnyArray, sessions: Sessions) -> IntArray:
    """Returns the nearest available candidate of each point, (B, F)."""
    if not np.isfinite(points).all():
        raise UserError("Actions must be finite, but a coordinate is infinite or not a number.")
    candidates = sessions.state.features
    scaled: FloatArray = (np.clip(points, -1.0, 1.0).astype(np.float64) + 1.0) / 2.0
    distance = ((candidates - scaled[:, None, :]) ** 2).sum(axis=-1)
    nearest: IntArray = np.where(sessions.available, distance, np.inf).argmin(axis=1)
    return nearest

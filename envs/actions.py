"""Actions: an index into the pool, or a point in feature space."""

from __future__ import annotations

from typing import Any, Literal

import gymnasium as gym
import numpy as np

from segue.envs.core.session import Sessions
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
        UserError: If there is no such mode.
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
    if mode == "continuous":
        return _nearest(actions, sessions)
    slots = np.asarray(actions)
    if slots.dtype.kind not in "iu":
        raise UserError(
            f"Actions must be integers, one slot per session, but {_short(actions)} was given; round them to "
            "the slot that you mean."
        )
    if slots.shape != (sessions.batch,):
        raise UserError(
            f"Actions must have shape ({sessions.batch},), one slot per session, but have {slots.shape}."
        )
    # A single number needs no array reductions, which would dominate the cost for the scalar environment.
    low, high = (slots.item(),) * 2 if slots.size == 1 else (slots.min(), slots.max())
    if low < 0 or high >= sessions.pool_size:
        raise UserError(
            f"Action {low if low < 0 else high} is outside the pool of {sessions.pool_size} candidates; "
            f"use 0 to {sessions.pool_size - 1}."
        )
    return slots.astype(np.intp, copy=False)


def _nearest(actions: Any, sessions: Sessions) -> IntArray:
    """Returns the nearest available candidate of each point."""
    candidates = sessions.state.features
    shape = (sessions.batch, candidates.shape[2])
    points = np.asarray(actions)
    if points.dtype.kind not in "fiu" or points.shape != shape:
        raise UserError(
            f"Actions must be numbers of shape {shape}, one point per session, but {_short(actions)} was "
            "given."
        )
    if not np.isfinite(points).all():
        raise UserError("Actions must be finite, but a coordinate is infinite or not a number.")
    scaled: FloatArray = (np.clip(points, -1.0, 1.0).astype(np.float64) + 1.0) / 2.0
    distance = ((candidates - scaled[:, None, :]) ** 2).sum(axis=-1)
    nearest: IntArray = np.where(sessions.available, distance, np.inf).argmin(axis=1)
    return nearest


def _short(actions: Any) -> str:
    """Returns how actions look in an error message."""
    if isinstance(actions, np.ndarray) and actions.size > 1:
        return f"an array of {actions.dtype} of shape {actions.shape}"
    text = repr(actions[0] if isinstance(actions, list | np.ndarray) and len(actions) == 1 else actions)
    return text if len(text) <= 40 else f"{text[:37]}..."


def one_action(action: Any) -> AnyArray:
    """Returns the action of a single session as a batch of one.

    Raises:
        UserError: If the action has no regular shape.
    """
    try:
        return np.asarray(action)[None]
    except (ValueError, OverflowError):
        raise UserError(f"Action {_short(action)} is neither a slot nor a point.") from None

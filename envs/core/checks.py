"""Checks of the arrays that the methods of `Sessions` take, because the compiled loops trust them."""

from __future__ import annotations

from typing import Any

import numpy as np

from segue.envs.listener.checked_settings import shown
from segue.features.arrays import AnyArray, FloatArray, IntArray
from segue.features.errors import UserError


def integers(values: Any, what: str) -> AnyArray:
    """Returns an array of integers of any type.

    Args:
        values: The array, or lists of numbers.
        what: Subject of the error message, such as `"Slots"`.

    Raises:
        UserError: If there is anything else in it.
    """
    try:
        array = np.asarray(values)
    except (ValueError, OverflowError):  # lists of different lengths
        array = np.array(None)
    if array.dtype.kind not in "iu" and array.shape != (0,):  # an empty list is one of floats for NumPy
        raise UserError(f"{what} must be an array of integers, but are {shown(values)}.")
    return array


def fractions(values: Any, shapes: tuple[tuple[int, ...], ...], what: str) -> FloatArray:
    """Returns an array of numbers from 0 to 1, float64.

    Args:
        values: The array, or lists of numbers.
        shapes: The shapes that it may have; the first one is documented.
        what: Subject of the error message, such as `"Heard fractions"`.

    Raises:
        UserError: If it has another shape, or there is anything else in it.
    """
    try:
        array = np.ascontiguousarray(values, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        raise UserError(f"{what} must be an array of numbers, but are {shown(values)}.") from None
    if array.shape not in shapes:
        raise UserError(f"{what} must have shape {shapes[0]}, but have {array.shape}.")
    # NaN is not within any bounds.
    if array.size and not (array.min() >= 0.0 and array.max() <= 1.0):
        low, high = array.min(), array.max()
        raise UserError(f"{what} must lie between 0 and 1, but reach from {low:g} to {high:g}.")
    return array


def slots_in_pool(slots: Any, shape: tuple[int | None, ...], pool_size: int) -> IntArray:
    """Returns slots of the pool as the compiled loops take them.

    Args:
        slots: Slots of any integer type.
        shape: The shape that they must have: (B,), or (B, None) for (B, M) with any M.
        pool_size: Candidates K.

    Raises:
        UserError: If they are not integers, have another shape, or one is outside the pool.
    """
    array = integers(slots, "Slots")
    if array.shape != shape and (None not in shape or array.ndim != 2 or len(array) != shape[0]):
        needed = str(shape).replace("None", "M")
        raise UserError(f"Slots must have shape {needed}, but have {array.shape}.")
    if array.size:
        # A single number needs no array reductions, which would dominate the cost of a single session.
        low, high = (array.item(),) * 2 if array.size == 1 else (array.min(), array.max())
        if low < 0 or high >= pool_size:
            raise UserError(
                f"Slot {low if low < 0 else high} is outside the pool of {pool_size} candidates; "
                f"use 0 to {pool_size - 1}."
            )
    return np.ascontiguousarray(array, dtype=np.intp)


def rows_of(rows: Any, batch: int) -> IntArray:
    """Returns rows of a batch of B sessions, (R,).

    Raises:
        UserError: If they are not integers, have another shape, or one is outside the batch.
    """
    array = integers(rows, "Rows")
    if array.ndim != 1:
        raise UserError(f"Rows must have shape (R,), but have {array.shape}.")
    if array.size and (array.min() < 0 or array.max() >= batch):
        outside = array.min() if array.min() < 0 else array.max()
        raise UserError(f"Row {outside} is outside the batch of {batch} sessions; use 0 to {batch - 1}.")
    return array.astype(np.intp, copy=False)


def given_starts(tracks: Any, rows: int, n_tracks: int) -> IntArray:
    """Returns start tracks, negative where the start is drawn, (R,).

    Raises:
        UserError: If they are not integers, have another shape, or one is not in the catalogue.
    """
    array = integers(tracks, "Start tracks")
    if array.shape != (rows,):
        raise UserError(f"Start tracks must have shape ({rows},), but have {array.shape}.")
    if array.size and array.max() >= n_tracks:
        raise UserError(
            f"Start track {array.max()} is not in the catalogue; it has tracks 0 to {n_tracks - 1}."
        )
    return array.astype(np.intp, copy=False)


def pools_and_starts(
    pool: Any, start: Any, shape: tuple[int, int], n_tracks: int, source: str
) -> tuple[AnyArray, AnyArray]:
    """Returns candidates (R, K), -1 where there is none, and start tracks (R,).

    Args:
        pool: Catalogue index of each candidate.
        start: Catalogue index of each start track.
        shape: R and K.
        n_tracks: Tracks in the catalogue.
        source: Where they come from, such as `"The pool"`, for the error message.

    Raises:
        UserError: If they are not integers, have another shape, are not in the catalogue, or a session has
            no candidate.
    """
    pool, start = integers(pool, f"{source}: candidates"), integers(start, f"{source}: start tracks")
    parts = (("candidates", pool, shape), ("start tracks", start, shape[:1]))
    for what, part, needed in parts:
        if part.shape != needed:
            raise UserError(f"{source}: {what} must have shape {needed}, but have {part.shape}.")
    for what, part, least in (("candidate", pool, -1), ("start track", start, 0)):
        wrong = part[(part < least) | (part >= n_tracks)]
        if wrong.size:
            raise UserError(
                f"{source}: the catalogue lacks {what} {wrong[0]}; it has tracks 0 to {n_tracks - 1}."
            )
    if (pool < 0).all(axis=1).any():
        raise UserError(f"{source}: a session has no candidate at all; -1 is for single missing candidates.")
    return pool, start

"""The arguments of `reset`: seeds, where sessions start, and in the vector environment which ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from segue.envs.listener.checked_settings import shown, whole_number
from segue.features import Catalog
from segue.features.arrays import BoolArray, IntArray
from segue.features.errors import UserError, unknown_name

DRAWN = -1
"""In place of the row of a start track: the session draws it."""

MANY_TRACKS = 50
"""From how many tracks on an error does not list them."""


def checked_options(options: dict[str, Any] | None, known: tuple[str, ...]) -> dict[str, Any]:
    """Returns the options of a reset.

    Raises:
        UserError: If they are not a dictionary, or one of them is unknown.
    """
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise UserError(f"options must be a dictionary such as {{'start': id}}, but is {shown(options)}.")
    for name in options:
        if name not in known:
            raise unknown_name("option of reset", str(name)[:100], known)
    return options


def as_seed(seed: Any) -> int | None:
    """Returns a seed as an integer of Python, which Gymnasium requires, or None.

    Raises:
        UserError: If it is neither None nor a whole number of 0 or more.
    """
    if seed is None:
        return None
    number = whole_number(seed, "seed")
    if number < 0:
        raise UserError(f"seed must be 0 or more, but is {shown(number)}.")
    return number


def session_seeds(seed: Any, batch: int) -> list[int | None]:
    """Returns the seed of each of B sessions.

    Args:
        seed: A number s, of which session i gets s + i; a list with a number or None for each; or None.
        batch: Number of sessions B.

    Raises:
        UserError: If a seed is not a whole number of 0 or more, or there is not one per session.
    """
    if seed is None:
        return [None] * batch
    listed = seed.ndim > 0 if isinstance(seed, np.ndarray) else isinstance(seed, Sequence)
    if not listed or isinstance(seed, str):
        first = as_seed(seed) or 0
        return [first + i for i in range(batch)]
    if len(seed) != batch:
        raise UserError(f"Got {len(seed)} seeds for {batch} sessions; give one seed per session.")
    return [as_seed(each) for each in seed]


def start_tracks(start: Any, catalog: Catalog, batch: int) -> IntArray | None:
    """Finds the tracks with which sessions are to start.

    Args:
        start: The id of a track for all sessions; or a list with an id, or None for a drawn start, for each.
        catalog: Source of the ids.
        batch: Number of sessions B.

    Returns:
        Rows of the catalogue, (B,), `DRAWN` where the start is drawn; None if all are.

    Raises:
        UserError: If an id is unknown, or there is not one per session.
    """
    if start is None:
        return None
    if isinstance(start, str):
        return np.full(batch, _row_of(start, catalog), np.intp)
    if not isinstance(start, list | tuple | np.ndarray):
        _row_of(start, catalog)
    if len(start) != batch:
        raise UserError(
            f"Got {len(start)} start tracks for {batch} sessions; give one id, or one per session."
        )
    return np.array([DRAWN if id_ is None else _row_of(id_, catalog) for id_ in start], np.intp)


def reset_mask(mask: Any, batch: int) -> BoolArray:
    """Returns which sessions to reset, (B,); all of them for None.

    Raises:
        UserError: If it is not a boolean array (B,), or selects nothing.
    """
    if mask is None:
        return np.ones(batch, np.bool_)
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != (batch,):
        raise UserError(f"reset_mask must be a boolean NumPy array of shape ({batch},).")
    if not mask.any():
        raise UserError("reset_mask selects no session; leave it out to reset all of them.")
    return mask


def _row_of(id_: Any, catalog: Catalog) -> int:
    """Returns the row of a track."""
    if not isinstance(id_, str):
        raise UserError(
            f"A start track is given by its id, which is text, but {shown(id_)} was given; "
            "catalog.ids[row] is the id of a row."
        )
    rows = np.flatnonzero(catalog.ids == id_)
    if not rows.size:
        what = f"track of catalogue {catalog.name!r}"
        if len(catalog) <= MANY_TRACKS:
            raise unknown_name(what, id_, catalog.ids.tolist())
        raise UserError(f"Unknown {what} {id_[:100]!r}; choose one of catalog.ids.")
    return int(rows[0])

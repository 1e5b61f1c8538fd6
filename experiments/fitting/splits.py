"""How a log is divided: training, validation, held-out listeners, and later sessions of known ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.experiments.fitting.play_arrays import PlayArrays
from segue.features.arrays import BoolArray
from segue.features.errors import UserError

HELD_OUT, VALIDATION, LATER = 0.25, 0.15, 0.25
"""Shares of the listeners that are held out and that choose penalties, and of a listener's sessions."""

FEWEST_LISTENERS, FEWEST_SESSIONS = 20, 20
"""With fewer listeners none is held out; with fewer sessions nothing can be fitted."""


@dataclass(frozen=True, eq=False)
class Split:
    """Which plays serve for what, bool (N,) each.

    Attributes:
        train: Plays that parameters are fitted to.
        validation: Plays that penalties and terms are chosen on.
        held_out: Plays of listeners that are not met in training.
        later: Later sessions of listeners that are.
    """

    train: BoolArray
    validation: BoolArray
    held_out: BoolArray
    later: BoolArray


def split_plays(plays: PlayArrays, seed: int) -> Split:
    """Divides listeners at random, and the sessions of training listeners by time.

    With few listeners, validation takes sessions at random instead, and only later sessions are held out.

    Raises:
        UserError: There are too few sessions.
    """
    if plays.n_sessions < FEWEST_SESSIONS:
        raise UserError(
            f"The log has {plays.n_sessions} sessions, too few to fit and to check a listener; "
            f"give at least {FEWEST_SESSIONS}."
        )
    rng = np.random.default_rng(seed)
    session = np.cumsum(plays.first) - 1
    owner = np.searchsorted(plays.listener_starts, plays.session_starts[:-1], side="right") - 1
    count = np.bincount(owner, minlength=plays.n_listeners)
    first = np.concatenate([[0], np.cumsum(count)])[:-1]
    place = np.arange(plays.n_sessions) - first[owner]
    is_later = place >= np.ceil(count[owner] * (1 - LATER))
    is_later &= count[owner] >= 4
    if plays.n_listeners >= FEWEST_LISTENERS:
        draw = rng.random(plays.n_listeners)[owner]
        held_out = draw < HELD_OUT
        validation = ~held_out & (draw < HELD_OUT + VALIDATION)
        later = is_later & ~held_out & ~validation
    else:
        held_out = np.zeros(plays.n_sessions, np.bool_)
        later = is_later
        validation = ~later & (rng.random(plays.n_sessions) < VALIDATION)
    train = ~(held_out | validation | later)
    if not (train.any() and validation.any() and (held_out.any() or later.any())):
        raise UserError(
            "The log is too small to be divided into training, validation and test; give more listeners, or "
            "four or more sessions of each."
        )
    return Split(train[session], validation[session], held_out[session], later[session])

"""The plays of a log as arrays, in the order in which every listener heard them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from segue.envs.listener.response import USUAL_DURATION
from segue.experiments.fitting.track_lengths import numbers, over_track, track_lengths
from segue.features import Catalog
from segue.features.arrays import BoolArray, FloatArray, Int64Array, IntArray
from segue.features.errors import UserError

HEARD = 0.98
"""A play of at least this fraction counts as heard to its end if the log does not say otherwise."""

FEWEST_UNITS = 10
"""With fewer listeners than this, intervals are over sessions."""

LONGEST_SESSION, SHORTEST_PIECE, PIECES = 1_000, 50, 50
"""Longer sessions are cut into pieces; into shorter ones if there would be fewer than `PIECES` in all."""


@dataclass(frozen=True, eq=False)
class PlayArrays:
    """N plays, sorted by listener, session and position.

    Attributes:
        listener: Code of the listener, rising, (N,).
        session: Code of the session, rising, (N,).
        position: Place in the session from 0, (N,).
        track: Row of the catalogue, −1 for an unknown track, (N,).
        skipped: 1 skipped, 0 not, −1 not known, (N,).
        listened: Heard fraction, NaN where not known, (N,).
        duration: Length of the track in s, an assumed one where it is not known, (N,).
        listeners: Names of the listeners, in the order of their codes.
    """

    listener: Int64Array
    session: Int64Array
    position: Int64Array
    track: Int64Array
    skipped: Int64Array
    listened: FloatArray
    duration: FloatArray
    listeners: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.track)

    @cached_property
    def first(self) -> BoolArray:
        """Whether each play is the first of its session, (N,)."""
        return _changes(self.session)

    @cached_property
    def session_starts(self) -> IntArray:
        """First play of every session, and N, (sessions + 1,)."""
        return np.append(np.flatnonzero(self.first), len(self))

    @cached_property
    def listener_starts(self) -> IntArray:
        """First play of every listener, and N, (listeners + 1,)."""
        return np.append(np.flatnonzero(_changes(self.listener)), len(self))

    @property
    def n_sessions(self) -> int:
        """Number of sessions."""
        return len(self.session_starts) - 1

    @property
    def n_listeners(self) -> int:
        """Number of listeners with plays."""
        return len(self.listener_starts) - 1

    @property
    def unit(self) -> str:
        """What intervals are over, `listeners` or `sessions`: the plays of different ones are independent."""
        return "listeners" if self.n_listeners >= FEWEST_UNITS else "sessions"

    @property
    def units(self) -> Int64Array:
        """Code of the unit of each play, (N,)."""
        return self.listener if self.unit == "listeners" else self.session

    @property
    def unit_starts(self) -> IntArray:
        """First play of every unit, and N, (units + 1,)."""
        return self.listener_starts if self.unit == "listeners" else self.session_starts

    @cached_property
    def timed(self) -> BoolArray:
        """Whether it is known when the play was skipped, (N,)."""
        return (self.skipped == 1) & np.isfinite(self.listened)

    @cached_property
    def stopped(self) -> BoolArray:
        """Whether the play ended before the track did, but not by what is known to be a skip, (N,)."""
        return (self.skipped != 1) & (self.listened < HEARD)

    def take(self, chosen: BoolArray) -> PlayArrays:
        """Returns some of the plays; sessions should be chosen as a whole."""
        names = ("listener", "session", "position", "track", "skipped", "listened", "duration")
        return PlayArrays(**{name: getattr(self, name)[chosen] for name in names}, listeners=self.listeners)


def _changes(codes: Int64Array) -> BoolArray:
    return np.append(True, codes[1:] != codes[:-1])[: len(codes)]


def play_arrays(plays: pd.DataFrame, catalog: Catalog | None) -> PlayArrays:
    """Turns a table of plays into arrays.

    Args:
        plays: The table; `track_id`, or `track` where that column is missing, names rows of the catalogue.
        catalog: The catalogue; None if there is none, which makes all tracks unknown.

    Raises:
        UserError: There is no play, or the log does not say of any whether it was skipped.
    """
    if plays.empty:
        raise UserError("The log holds no plays; check the file.")
    plays = _ordered(plays)
    track = _tracks(plays, catalog)
    skipped, listened, duration = _responses(plays, track_lengths(plays, track, catalog))
    codes, names = pd.factorize(plays["listener"])
    session = _session_codes(plays)
    position = _positions(session)
    longest = LONGEST_SESSION
    if session.max() < PIECES:
        longest = int(np.clip(len(plays) // PIECES, SHORTEST_PIECE, LONGEST_SESSION))
    session = np.cumsum(_changes(session) | ((position % longest == 0) & (position > 0))) - 1
    return PlayArrays(
        codes.astype(np.int64),
        session.astype(np.int64),
        position % longest,
        track,
        skipped,
        listened,
        duration,
        tuple(map(str, names)),
    )


def _responses(plays: pd.DataFrame, length: FloatArray) -> tuple[Int64Array, FloatArray, FloatArray]:
    """Returns `skipped`, `listened` and `duration` of `PlayArrays`.

    In a log that never says what was skipped, plays that ended before the track did count as skips. In any
    other log they remain unknown, since a player also stops at a logout, and not only at a skip.

    Args:
        plays: The table.
        length: Length of the track of each play in s, NaN where not known, (N,).
    """
    listened, seconds = numbers(plays, "listened"), numbers(plays, "listened_s")
    # A track that was heard for longer than the usual length is that long.
    assumed = np.fmax(over_track(plays, seconds, "max"), USUAL_DURATION)
    duration = np.where(np.isnan(length), assumed, length)
    known = np.where(np.isnan(listened), seconds / length, listened)
    listened = np.where(np.isnan(listened), seconds / duration, listened).clip(0.0, 1.0)
    said = (
        plays["skipped"].astype("boolean") if "skipped" in plays else pd.Series(pd.NA, plays.index, "boolean")
    )
    if said.notna().any():
        heard = np.where(known >= HEARD, 0, -1)
        skipped = np.where(said.notna(), said.fillna(False).astype(np.int64), heard)
    else:
        skipped = np.where(np.isnan(known), -1, known < HEARD)
    if (skipped < 0).all():
        if np.isfinite(seconds).any():
            raise UserError(
                "The log says for how many seconds tracks were heard, but neither which were skipped nor how "
                "long they are; give their lengths as duration_s, or a catalogue that has them."
            )
        raise UserError(
            "No play of the log says whether it was skipped or how long it was heard; a listener cannot be "
            "fitted to it."
        )
    return skipped.astype(np.int64), listened, duration


def _ordered(plays: pd.DataFrame) -> pd.DataFrame:
    """Sorts plays by listener, session and position; sessions by their time, else as in the table."""
    plays = plays.reset_index(drop=True)
    order = pd.DataFrame({"listener": pd.factorize(plays["listener"])[0], "position": plays["position"]})
    session = _session_codes(plays)
    began = pd.Series(np.arange(len(plays), dtype=np.float64)).groupby(session).transform("min")
    if "time" in plays and plays["time"].notna().all():
        time = plays["time"].astype("int64").astype(np.float64)
        began = time.groupby(session).transform("min")
    order["began"], order["session"] = began, session
    rows = order.sort_values(["listener", "began", "session", "position"], kind="stable").index
    return plays.loc[rows].reset_index(drop=True)


def _session_codes(plays: pd.DataFrame) -> Int64Array:
    """Numbers the sessions, whose names may repeat from listener to listener, (N,)."""
    return pd.factorize(plays["listener"].astype(str) + "\0" + plays["session"].astype(str))[0]


def _positions(session: Int64Array) -> Int64Array:
    starts = np.flatnonzero(_changes(session))
    return np.arange(len(session)) - np.repeat(starts, np.diff(np.append(starts, len(session))))


def _tracks(plays: pd.DataFrame, catalog: Catalog | None) -> Int64Array:
    if catalog is None:
        return np.full(len(plays), -1, np.int64)
    column = plays["track_id" if "track_id" in plays else "track"].astype("string")
    rows = pd.Series(np.arange(len(catalog)), index=pd.Index(catalog.ids.astype(str)))
    return column.map(rows).fillna(-1).to_numpy(dtype=np.int64)

"""What a table of plays contains, counted in pieces."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segue.experiments.formatting import DASH, number, per_cent
from segue.experiments.logs.plays import iterate_plays, read_notes
from segue.features.arrays import BoolArray, FloatArray, Int64Array
from segue.features.errors import UserError

POSITIONS = 30
"""Positions whose skip rate is counted."""
BINS = 20
"""Bins of the fraction heard."""
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass
class LogSummary:
    """Counts of a table of plays.

    Attributes:
        name: Name of its file.
        notes: What was written with it: its format, and what was left out.
        plays: Number of plays.
        per_listener: Plays of each listener, by a hash of the name.
        per_track: Plays of each track, by a hash of its identifier.
        lengths: Sessions by their number of plays, from 0.
        first: Time of the first play, missing if there are no times.
        last: Time of the last play.
        months: Plays by months since year 0.
        hours: (24,) plays by hour of the day in UTC.
        skips: (`POSITIONS`, 2) plays by position, and whether they were skipped, where that is known.
        after: (2, 2) plays by whether the one before was skipped, and whether they were.
        heard: (`BINS`,) plays by the fraction heard.
        known: Number of plays whose column has a value, by column.
        shuffled: Plays in random order.
    """

    name: str
    notes: dict[str, Any]
    plays: int = 0
    per_listener: pd.Series = field(default_factory=lambda: pd.Series(dtype=np.int64))
    per_track: pd.Series = field(default_factory=lambda: pd.Series(dtype=np.int64))
    lengths: Int64Array = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    first: pd.Timestamp | None = None
    last: pd.Timestamp | None = None
    months: pd.Series = field(default_factory=lambda: pd.Series(dtype=np.int64))
    hours: Int64Array = field(default_factory=lambda: np.zeros(24, dtype=np.int64))
    skips: Int64Array = field(default_factory=lambda: np.zeros((POSITIONS, 2), dtype=np.int64))
    after: Int64Array = field(default_factory=lambda: np.zeros((2, 2), dtype=np.int64))
    heard: Int64Array = field(default_factory=lambda: np.zeros(BINS, dtype=np.int64))
    known: pd.Series = field(default_factory=lambda: pd.Series(dtype=np.int64))
    shuffled: int = 0

    @property
    def dated(self) -> bool:
        """Whether its times are dates."""
        return self.first is not None and bool(self.notes.get("dated", True))

    @property
    def skip_rate(self) -> float:
        """Share of the plays that were skipped, among those where that is known; NaN if it never is."""
        return _share(int(self.known.get("skips", 0)), int(self.known.get("skipped", 0)))

    def skip_rate_after(self, skipped: bool) -> float:
        """Share of the plays that were skipped after one that was, or was not; NaN if unknown."""
        return _share(int(self.after[int(skipped), 1]), int(self.after[int(skipped)].sum()))

    def length_quantiles(self) -> FloatArray:
        """Quantiles of the number of plays in a session, at 5, 25, 50, 75 and 95 %."""
        share = np.cumsum(self.lengths) / self.lengths.sum()
        return np.searchsorted(share, _QUANTILES).astype(np.float64)

    def add(self, piece: pd.DataFrame) -> None:
        """Counts the plays of whole sessions."""
        self.plays += len(piece)
        self.per_listener = _counted(self.per_listener, piece["listener"])
        self.per_track = _counted(self.per_track, piece["track"])
        self.known = self.known.add(piece.notna().sum(), fill_value=0).astype(np.int64)
        starts = (piece["position"] == 0).to_numpy()
        lengths = np.bincount(np.diff(np.append(np.flatnonzero(starts), len(piece))))
        self.lengths = _sum(self.lengths, lengths)
        self._add_times(piece["time"].dropna())
        self._add_skips(piece, starts)
        fractions = piece["listened"].dropna().to_numpy(dtype=np.float64)
        self.heard += np.histogram(fractions, bins=BINS, range=(0, 1))[0]
        self.shuffled += int(piece["shuffle"].fillna(False).sum())

    def _add_times(self, times: pd.Series) -> None:
        if times.empty:
            return
        self.first = min(times.min(), self.first or times.min())
        self.last = max(times.max(), self.last or times.max())
        counted = (times.dt.year * 12 + times.dt.month - 1).value_counts()
        self.months = self.months.add(counted, fill_value=0).astype(np.int64)
        self.hours += np.bincount(times.dt.hour, minlength=24)

    def _add_skips(self, piece: pd.DataFrame, starts: BoolArray) -> None:
        known = piece["skipped"].notna().to_numpy()
        skipped = piece["skipped"].fillna(False).to_numpy(dtype=np.int64)
        near = known & (piece["position"] < POSITIONS).to_numpy()
        np.add.at(self.skips, (piece["position"].to_numpy()[near], skipped[near]), 1)
        pairs = known[1:] & known[:-1] & ~starts[1:]
        np.add.at(self.after, (skipped[:-1][pairs], skipped[1:][pairs]), 1)
        self.known["skips"] = self.known.get("skips", 0) + int(skipped.sum())

    def rows(self) -> list[tuple[str, str]]:
        """Returns what to print, as names and values."""
        sessions = int(self.lengths.sum())
        rows = [
            ("plays", f"{self.plays:,}"),
            ("listeners", f"{len(self.per_listener):,}; plays of each {_quantiles(self.per_listener)}"),
            ("tracks", f"{len(self.per_track):,}; plays of each {_quantiles(self.per_track)}"),
            ("sessions", f"{sessions:,}; plays in each {_listed(self.length_quantiles())}"),
            ("time", self._span()),
            ("skipped", self._skipped()),
            (
                "heard",
                self._known("listened", "the fraction of the track")
                + f", {self._known('listened_s', 'seconds')}",
            ),
            ("random order", self._shuffled()),
        ]
        if "track_id" in self.known:
            rows.append(
                (
                    "in a catalogue",
                    f"{per_cent(_share(int(self.known['track_id']), self.plays))} of the plays",
                )
            )
        if self.notes.get("format"):
            rows.append(("read as", str(self.notes["format"])))
        left_out = self.notes.get("left_out")
        if isinstance(left_out, dict):
            reasons = "; ".join(f"{reason}: {count:,}" for reason, count in left_out.items())
            rows.append(("left out", reasons or "nothing"))
        return rows

    def _span(self) -> str:
        if self.first is None or self.last is None:
            return "unknown"
        days = (self.last - self.first) / pd.Timedelta(days=1)
        return (
            f"{self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}"
            if self.dated
            else f"{days:,.0f} days without dates"
        )

    def _skipped(self) -> str:
        if not self.known["skipped"]:
            return "unknown"
        after, otherwise = (per_cent(self.skip_rate_after(skipped)) for skipped in (True, False))
        rates = f"{per_cent(self.skip_rate)}; {after} after a skip, {otherwise} otherwise"
        return f"{rates}; {self._known('skipped', 'known')}"

    def _shuffled(self) -> str:
        known = int(self.known["shuffle"])
        return (
            f"{per_cent(_share(self.shuffled, known))}; {self._known('shuffle', 'known')}"
            if known
            else "unknown"
        )

    def _known(self, column: str, what: str) -> str:
        return f"{what} for {per_cent(_share(int(self.known[column]), self.plays))} of the plays"


def summarise(path: str | os.PathLike[str]) -> LogSummary:
    """Counts what a table of plays of any size contains.

    Raises:
        UserError: It is not valid, or is empty.
    """
    path = Path(path)
    summary = LogSummary(path.name, read_notes(path))
    for piece in iterate_plays(path, progress="read"):
        summary.add(piece)
    if not summary.plays:
        raise UserError(f"{str(path)!r} has no plays; convert a log that has.")
    return summary


def _counted(counts: pd.Series, names: pd.Series) -> pd.Series:
    """Adds how often each name occurs; names are kept as hashes of 64 bits."""
    codes, distinct = pd.factorize(names)
    hashes = pd.util.hash_array(np.asarray(distinct, dtype=object))
    fresh = pd.Series(np.bincount(codes, minlength=len(distinct)), index=hashes)
    return counts.add(fresh, fill_value=0).astype(np.int64) if len(counts) else fresh


def _sum(a: Int64Array, b: Int64Array) -> Int64Array:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    total = longer.astype(np.int64).copy()
    total[: len(shorter)] += shorter
    return total


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _quantiles(counts: pd.Series) -> str:
    return _listed(np.quantile(counts.to_numpy(), _QUANTILES))


def _listed(values: Sequence[float] | FloatArray) -> str:
    """Formats the quantiles at 5, 25, 50, 75 and 95 %: the median, and both ranges."""
    lowest, low, median, high, highest = (number(value, 0) for value in values)
    if lowest == highest:
        return median
    return f"{median} (half of them {low}{DASH}{high}, nine in ten {lowest}{DASH}{highest})"

"""When sessions end: which ends a log shows, and what the departure model says about them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logit

from segue.envs.listener.departure import AbandonHazard
from segue.experiments.fitting.play_arrays import PlayArrays
from segue.features.arrays import BoolArray, FloatArray, Int64Array

PILE = 3.0
"""Sessions were cut off at the longest length if this many times more end there than one play earlier."""

LEAST = 1e-12
"""Least probability of leaving and of staying."""


@dataclass(frozen=True, eq=False)
class Departures:
    """The ends of sessions, as far as a log shows them.

    Logs often contain only sessions of some length, and only their first plays: that no session ends before
    the shortest length, and that many end at the longest one, then means nothing.

    Attributes:
        played: Tracks played after each play, (N,).
        skips: Consecutive skips after each play, (N,).
        ends: Whether the session ended after the play, (N,).
        at_risk: Whether its end there would be in the log as such, (N,).
        shortest: Plays of the shortest session.
        longest: Plays after which sessions were cut off, or None.
    """

    played: Int64Array
    skips: Int64Array
    ends: BoolArray
    at_risk: BoolArray
    shortest: int
    longest: int | None

    def take(self, chosen: BoolArray) -> Departures:
        """Returns those of some plays."""
        names = ("played", "skips", "ends", "at_risk")
        return dataclasses.replace(self, **{name: getattr(self, name)[chosen] for name in names})

    @property
    def observed(self) -> bool:
        """Whether sessions can be seen to end and to continue."""
        ends = self.ends[self.at_risk]
        return bool(ends.any() and not ends.all())


def departures_of(plays: PlayArrays, marked: bool = True) -> Departures:
    """Finds the ends of sessions.

    Args:
        plays: The plays.
        marked: Whether the log marks the ends of sessions; otherwise no end is known.
    """
    lengths = np.diff(plays.session_starts)
    shortest, longest = int(lengths.min()), cut_off(lengths)
    played = plays.position + 1
    skip = plays.skipped == 1
    # The count of skips since the last track that was not skipped, within the session.
    broken = np.where(~skip | plays.first, np.arange(len(plays)) + (~skip).astype(int), 0)
    skips = np.arange(1, len(plays) + 1) - np.maximum.accumulate(broken)
    ends = np.zeros(len(plays), np.bool_)
    ends[plays.session_starts[1:] - 1] = True
    at_risk = (played >= shortest) & (marked & (played < (longest or np.inf)))
    return Departures(played, skips, ends, at_risk, shortest, longest)


def cut_off(lengths: Int64Array) -> int | None:
    """Returns the length at which sessions seem to have been cut off."""
    longest = int(lengths.max())
    at_end, before = int((lengths == longest).sum()), int((lengths == longest - 1).sum())
    return longest if longest > 1 and at_end >= 10 and at_end > PILE * max(before, 1) else None


def simple_departure(departures: Departures, base: AbandonHazard) -> dict[str, float]:
    """Fits a, b and the shape of a departure that the utility does not influence, to begin with."""
    rows = departures.at_risk
    ends = departures.ends[rows]
    seen = departures.take(rows)

    def loss(numbers: FloatArray) -> float:
        logits = leaving_logits(seen, base, numbers[0], numbers[1], float(np.exp(numbers[2])))
        return float(np.logaddexp(0.0, np.where(ends, -logits, logits)).mean())

    found = minimize(loss, np.array([logit(ends.mean()), 0.0, 0.0]), method="Nelder-Mead")
    a, b, shape = found.x.tolist()
    return {"a": a, "b": b, "shape": float(np.exp(shape))}


def leaving_logits(
    departures: Departures, base: AbandonHazard, a: float, b: float, shape: float
) -> FloatArray:
    """Returns the logit of leaving after each play if the recent utility were 0, (N,).

    Args:
        departures: The ends of sessions.
        base: The departure of the preset, whose scale is kept.
        a: Intercept.
        b: Effect of consecutive skips; may be negative while it is being estimated.
        shape: Weibull shape.
    """
    model = dataclasses.replace(base, never=False, a=a, b=abs(b), c=0.0, shape=shape)
    nothing = np.zeros(len(departures.skips))
    without, with_skips = (
        logit(model.probability(departures.played, skips, nothing).clip(LEAST, 1.0 - LEAST))
        for skips in (np.zeros_like(departures.skips), departures.skips)
    )
    return np.asarray(without + np.sign(b) * (with_skips - without), np.float64)

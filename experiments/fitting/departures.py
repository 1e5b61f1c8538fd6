"""The fit of the departure model: when sessions end."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.signal import lfilter

from segue.envs.listener.departure import AbandonHazard
from segue.experiments.fitting.play_arrays import PlayArrays
from segue.features.arrays import BoolArray, FloatArray, Int64Array

BOUNDS = {"a": (-12.0, 6.0), "b": (0.0, 5.0), "c": (0.0, 5.0), "shape": (0.05, 5.0)}
"""Parameters that are estimated, with their bounds; the scale is not identified beside a."""

PILE = 3.0
"""Sessions were cut off at the longest length if so many times more end there than one play earlier."""


@dataclass(frozen=True)
class DepartureFit:
    """A fitted departure.

    Attributes:
        departure: The departure.
        errors: Standard errors of its parameters by name.
        shortest: Plays of the shortest session: shorter ones are not in the log.
        longest: Plays after which sessions were cut off, or None.
    """

    departure: AbandonHazard
    errors: dict[str, float]
    shortest: int
    longest: int | None


def fit_departure(plays: PlayArrays, utility: FloatArray, base: AbandonHazard) -> DepartureFit:
    """Fits the hazard of ending a session, given that it is in the log.

    Logs often contain only sessions of some length, and only their first plays: ends before the shortest
    length and at the longest one then tell nothing.

    Args:
        plays: The plays.
        utility: Mean utility of each play, given its response and the plays before it, (N,).
        base: The departure of the preset, whose scale and decay are kept.
    """
    lengths = np.diff(plays.session_starts)
    shortest, longest = int(lengths.min()), cut_off(lengths)
    played, skips, ema = _history(plays, utility, base.decay)
    ends = np.zeros(len(plays), np.bool_)
    ends[plays.session_starts[1:] - 1] = True
    at_risk = played >= shortest
    if longest is not None:
        at_risk &= played < longest
    if not (ends & at_risk).any() or (ends[at_risk]).all():
        return DepartureFit(dataclasses.replace(base, never=not ends[at_risk].any()), {}, shortest, longest)
    rows = np.flatnonzero(at_risk)
    fitted, errors = _maximise(played[rows], skips[rows], ema[rows], ends[rows], base)
    return DepartureFit(fitted, errors, shortest, longest)


def cut_off(lengths: Int64Array) -> int | None:
    """Returns the length at which sessions seem to have been cut off."""
    longest = int(lengths.max())
    at_end, before = int((lengths == longest).sum()), int((lengths == longest - 1).sum())
    return longest if longest > 1 and at_end >= 10 and at_end > PILE * max(before, 1) else None


def _history(
    plays: PlayArrays, utility: FloatArray, decay: float
) -> tuple[Int64Array, Int64Array, FloatArray]:
    """Returns tracks played, consecutive skips and moving average of the utility after each play, (N,)."""
    played = plays.position + 1
    skip = plays.skipped == 1
    # The count of skips since the last track that was not skipped, within the session.
    broken = np.where(~skip | plays.first, np.arange(len(plays)) + (~skip).astype(int), 0)
    skips = np.arange(1, len(plays) + 1) - np.maximum.accumulate(broken)
    ema = np.empty(len(plays))
    for begin, end in zip(plays.session_starts[:-1], plays.session_starts[1:], strict=True):
        ema[begin:end] = lfilter([1.0 - decay], [1.0, -decay], utility[begin:end])
    return played, skips, ema


def _maximise(
    played: Int64Array, skips: Int64Array, ema: FloatArray, ends: BoolArray, base: AbandonHazard
) -> tuple[AbandonHazard, dict[str, float]]:
    """Returns the departure with the highest likelihood, and standard errors."""
    names = [name for name in BOUNDS if name != "shape" or np.ptp(played) > 0]

    def departure(numbers: FloatArray) -> AbandonHazard:
        return dataclasses.replace(base, never=False, **dict(zip(names, numbers.tolist(), strict=True)))

    def losses(numbers: FloatArray) -> FloatArray:
        leaving = np.clip(departure(numbers).probability(played, skips, ema), 1e-12, 1 - 1e-12)
        return -np.where(ends, np.log(leaving), np.log1p(-leaving))

    bounds = [BOUNDS[name] for name in names]
    start = np.clip([getattr(base, name) for name in names], *np.transpose(bounds))
    start[0] = np.log(ends.mean() / (1 - ends.mean()))
    found = minimize(lambda x: float(losses(x).mean()), start, method="L-BFGS-B", bounds=bounds)
    low, high = np.transpose(bounds)
    columns = []
    for shift in 1e-4 * np.eye(len(names)):
        above, below = np.minimum(found.x + shift, high), np.maximum(found.x - shift, low)
        columns.append((losses(above) - losses(below)) / (above - below).sum())
    scores = np.column_stack(columns)
    errors = np.sqrt(np.diag(np.linalg.pinv(scores.T @ scores, hermitian=True)))
    return departure(found.x), dict(zip(names, errors.tolist(), strict=True))

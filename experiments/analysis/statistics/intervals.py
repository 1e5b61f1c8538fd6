"""Intervals of means over runs, which hold for few runs.

The runs are the sample: each has its own split, training and sessions, so that a t interval over the values
of the runs covers all three, with the quantile that their number asks for. Two things are added.

An *interquartile mean* leaves out a quarter of the runs, rounded down, at each end; its interval is that of
the trimmed mean, from the winsorised variance (Tukey and McLaughlin 1963; Yuen 1974).

The test tracks of the runs *overlap*: each run has a share f of one catalogue. Of the variance between runs
that is due to tracks, f / (1 - f) stays in their mean, however many runs there are: it is that of the
catalogue itself (the correction of Nadeau and Bengio 2003 for overlapping resamples). What trainings
contribute cannot be separated from what tracks do and is treated alike, which makes the intervals of learned
agents wider than needed.

References:
    Clopper, Pearson 1934. The use of confidence or fiducial limits illustrated in the case of the binomial.
    *Biometrika* 26.
    Nadeau, Bengio 2003. Inference for the generalization error. *Machine Learning* 52.
    Tukey, McLaughlin 1963. Less vulnerable confidence and significance procedures for location based on a
    single sample. *Sankhya A* 25.
    Yuen 1974. The two-sample trimmed t for unequal population variances. *Biometrika* 61.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import betaincinv, stdtrit

from segue.experiments.analysis.statistics.interval import NOTHING, Interval
from segue.experiments.analysis.statistics.runs import Runs, common
from segue.features.arrays import FloatArray

FEW = 4
"""With fewer runs than this an interquartile mean is the mean: nothing can be left out."""
RARE_FAILURES = 2.0
"""Least factor of the variance of a mean. A mean depends on trainings that fail now and then, which few runs
may not have shown; an interquartile mean does not."""
LEAST_OF_TRACKS = 0.5
"""Least share of the variance between runs that is taken to be due to their tracks: few runs cannot separate
it from what the sessions contribute."""


def iqm_interval(parts: Sequence[Runs], confidence: float = 0.95) -> Interval:
    """Computes the interquartile mean over runs with its interval, averaged over environments.

    Args:
        parts: The runs in each environment. Only runs that all environments have are used; what they share
            (split, listeners) is averaged before it is compared between runs. With fewer than four runs the
            mean is taken.
        confidence: Confidence of the interval.

    Returns:
        The mean over environments, each with equal weight, of the interquartile mean over runs.
    """
    return _interval(parts, True, confidence)


def mean_over_runs(parts: Sequence[Runs], confidence: float = 0.95) -> Interval:
    """Computes the mean over runs with its interval, averaged over environments; see `iqm_interval`."""
    return _interval(parts, False, confidence)


def _interval(parts: Sequence[Runs], trimmed: bool, confidence: float) -> Interval:
    parts = common(*parts)
    means = np.array([part.means for part in parts])
    known = ~np.isnan(means).any(axis=0)
    means = means[:, known]
    n = means.shape[1]
    if n == 0:
        return NOTHING
    cut = n // 4 if trimmed else 0
    ordered = np.sort(means, axis=1)
    estimate = float(ordered[:, cut : n - cut].mean())
    if n == 1:
        return Interval(estimate, np.nan, np.nan)
    winsorised = np.clip(means, ordered[:, [cut]], ordered[:, [n - cut - 1]]).mean(axis=0)
    kept = n - 2 * cut
    variance = (n - 1) * winsorised.var(ddof=1) / (kept * (kept - 1))
    between = n * variance
    of_tracks = max(between - _session_variance(parts, known), LEAST_OF_TRACKS * between)
    total = variance + overlap(max(part.share for part in parts)) * of_tracks
    if cut == 0:
        total = max(total, RARE_FAILURES * variance)
    half = float(stdtrit(kept - 1, 0.5 + confidence / 2) * np.sqrt(total))
    return Interval(estimate, estimate - half, estimate + half)


def overlap(share: float) -> float:
    """Returns the share of the variance between splits that stays in their mean, f / (1 - f).

    0 if the runs do not differ in their tracks, which no interval then covers.
    """
    return share / (1.0 - share) if share < 1.0 else 0.0


def _session_variance(parts: Sequence[Runs], known: FloatArray) -> float:
    """Returns the variance that the choice of sessions contributes to the value of a run, on average."""
    values = np.array([part.values[known] for part in parts])
    there = ~np.isnan(values)
    if there.all():
        values = values.mean(axis=0)
        return float((values.var(axis=1, ddof=1) / values.shape[1]).mean()) if values.shape[1] > 1 else 0.0
    # Sessions that lack the quantity are few or of another group: environments are taken as unrelated.
    counts = np.maximum(there.sum(axis=2), 2)
    spread = np.nanvar(np.where(there.any(axis=2, keepdims=True), values, 0.0), axis=2)
    return float((spread / (counts - 1)).mean() / len(parts))


def share_interval(shares: FloatArray, confidence: float = 0.95) -> Interval:
    """Computes the mean of a share over runs with its interval, which is never of zero width.

    Args:
        shares: For each run 1 or 0, or a number between them, such as a mean over environments, (n,).
        confidence: Confidence of the interval.

    Returns:
        The mean share with the exact binomial interval (Clopper and Pearson 1934) of n runs, which is too
        wide where the numbers lie between 0 and 1. What the splits of one catalogue share is taken as given.
    """
    n, won = len(shares), float(np.sum(shares))
    if n < 2:
        return Interval(won, np.nan, np.nan) if n else NOTHING
    outside = (1.0 - confidence) / 2
    low = float(betaincinv(won, n - won + 1, outside)) if won > 0 else 0.0
    high = float(betaincinv(won + 1, n - won, 1 - outside)) if won < n else 1.0
    return Interval(won / n, low, high)


def session_share_interval(parts: Sequence[Runs], confidence: float = 0.95) -> Interval:
    """Computes the mean share of sessions with its interval, averaged over environments.

    The interval is that over runs, and at least that of as many sessions drawn at random, so that a share
    of 0 or 1 has one too.

    Args:
        parts: For each session of each run a number from 0 to 1, in each environment.
        confidence: Confidence of the interval.
    """
    found = mean_over_runs(parts, confidence)
    if np.isnan(found.low):
        return found
    sessions = int(np.mean([np.isfinite(part.values).sum() for part in common(*parts)]))
    chance = share_interval(np.full(sessions, found.estimate), confidence)
    low, high = min(found.low, chance.low), max(found.high, chance.high)
    return Interval(found.estimate, max(low, 0.0), min(high, 1.0))

"""Confidence of several intervals at once: the max-T method of Westfall and Young.

A verdict looks at many comparisons. Their intervals are widened together until, if no two agents differed,
all of them would include 0 in 95 % of the reports. How much that takes depends on how related the
comparisons are: those of one agent with many baselines share its runs. The relation is estimated from the
runs themselves, and the smallest of the p-values is simulated under it.

Reference:
    Westfall, Young 1993. *Resampling-based multiple testing*. Wiley.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtr

from segue.experiments.analysis.statistics.runs import Runs
from segue.features.arrays import FloatArray

CELLS = 2**21
"""Random numbers that are drawn at once."""
DOUBT = 2.0
"""Weight of unrelated comparisons, in runs: few runs say little about how related comparisons are, and taking
them for more related than they are would make the intervals too narrow."""


def joint_confidence(family: Sequence[Runs], *, draws: int = 2000, confidence: float = 0.95) -> float:
    """Computes the confidence that each of several intervals needs, so that all hold at once.

    Args:
        family: The compared quantities, each with its runs.
        draws: Number of simulated studies.
        confidence: Confidence with which all intervals hold.

    Returns:
        A confidence between `confidence` and that of Bonferroni.
    """
    columns = [(each.seeds, each.means) for each in family if len(each.seeds) > 1]
    columns = [(seeds, means) for seeds, means in columns if means.std() > 0]
    if len(columns) < 2:
        return confidence
    seeds = np.unique(np.concatenate([own for own, _ in columns]))
    there = np.array([np.isin(seeds, own) for own, _ in columns]).T
    unit = np.zeros(there.shape)
    for column, (own, means) in enumerate(columns):
        centred = means - means.mean()
        unit[np.isin(seeds, own), column] = centred / np.linalg.norm(centred)
    rng = np.random.default_rng(0)
    at_once = max(1, CELLS // there.size)
    smallest = np.concatenate(
        [_smallest_p(unit, there, min(at_once, draws - done), rng) for done in range(0, draws, at_once)]
    )
    level = float(np.quantile(smallest, 1.0 - confidence))
    return 1.0 - min(max(level, (1.0 - confidence) / len(columns)), 1.0 - confidence)


def _smallest_p(unit: FloatArray, there: FloatArray, times: int, rng: np.random.Generator) -> FloatArray:
    """Simulates studies without any difference, and returns the smallest p-value of each.

    Args:
        unit: (n, m) values of the m comparisons in n runs, centred and of norm 1; 0 where one has no run.
        there: (n, m) which comparison has which run.
        times: Number of studies to simulate.
        rng: Random numbers.
    """
    runs, count = there.shape
    own = DOUBT / (runs + DOUBT)
    related = rng.standard_normal((times, runs, runs)) @ unit
    unrelated = rng.standard_normal((times, runs, count))
    drawn = (np.sqrt(1.0 - own) * related + np.sqrt(own) * unrelated) * there
    n = there.sum(axis=0)
    mean = drawn.sum(axis=1) / n
    variance = np.maximum((drawn**2).sum(axis=1) - n * mean**2, 1e-12) / (n - 1)
    t = mean / np.sqrt(variance / n)
    return np.asarray((2.0 * stdtr(n - 1, -np.abs(t))).min(axis=1))

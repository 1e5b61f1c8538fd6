"""From which value of a setting on an effect is above 0, with a confidence interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segue.experiments.analysis.statistics.interval import Interval


def onset(values: Sequence[float], effects: Sequence[Interval]) -> Interval:
    """Finds the value from which on an effect is above 0.

    The onset is the smallest of the values from which on the effect is above 0 at all of them. If the
    intervals of the effects hold at once, the interval of the onset holds with the same confidence: it can be
    neither at or below a value whose effect is shown not to be above 0, nor above the first value from which
    on all effects are shown to be.

    Args:
        values: Values of the setting, rising.
        effects: The effect at each, with intervals that hold at once.

    Returns:
        The onset with the first and the last value that it may be; infinity stands for "at none of them", NaN
        for intervals that are not known.
    """
    if any(np.isnan(effect.low) or np.isnan(effect.high) for effect in effects):
        return Interval(_from([effect.estimate > 0 for effect in effects], values), np.nan, np.nan)
    return Interval(
        *(
            _from([end > 0 for end in ends], values)
            for ends in (
                [effect.estimate for effect in effects],
                [effect.high for effect in effects],
                [effect.low for effect in effects],
            )
        )
    )


def _from(above: Sequence[bool], values: Sequence[float]) -> float:
    """Returns the first value from which on something holds at all values."""
    start = len(values)
    while start > 0 and above[start - 1]:
        start -= 1
    return float(values[start]) if start < len(values) else np.inf

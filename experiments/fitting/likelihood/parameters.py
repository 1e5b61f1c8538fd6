"""The names of the parameters, and the scales on which they are estimated."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import expit, logit

from segue.features.arrays import FloatArray

ENGAGEMENT = ("level_spread", "persistence", "gain", "noise", "opening")
DEPARTURE = ("a", "b", "c", "shape")
"""Parameters of the departure that are estimated; its scale is not identified beside a."""
SHARES = ("persistence", "until_5s", "until_30s", "break_rate")
"""Parameters between 0 and 1, which are estimated on the logit scale."""
LOGS = ("departure.shape",)
"""Positive parameters, which are estimated on the logarithmic scale."""
FARTHEST = 12.0
"""Largest number on the logit or logarithmic scale, so that a search far off ends in no overflow."""
SPREADS = ("bias_spread", "level_spread", "noise")
"""Standard deviations, whose sign does not matter."""

WEIGHT, LEAVING = "weight.", "departure."
"""Prefixes of the weights of the terms and of the parameters of the departure."""

Values = dict[str, float]


def to_free(values: Mapping[str, float], names: tuple[str, ...]) -> FloatArray:
    """Returns values on the scale on which they are estimated, (p,)."""
    return np.array(
        [
            logit(np.clip(values[name], 1e-4, 1 - 1e-4))
            if name in SHARES
            else np.log(values[name])
            if name in LOGS
            else values[name]
            for name in names
        ]
    )


def from_free(numbers: FloatArray, names: tuple[str, ...], others: Mapping[str, float]) -> Values:
    """Returns values for numbers on the scale on which they are estimated."""
    values = dict(others)
    for name, number in zip(names, numbers.tolist(), strict=True):
        if name in SHARES:
            number = float(expit(np.clip(number, -FARTHEST, FARTHEST)))
        elif name in LOGS:
            number = float(np.exp(np.clip(number, -FARTHEST, FARTHEST)))
        values[name] = abs(number) if name in SPREADS else number
    return values

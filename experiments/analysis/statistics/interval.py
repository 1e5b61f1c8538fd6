"""An estimate with its interval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Interval(NamedTuple):
    """An estimate with the ends of its interval, which are NaN where there is a single run."""

    estimate: float
    low: float
    high: float

    @property
    def above(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.low > 0

    @property
    def below(self) -> bool:
        """Whether the whole interval lies below 0."""
        return self.high < 0

    @property
    def reversed(self) -> Interval:
        """The same with the opposite sign, as of a difference seen from the other side."""
        return Interval(-self.estimate, -self.high, -self.low)


NOTHING = Interval(np.nan, np.nan, np.nan)
"""The interval of something that was not measured."""

"""Counts of what a conversion left out or changed, by reason: nothing disappears without one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from segue.features.arrays import BoolArray


@dataclass
class Counts:
    """Counts of a conversion.

    Attributes:
        read: Rows or entries of the files.
        left_out: How many of them were left out, by reason.
        changed: How many values were changed or derived, by what was done.
    """

    read: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    def keep(self, frame: pd.DataFrame, wrong: pd.Series | BoolArray, reason: str) -> pd.DataFrame:
        """Returns the rows that are not wrong, and counts the others.

        Args:
            frame: Rows of a log.
            wrong: (n,) the rows to leave out; missing counts as False.
            reason: What they are, such as `"podcasts"`.
        """
        mask = np.asarray(pd.Series(wrong).fillna(False), dtype=bool)
        if not mask.any():
            return frame
        self.left_out[reason] += int(mask.sum())
        return frame[~mask]

    def note(self, what: str, number: int) -> None:
        """Counts values that were changed or derived; none is not noted."""
        if number:
            self.changed[what] += int(number)

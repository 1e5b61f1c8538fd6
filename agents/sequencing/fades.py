"""How long tracks last, and by how much neighbours of a playlist overlap."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from segue.envs.listener.response import USUAL_DURATION
from segue.features import Catalog
from segue.features.arrays import FloatArray, IntArray

LONGEST_OVERLAP = 12.0
"""Longest overlap of two tracks in s by default."""


class Fades(NamedTuple):
    """Lengths of the tracks of a catalogue in s, (n,) each.

    Attributes:
        duration: Length; `USUAL_DURATION` where it is unknown.
        intro: Time until the intro ends, NaN if unknown.
        outro: Time from the start of the outro to the end, NaN if unknown.
        fade_in: Longest overlap with the track before, 0 where the intro is unknown.
        fade_out: Longest overlap with the track after, 0 where the outro is unknown.
    """

    duration: FloatArray
    intro: FloatArray
    outro: FloatArray
    fade_in: FloatArray
    fade_out: FloatArray

    @classmethod
    def of(cls, catalog: Catalog, longest: float = LONGEST_OVERLAP) -> Fades:
        """Reads the lengths of the tracks of a catalogue.

        Args:
            catalog: The catalogue.
            longest: Longest overlap in s.
        """
        duration = _column(catalog, "duration")
        duration = np.where(duration > 0, duration, np.nan)
        intro, outro = _column(catalog, "intro_end"), duration - _column(catalog, "outro_start")
        intro, outro = (np.where((span >= 0) & (span <= duration), span, np.nan) for span in (intro, outro))
        # The fades at both ends of a track must not meet.
        most = np.minimum(longest, np.nan_to_num(duration) / 2)
        fade_in, fade_out = (np.minimum(np.nan_to_num(span), most) for span in (intro, outro))
        return cls(np.where(np.isnan(duration), USUAL_DURATION, duration), intro, outro, fade_in, fade_out)

    def overlaps(self, rows: IntArray) -> FloatArray:
        """Returns the overlaps (n - 1,) of neighbours in s: as long as the outro and the intro allow."""
        return np.minimum(self.fade_out[rows[:-1]], self.fade_in[rows[1:]])

    def starts(self, rows: IntArray) -> FloatArray:
        """Returns when each track begins, (n,) s from the start of the set."""
        return np.concatenate([[0.0], np.cumsum(self.duration[rows[:-1]] - self.overlaps(rows))])

    def seconds(self, rows: IntArray) -> float:
        """Returns the length of a set in s."""
        return float(self.duration[rows].sum() - self.overlaps(rows).sum())


def _column(catalog: Catalog, name: str) -> FloatArray:
    """Returns a column in raw units (n,), NaN where it is missing."""
    return catalog.raw(name) if catalog.has(name) else np.full(len(catalog), np.nan)

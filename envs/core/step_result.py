"""What a step of a batch of sessions leads to."""

from __future__ import annotations

from dataclasses import dataclass

from segue.features.arrays import BoolArray, FloatArray, Int64Array

UTILITY = "utility_"
"""Prefix of the keys and columns that hold a term's contribution to the utility."""


@dataclass(slots=True)
class StepResult:
    """What one step did in each of B sessions.

    The first three are as the compiled loops wrote them; the properties name their rows.

    Attributes:
        real: `utility` and `listened`, (2, B).
        whole: `track` and `position`, (2, B).
        flags: `heard`, `skipped`, `left` and `terminated`, (4, B).
        parts: Weighted contributions to the utility, a row for the bias and for each term, (1 + n_terms, B).
        names: Names of those rows, `utility_<term>`.
        reward: Reward of the step, (B,); right only after the reward function has seen the rest.
    """

    real: FloatArray
    whole: Int64Array
    flags: BoolArray
    parts: FloatArray
    names: tuple[str, ...]
    reward: FloatArray

    @property
    def utility(self) -> FloatArray:
        """The listener's utility of the play, (B,)."""
        return self.real[0]

    @property
    def listened(self) -> FloatArray:
        """Heard fraction, exactly 1.0 to the end, (B,)."""
        return self.real[1]

    @property
    def track(self) -> Int64Array:
        """Catalogue index of what was heard, (B,)."""
        return self.whole[0]

    @property
    def position(self) -> Int64Array:
        """Place of the play in the playlist, from 0, (B,)."""
        return self.whole[1]

    @property
    def heard(self) -> BoolArray:
        """False where a masked slot was taken and the listener heard a repeat, (B,)."""
        return self.flags[0]

    @property
    def skipped(self) -> BoolArray:
        """Whether the play ended early, (B,)."""
        return self.flags[1]

    @property
    def left(self) -> BoolArray:
        """Whether the listener ended the session, (B,)."""
        return self.flags[2]

    @property
    def terminated(self) -> BoolArray:
        """Whether the session is over, (B,)."""
        return self.flags[3]

    @property
    def utilities(self) -> dict[str, FloatArray]:
        """`utility_<term>` to the term's contribution to the utility, (B,); they sum to `utility`."""
        return dict(zip(self.names, self.parts, strict=True))

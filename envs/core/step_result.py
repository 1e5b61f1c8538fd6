"""The outcome of one step of a batch of sessions."""

from __future__ import annotations

from dataclasses import dataclass

from segue.features.arrays import AnyArray, BoolArray, FloatArray, Int64Array

UTILITY = "utility_"
"""Prefix of the keys and columns that hold a term's contribution to the utility."""


@dataclass(slots=True, repr=False)
class StepResult:
    """The outcome of one step in each of B sessions.

    Attributes:
        outcome: One record of `OUTCOME` per session, written by the compiled loops; the properties return
            its fields, (B,).
        all_parts: Weighted contributions to the utility, one row for the bias and one per term,
            (1 + n_terms, B, 1).
        names: Names of those rows, `utility_<term>`.
        reward: Reward of the step, (B,); set after the reward function has seen the other fields.
    """

    outcome: AnyArray
    all_parts: FloatArray
    names: tuple[str, ...]
    reward: FloatArray

    def __repr__(self) -> str:
        return f"<StepResult: tracks {self.track}, listened {self.listened}, reward {self.reward}>"

    @property
    def parts(self) -> FloatArray:
        """Weighted contributions to the utility, (1 + n_terms, B)."""
        return self.all_parts[:, :, 0]

    @property
    def utility(self) -> FloatArray:
        """The listener's utility of the play, (B,)."""
        return self.outcome["utility"]

    @property
    def listened(self) -> FloatArray:
        """Heard fraction, exactly 1.0 for a track heard to its end, (B,)."""
        return self.outcome["listened"]

    @property
    def amount(self) -> FloatArray:
        """How much of a play it was for the listener's terms, by the listener's `play_amount`, (B,)."""
        return self.outcome["amount"]

    @property
    def track(self) -> Int64Array:
        """Catalogue index of the track that was heard, (B,)."""
        return self.outcome["track"]

    @property
    def position(self) -> Int64Array:
        """Position of the play in the playlist, from 0, (B,)."""
        return self.outcome["position"]

    @property
    def heard(self) -> BoolArray:
        """False where a masked slot was chosen and the listener heard a repeat, (B,)."""
        return self.outcome["heard"]

    @property
    def skipped(self) -> BoolArray:
        """Whether the play ended early, (B,)."""
        return self.outcome["skipped"]

    @property
    def left(self) -> BoolArray:
        """Whether the listener ended the session, (B,)."""
        return self.outcome["left"]

    @property
    def terminated(self) -> BoolArray:
        """Whether the session is over, (B,)."""
        return self.outcome["terminated"]

    @property
    def utilities(self) -> dict[str, FloatArray]:
        """`utility_<term>` to the term's contribution to the utility, (B,); they sum to `utility`."""
        return dict(zip(self.names, self.parts, strict=True))

"""What every part of a listener's utility has in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from scipy.special import ndtri

from segue.envs.listener.view import SessionsView
from segue.features.arrays import BoolArray, FloatArray, Int32Array, IntArray
from segue.features.errors import UserError

if TYPE_CHECKING:
    from segue.features import Catalog


def normal_from(uniforms: FloatArray) -> FloatArray:
    """Turns uniform numbers in [0, 1) into standard normal ones, cut at seven standard deviations."""
    return ndtri(np.minimum(np.maximum(uniforms, 1e-12), 1.0 - 1e-12))


SPLIT_DIGIT = 20
"""The binary digit of a listener's draws that tells training listeners (0) from test listeners (1)."""


def split_digit(uniforms: FloatArray) -> BoolArray:
    """Tells whether draws are of a test listener, where there is a split; else a fair coin."""
    odd: BoolArray = np.floor(uniforms * 2.0**SPLIT_DIGIT) % 2 == 1
    return odd


@dataclass(frozen=True)
class TermContext:
    """What a term may know before any session begins.

    Attributes:
        catalog: All tracks with their features.
        length: Longest playlist of a session, in tracks.
        pool_size: Candidates of a session.
    """

    catalog: Catalog
    length: int
    pool_size: int

    def column_of(self, feature: str, needed_by: str) -> int:
        """Finds the column of a feature among those that candidates are described by.

        Raises:
            UserError: If candidates are described by others.
        """
        names = self.catalog.feature_names
        if feature not in names:
            raise UserError(
                f"{needed_by.capitalize()} needs the feature {feature!r}, but candidates are described by "
                f"{', '.join(names)}."
            )
        return names.index(feature)


@dataclass(frozen=True)
class Play:
    """One played track in each of B sessions, as the terms are told of it.

    Attributes:
        slots: Pool slots that were played, int (B,).
        heard: False where a masked slot was taken and the listener heard a repeat, bool (B,).
        utility: The listener's utility of the play, float (B,).
        listened: Fraction of the track that was heard, 0 to 1, float (B,).
        noise: The term's own draws for this step, uniform or standard normal, float (B, n_noise).
    """

    slots: IntArray
    heard: BoolArray
    utility: FloatArray
    listened: FloatArray
    noise: FloatArray


class CompiledTerm(NamedTuple):
    """The compiled form of a term: kernels that numba has compiled, over a whole block of sessions.

    Attributes:
        utility: `utility(term, state, shared, slots, out)` writes the unweighted utility of slots (B, M) into
            `out` (B, M). `term` is its record of `TERM_ROW`, `state` a `StateArrays` and `shared` a
            `SharedArrays`. None for a term without a utility of its own.
        update: `update(term, state, shared, slots, outcome)` changes the term's columns of
            `state.term_state` after a play; `outcome` (B,) holds records of `OUTCOME`. None if nothing
            changes.
        constants: Attributes of the term that the kernels read, in the order of `term.constants`.
    """

    utility: Any = None
    update: Any = None
    constants: tuple[str, ...] = ()


@dataclass
class Term:
    """One part of a listener's utility, for a whole batch of sessions at once.

    A term is a dataclass whose fields are its settings. It owns a few columns of the batch's `hidden`
    array (drawn once a session: who this listener is) and of its `state` array (changed by every
    play). It draws nothing itself: each session hands it uniform numbers, so that one seed gives one
    listener whatever the batch size.

    Attributes:
        weight: Factor of the term in the utility; 0 switches the term off.
        n_draws: Uniform numbers it needs to draw a listener.
        n_noise: Random numbers it needs at every play.
        n_hidden: Columns of hidden parameters.
        n_state: Columns of changing state.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    """Catalogue features that the term cannot do without."""
    works_on: ClassVar[tuple[str, ...]] = ()
    """Names of other terms whose columns it works on."""
    normal_noise: ClassVar[bool] = False
    """Whether the noise of a play is standard normal instead of uniform."""
    source: ClassVar[str] = ""
    """Where the equation comes from."""
    compiled: ClassVar[CompiledTerm | None] = None
    """Its compiled form, for the built-in terms; a term without one runs in NumPy."""

    weight: float = 1.0
    n_draws: int = field(default=0, init=False)
    n_noise: int = field(default=0, init=False)
    n_hidden: int = field(default=0, init=False)
    n_state: int = field(default=0, init=False)

    def bind(self, context: TermContext) -> None:
        """Learns the catalogue and the sizes; sets the `n_*` attributes."""

    def draw(self, uniforms: FloatArray) -> FloatArray:
        """Turns uniform numbers (R, n_draws) into hidden parameters (R, n_hidden)."""
        return uniforms[:, : self.n_hidden]

    def begin(self, hidden: FloatArray) -> FloatArray:
        """Gives the state (R, n_state) at the start of R sessions."""
        return np.zeros((len(hidden), self.n_state))

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes the unweighted utility of playing some candidates now.

        Args:
            sessions: The batch, for features, transitions and positions.
            slots: Candidates asked for, int (B, M).
            hidden: The term's columns, (B, n_hidden).
            state: The term's columns, (B, n_state).

        Returns:
            Utilities, float64 (B, M).
        """
        raise NotImplementedError

    def update(self, sessions: SessionsView, play: Play, hidden: FloatArray, state: FloatArray) -> None:
        """Changes `state` in place after a play. The position and the history are still those before it."""

    def grouping(self) -> Int32Array | None:
        """Returns the group of every track, (n,), for the compiled form of terms over groups of tracks."""
        return None

    def time_curve(self, length: int) -> FloatArray:
        """Returns what depends on time alone, (L + 1,), for the compiled form; zeros by default."""
        return np.zeros(length + 1)

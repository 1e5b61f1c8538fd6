"""The interface of the terms of a listener's utility."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from segue.envs.listener.checked_settings import as_subject, cluster_count
from segue.envs.listener.view import SessionsView
from segue.features.arrays import BoolArray, Float32Array, FloatArray, Int32Array, IntArray
from segue.features.errors import UserError

if TYPE_CHECKING:
    from segue.features import Catalog


@dataclass(frozen=True)
class TermContext:
    """The information that a term is bound to before any session begins.

    Attributes:
        catalog: All tracks with their features.
        length: Longest playlist L, in tracks.
        pool_size: Candidates K per session.
    """

    catalog: Catalog
    length: int
    pool_size: int

    def clusters(self, count: int, needed_by: str) -> Int32Array:
        """Returns the cluster of every track, (n,).

        Args:
            count: Number of clusters.
            needed_by: The term that needs them, for the error message.

        Raises:
            UserError: If the catalogue cannot be divided into so many.
        """
        return self.catalog.clusters(cluster_count(count, self.catalog, as_subject(needed_by)), 0)

    def column_of(self, feature: str, needed_by: str) -> int:
        """Returns the column of a feature of the candidates.

        Args:
            feature: Name of the feature.
            needed_by: The term that needs it, for the error message.

        Raises:
            UserError: If candidates do not have the feature.
        """
        names = self.catalog.feature_names
        if feature not in names:
            raise UserError(
                f"{as_subject(needed_by)} needs the feature {feature!r}, but candidates have only "
                f"{', '.join(names)}; change the environment's features or remove the term."
            )
        return names.index(feature)


@dataclass(frozen=True)
class Play:
    """One played track in each of B sessions, passed to `Term.update`.

    Attributes:
        slots: Pool slots that were played, int (B,).
        heard: False where a masked slot was chosen and the listener heard a repeat, bool (B,).
        utility: The listener's utility of the play, float (B,).
        listened: Fraction of the track that was heard, 0 to 1, float (B,).
        amount: How much of a play it was, 0 to 1, by the listener's `play_amount`: by default the fraction
            heard. A term that accumulates plays adds this, so that a skip is not a full play. float (B,).
        noise: The term's draws for this step, uniform or standard normal, float (B, n_noise).
    """

    slots: IntArray
    heard: BoolArray
    utility: FloatArray
    listened: FloatArray
    amount: FloatArray
    noise: FloatArray


class CompiledTerm(NamedTuple):
    """The compiled form of a term: kernels that numba has compiled, over a whole block of sessions.

    Attributes:
        utility: `utility(term, state, shared, slots, out, start, stop)` writes the unweighted utility of
            slots (B, M) into `out` (B, M), for the sessions from `start` to `stop`. `term` is its record of
            `TERM_ROW`, `state` a `StateArrays` and `shared` a `SharedArrays`. None for a term that adds no
            utility.
        update: `update(term, state, shared, slots, outcome, start, stop)` changes the term's columns of
            `state.term_state` after a play; `outcome` (B,) holds records of `OUTCOME`. None if nothing
            changes.
        begin: `begin(term, state, shared, b, uniforms)` draws the hidden parameters of session `b` from
            uniform numbers (n_draws,) and begins its state, which holds zeros. None if there is nothing to
            draw. It replaces the methods `draw` and `begin`.
        constants: Attributes of the term that the kernels read, in the order of `term.constants`.
    """

    utility: Any = None
    update: Any = None
    begin: Any = None
    constants: tuple[str, ...] = ()


@dataclass
class Term:
    """One term of a listener's utility, for a whole batch of sessions at once.

    A term is a dataclass whose fields are its settings. It has some columns of the batch's `hidden` array
    (the listener's parameters, drawn once per session) and of its `state` array (updated after every play).
    It has no random generator: it receives uniform numbers from each session, so that a seed gives the same
    listener at any batch size.

    Attributes:
        weight: Factor of the term in the utility; 0 switches the term off.
        n_draws: Uniform numbers needed to draw a listener.
        n_noise: Random numbers needed per play.
        n_hidden: Columns of hidden parameters.
        n_state: Columns of state.
        n_past: Tracks heard before whose boundary features the compiled form reads, at least 1.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    """Catalogue features that the term requires."""
    works_on: ClassVar[tuple[str, ...]] = ()
    """Names of other terms whose state it changes."""
    normal_noise: ClassVar[bool] = False
    """Whether the noise of a play is standard normal instead of uniform."""
    source: ClassVar[str] = ""
    """Source of the equation."""
    compiled: ClassVar[CompiledTerm | None] = None
    """The compiled form of a built-in term; terms without one run in NumPy."""

    weight: float = 1.0
    n_draws: int = field(default=0, init=False)
    n_noise: int = field(default=0, init=False)
    n_hidden: int = field(default=0, init=False)
    n_state: int = field(default=0, init=False)
    n_past: int = field(default=1, init=False)

    def bind(self, context: TermContext) -> None:
        """Binds the term to a catalogue and sizes; sets the `n_*` attributes."""

    def draw(self, uniforms: FloatArray) -> FloatArray:
        """Turns uniform numbers (R, n_draws) into hidden parameters (R, n_hidden)."""
        return uniforms[:, : self.n_hidden]

    def begin(self, hidden: FloatArray) -> FloatArray:
        """Returns the state (R, n_state) at the start of R sessions; zeros by default."""
        return np.zeros((len(hidden), self.n_state))

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes the unweighted utility of playing some candidates now.

        Args:
            sessions: The batch, for features, transitions and positions.
            slots: Pool slots of the candidates, int (B, M).
            hidden: The term's hidden parameters, (B, n_hidden).
            state: The term's state, (B, n_state).

        Returns:
            Utilities, float64 (B, M).
        """
        raise NotImplementedError

    def update(self, sessions: SessionsView, play: Play, hidden: FloatArray, state: FloatArray) -> None:
        """Updates `state` in place after a play; `sessions` still has the position and history before it."""

    def grouping(self) -> Int32Array | None:
        """Returns the group of every track, (n,), if the compiled form needs groups; None by default."""
        return None

    def table(self) -> Float32Array:
        """Returns values that depend only on the catalogue, (n,), for the compiled form; none by default."""
        return np.zeros(0, np.float32)

    def time_curve(self, length: int) -> FloatArray:
        """Returns values that depend only on time, (L + 1,), for the compiled form; zeros by default."""
        return np.zeros(length + 1)

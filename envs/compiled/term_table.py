"""A listener's terms as the arrays that compiled loops read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from segue.envs.compiled import terms as loops
from segue.envs.listener.listener import Listener
from segue.envs.listener.term import Term
from segue.envs.listener.terms.boredom import Boredom
from segue.envs.listener.terms.drift import Drift
from segue.envs.listener.terms.energy_arc import EnergyArc
from segue.envs.listener.terms.engagement import Engagement
from segue.envs.listener.terms.exposure import Exposure
from segue.envs.listener.terms.satiation import Satiation
from segue.envs.listener.terms.taste import Taste
from segue.envs.listener.terms.transition import Transition
from segue.features.arrays import FloatArray, Int32Array, Int64Array

Constants = Callable[[Term], list[float]]

_COMPILED: dict[type[Term], tuple[int, tuple[str, ...]]] = {
    Taste: (loops.TASTE, ("scale",)),
    Transition: (loops.TRANSITION, ("memory",)),
    Satiation: (loops.SATIATION, ("noise",)),
    Boredom: (
        loops.BOREDOM,
        ("sensitised_retention", "bored_retention", "pleasure", "dislike", "onset", "recovery"),
    ),
    Exposure: (loops.EXPOSURE, ("alpha", "beta", "pull")),
    Drift: (loops.DRIFT, ("rate",)),
    EnergyArc: (loops.ARC, ("energy_column",)),
    Engagement: (loops.ENGAGEMENT, ("persistence", "gain", "noise")),
}
"""Exact class of a term to the loop that runs it and the constants it needs. A subclass has changed something
and runs in its NumPy form."""


@dataclass(frozen=True)
class TermTable:
    """The compiled part of a listener; row 0 of all contributions is the bias.

    Attributes:
        table: A row a term: loop (-1: runs in NumPy), first hidden, state and noise column, widths of hidden
            and state, row of `groups` (-1: none), state column of the term it works on; int64 (n, 8).
        constants: Weight, then the loop's constants, float64 (n, 8).
        curves: What depends on time alone, float64 (n, L + 1): an arc's target energy by position, how
            much of an exposure is left by its age; zero for other terms.
        groups: Distinct group codes of all tracks, int32 (G, n_tracks).
        in_numpy: Names of terms that run in their NumPy form.
    """

    table: Int64Array
    constants: FloatArray
    curves: FloatArray
    groups: Int32Array
    in_numpy: tuple[str, ...]


def build_term_table(listener: Listener, length: int, n_tracks: int) -> TermTable:
    """Lowers a bound listener for sessions of up to L tracks.

    Args:
        listener: Bound to its catalogue.
        length: L.
        n_tracks: Tracks of the catalogue.
    """
    count = len(listener.terms)
    table = np.full((count, 8), -1, np.int64)
    constants = np.zeros((count, 8))
    curves = np.zeros((count, length + 1))
    groups: list[Int32Array] = []
    in_numpy = []
    for row, (name, term) in enumerate(listener.terms.items()):
        hidden, state = listener.hidden_columns[name], listener.state_columns[name]
        table[row, 1:4] = hidden.start, state.start, listener.noise_columns[name].start
        table[row, 4:6] = hidden.stop - hidden.start, state.stop - state.start
        constants[row, 0] = term.weight
        if type(term) not in _COMPILED:
            in_numpy.append(name)
            continue
        loop, wanted = _COMPILED[type(term)]
        table[row, 0] = loop
        constants[row, 1 : 1 + len(wanted)] = [getattr(term, constant) for constant in wanted]
        if isinstance(term, Satiation | Boredom | Exposure):
            table[row, 6] = _place_of(term.groups, groups)
        if isinstance(term, EnergyArc):
            curves[row] = np.append(term.target, term.target[-1])
        if isinstance(term, Exposure):
            curves[row] = 1.0 / np.sqrt(np.arange(length + 1) + 1.0 + term.offset)
        for other in term.works_on:
            table[row, 7] = listener.state_columns[other].start
    stacked = np.stack(groups) if groups else np.zeros((0, n_tracks), np.int32)
    return TermTable(table, constants, curves, np.ascontiguousarray(stacked, np.int32), tuple(in_numpy))


def _place_of(codes: Int32Array, known: list[Int32Array]) -> int:
    """Finds equal codes among the known ones, so that terms over the same clusters share a row."""
    for place, other in enumerate(known):
        if np.array_equal(codes, other):
            return place
    known.append(codes)
    return len(known) - 1

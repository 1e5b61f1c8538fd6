"""Transitions from one track into many candidates, as a loop over contiguous columns.

The NumPy form is `segue.features.catalog.transitions.transition_features`.
"""

import numpy as np
from numba import njit

from segue.features.catalog.boundary_features import BOUNDARY_FEATURES, TIMBRE_AXES, UNKNOWN
from segue.features.catalog.transitions import (
    GAP_SCALE,
    KEY_DISTANCE,
    LOUDNESS_SPAN,
    TIMBRE_SCALE,
    TRANSITION_NAMES,
)

_STEPS = ("loudness", "energy", "valence")


def _columns(window: str, silence: str) -> np.ndarray:
    """Returns the columns of the boundary features of one window, in the order of the indices below."""
    timbre = [f"{window}_timbre_{axis}" for axis in range(TIMBRE_AXES)]
    names = [f"{window}_tempo", f"{window}_key", *(f"{window}_{step}" for step in _STEPS), silence, "artist"]
    return np.array([BOUNDARY_FEATURES.index(name) for name in (*names, *timbre)])


TEMPO, KEY, LOUDNESS, ENERGY, VALENCE, SILENCE, ARTIST, TIMBRE = range(8)
"""Indices into `ENTRY_COLUMNS` and `EXIT_COLUMNS`; the timbre axes start at the last one."""
ENTRY_COLUMNS = _columns("intro", "lead_silence")
"""Columns of a catalogue's boundary features used when entering a track."""
EXIT_COLUMNS = _columns("outro", "trail_silence")
"""Columns used when leaving a track, in the same order."""

_HALF, _ONE, _ZERO = np.float32(0.5), np.float32(1.0), np.float32(0.0)
N_TRANSITION = len(TRANSITION_NAMES)

_ORDER = ("tempo", "key", "loudness_step", "energy_step", "valence_step", "timbre", "gap", "same_artist")
if _ORDER != TRANSITION_NAMES or TIMBRE_AXES != 4:
    raise ImportError(
        f"The compiled transitions expect {_ORDER}, but the catalogue defines {TRANSITION_NAMES}."
    )


@njit(error_model="numpy")
def _step(before, after, span):
    """Maps a signed step to [0, 1]; 0.5 is no change."""
    change = min(max((after - before) / span, -_ONE), _ONE)
    return _HALF + _HALF * change if (before != UNKNOWN) & (after != UNKNOWN) else _HALF


@njit(error_model="numpy")
def transitions_into(exits, b, place, entry, row_in, out, row_out):
    """Writes the transition features from one track of a session into all candidates of a pool.

    The compiler vectorises this single branch-free loop over contiguous columns.

    Args:
        exits: Boundary features used when leaving the last M tracks heard, float32 (B, M, 11).
        b: The session.
        place: Row of `exits` of the track that is left.
        entry: Boundary features used when entering the candidates, float32 (R, 11, K).
        row_in: The row of `entry` with the candidates.
        out: Transition features, float32 (R, K T): the T of the first candidate, then those of the next.
        row_out: The row of `out` to write.
    """
    tempo, key = exits[b, place, TEMPO], exits[b, place, KEY]
    silence, artist = exits[b, place, SILENCE], exits[b, place, ARTIST]
    keys = KEY_DISTANCE[24 if key == UNKNOWN else int(key)]
    loudness, energy, valence = exits[b, place, LOUDNESS], exits[b, place, ENERGY], exits[b, place, VALENCE]
    first, second = exits[b, place, TIMBRE], exits[b, place, TIMBRE + 1]
    third, fourth = exits[b, place, TIMBRE + 2], exits[b, place, TIMBRE + 3]
    for k in range(entry.shape[2]):
        at = N_TRANSITION * k
        octaves = entry[row_in, TEMPO, k] - tempo
        folded = abs(octaves - np.rint(octaves))
        known = (tempo != UNKNOWN) & (entry[row_in, TEMPO, k] != UNKNOWN)
        out[row_out, at] = folded + folded if known else _HALF
        next_key = entry[row_in, KEY, k]
        out[row_out, at + 1] = keys[24 if next_key == UNKNOWN else int(next_key)]
        out[row_out, at + 2] = _step(loudness, entry[row_in, LOUDNESS, k], LOUDNESS_SPAN)
        out[row_out, at + 3] = _step(energy, entry[row_in, ENERGY, k], _ONE)
        out[row_out, at + 4] = _step(valence, entry[row_in, VALENCE, k], _ONE)
        d0, d1 = entry[row_in, TIMBRE, k] - first, entry[row_in, TIMBRE + 1, k] - second
        d2, d3 = entry[row_in, TIMBRE + 2, k] - third, entry[row_in, TIMBRE + 3, k] - fourth
        distance = np.sqrt(d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3)
        known = (first != UNKNOWN) & (entry[row_in, TIMBRE, k] != UNKNOWN)
        out[row_out, at + 5] = distance / (distance + TIMBRE_SCALE) if known else _HALF
        seconds = max(silence, _ZERO) + max(entry[row_in, SILENCE, k], _ZERO)
        known = (silence != UNKNOWN) & (entry[row_in, SILENCE, k] != UNKNOWN)
        out[row_out, at + 6] = seconds / (seconds + GAP_SCALE) if known else _HALF
        same = (entry[row_in, ARTIST, k] == artist) & (artist != UNKNOWN)
        out[row_out, at + 7] = _ONE if same else _ZERO

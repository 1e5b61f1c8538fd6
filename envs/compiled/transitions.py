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
    timbre = [f"{window}_timbre_{axis}" for axis in range(TIMBRE_AXES)]
    names = [f"{window}_tempo", f"{window}_key", *(f"{window}_{step}" for step in _STEPS), silence, "artist"]
    return np.array([BOUNDARY_FEATURES.index(name) for name in (*names, *timbre)])


ARRIVING = _columns("intro", "lead_silence")
"""Columns of a catalogue's links that count on entering a track and on leaving it, in the same order:
tempo, key, loudness, energy, valence, silence, artist, timbre axes."""
LEAVING = _columns("outro", "trail_silence")

_HALF, _ONE, _ZERO = np.float32(0.5), np.float32(1.0), np.float32(0.0)
_TIMBRE = 7

_ORDER = ("tempo", "key", "loudness_step", "energy_step", "valence_step", "timbre", "gap", "same_artist")
if _ORDER != TRANSITION_NAMES or TIMBRE_AXES != 4:
    raise ImportError(f"The compiled transitions are written for {_ORDER}, not for {TRANSITION_NAMES}.")


@njit(error_model="numpy")
def _step(here, there, span):
    """Gives a signed step as a number in [0, 1]."""
    change = min(max((there - here) / span, -_ONE), _ONE)
    return _HALF + _HALF * change if (here != UNKNOWN) & (there != UNKNOWN) else _HALF


@njit(error_model="numpy")
def arrive(leaving, b, place, arriving, into, out, row):
    """Writes the transition features into all candidates of a session.

    The one loop without branches, over columns that lie side by side, is what the compiler makes vectors of.

    Args:
        leaving: Links of tracks heard in the order of `LEAVING`, float32 (B, L + 1, 11).
        b: The session.
        place: Which of its tracks is left.
        arriving: Links of the candidates in the order of `ARRIVING`, float32 (R, 11, K).
        into: The row of `arriving` with the candidates.
        out: Transition features, float32 (R, K T): the T of the first candidate, then those of the next.
        row: The row of `out` to write.
    """
    tempo, key = leaving[b, place, 0], leaving[b, place, 1]
    gap, artist = leaving[b, place, 5], leaving[b, place, 6]
    keys = KEY_DISTANCE[24 if key == UNKNOWN else int(key)]
    loudness, energy, valence = leaving[b, place, 2], leaving[b, place, 3], leaving[b, place, 4]
    first, second = leaving[b, place, _TIMBRE], leaving[b, place, _TIMBRE + 1]
    third, fourth = leaving[b, place, _TIMBRE + 2], leaving[b, place, _TIMBRE + 3]
    for k in range(arriving.shape[2]):
        at = 8 * k
        octaves = arriving[into, 0, k] - tempo
        folded = abs(octaves - np.rint(octaves))
        known = (tempo != UNKNOWN) & (arriving[into, 0, k] != UNKNOWN)
        out[row, at] = folded + folded if known else _HALF
        out[row, at + 1] = keys[24 if arriving[into, 1, k] == UNKNOWN else int(arriving[into, 1, k])]
        out[row, at + 2] = _step(loudness, arriving[into, 2, k], LOUDNESS_SPAN)
        out[row, at + 3] = _step(energy, arriving[into, 3, k], _ONE)
        out[row, at + 4] = _step(valence, arriving[into, 4, k], _ONE)
        d0, d1 = arriving[into, _TIMBRE, k] - first, arriving[into, _TIMBRE + 1, k] - second
        d2, d3 = arriving[into, _TIMBRE + 2, k] - third, arriving[into, _TIMBRE + 3, k] - fourth
        distance = np.sqrt(d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3)
        known = (first != UNKNOWN) & (arriving[into, _TIMBRE, k] != UNKNOWN)
        out[row, at + 5] = distance / (distance + TIMBRE_SCALE) if known else _HALF
        seconds = max(gap, _ZERO) + max(arriving[into, 5, k], _ZERO)
        known = (gap != UNKNOWN) & (arriving[into, 5, k] != UNKNOWN)
        out[row, at + 6] = seconds / (seconds + GAP_SCALE) if known else _HALF
        out[row, at + 7] = _ONE if (arriving[into, 6, k] == artist) & (artist != UNKNOWN) else _ZERO

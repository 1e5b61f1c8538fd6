"""Transitions from one track into many candidates, as a loop over contiguous columns.

The NumPy form is `segue.features.transitions.transition_features`.
"""

import numpy as np
from numba import njit

from segue.features.links import LINK_NAMES, TIMBRE_AXES, UNKNOWN
from segue.features.transitions import GAP_SCALE, KEY_DISTANCE, LOUDNESS_SPAN, TIMBRE_SCALE, TRANSITION_NAMES

_STEPS = ("loudness", "energy", "valence")


def _columns(window: str, silence: str) -> np.ndarray:
    timbre = [f"{window}_timbre_{axis}" for axis in range(TIMBRE_AXES)]
    names = [f"{window}_tempo", f"{window}_key", *(f"{window}_{step}" for step in _STEPS), silence, "artist"]
    return np.array([LINK_NAMES.index(name) for name in (*names, *timbre)])


#: Columns of a catalogue's links that count on entering a track and on leaving it, in the same order:
#: tempo, key, loudness, energy, valence, silence, artist, timbre axes.
ARRIVING = _columns("intro", "lead_silence")
LEAVING = _columns("outro", "trail_silence")

_HALF, _ONE = np.float32(0.5), np.float32(1.0)
_SPANS = np.array([LOUDNESS_SPAN, 1.0, 1.0], np.float32)
_TIMBRE = 7

_ORDER = ("tempo", "key", "loudness_step", "energy_step", "valence_step", "timbre", "gap", "same_artist")
if _ORDER != TRANSITION_NAMES:
    raise ImportError(f"The compiled transitions are written for {_ORDER}, not for {TRANSITION_NAMES}.")


@njit(error_model="numpy")
def arrive(leaving, arriving, b, first, last, out):
    """Writes the transition features into candidates ``first`` to ``last``.

    Args:
        leaving: Links of the current track in the order of `LEAVING`, float32 (11,).
        arriving: Links of the candidates in the order of `ARRIVING`, float32 (B, 11, K).
        b: The session.
        first: First candidate.
        last: One past the last candidate.
        out: Transition features, float32 (T, K).
    """
    tempo, key = leaving[0], leaving[1]
    keys = KEY_DISTANCE[24 if key == UNKNOWN else int(key)]
    for k in range(first, last):
        octaves = arriving[b, 0, k] - tempo
        folded = abs(octaves - np.rint(octaves))
        known = (tempo != UNKNOWN) & (arriving[b, 0, k] != UNKNOWN)
        out[0, k] = folded + folded if known else _HALF
    for k in range(first, last):
        out[1, k] = keys[24 if arriving[b, 1, k] == UNKNOWN else int(arriving[b, 1, k])]
    for step in range(3):
        here, span = leaving[2 + step], _SPANS[step]
        for k in range(first, last):
            there = arriving[b, 2 + step, k]
            change = min(max((there - here) / span, -_ONE), _ONE)
            out[2 + step, k] = _HALF + _HALF * change if (here != UNKNOWN) & (there != UNKNOWN) else _HALF
    for k in range(first, last):
        square = np.float32(0.0)
        for axis in range(TIMBRE_AXES):
            gap = arriving[b, _TIMBRE + axis, k] - leaving[_TIMBRE + axis]
            square += gap * gap
        distance = np.sqrt(square)
        known = (leaving[_TIMBRE] != UNKNOWN) & (arriving[b, _TIMBRE, k] != UNKNOWN)
        out[5, k] = distance / (distance + TIMBRE_SCALE) if known else _HALF
    for k in range(first, last):
        seconds = max(leaving[5], np.float32(0.0)) + max(arriving[b, 5, k], np.float32(0.0))
        known = (leaving[5] != UNKNOWN) & (arriving[b, 5, k] != UNKNOWN)
        out[6, k] = seconds / (seconds + GAP_SCALE) if known else _HALF
    for k in range(first, last):
        out[7, k] = _ONE if (arriving[b, 6, k] == leaving[6]) & (leaving[6] != UNKNOWN) else np.float32(0.0)

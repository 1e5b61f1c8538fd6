"""Transition features: the change from the end of one track to the start of the next, in [0, 1].

Only elementwise operations that IEEE 754 rounds exactly and sums in a fixed order are used, so the
result of a pair is bit-identical however many pairs are computed at once.
"""

import numpy as np
from numpy.typing import ArrayLike

from segue.features.arrays import BoolArray, Float32Array, Int64Array
from segue.features.catalog.boundary_features import BOUNDARY_FEATURES, TIMBRE_AXES, UNKNOWN

TRANSITION_NAMES: tuple[str, ...] = (
    "tempo",  # |log2 of the tempo ratio| modulo octaves: 0 same, 1 half an octave apart
    "key",  # steps around the Camelot wheel, plus one for a change of mode, over 7
    "loudness_step",  # 0.5 no change, 1 the next starts at least 18 LU louder
    "energy_step",  # 0.5 no change
    "valence_step",  # 0.5 no change
    "timbre",  # distance d on the timbre axes, as d / (d + TIMBRE_SCALE)
    "gap",  # seconds of silence g between the tracks, as g / (g + GAP_SCALE)
    "same_artist",  # 1 if both credit the same first artist
)

SIGNED = ("loudness_step", "energy_step", "valence_step")
TRANSITION_NEUTRAL: Float32Array = np.array(
    [0.5 if name in SIGNED else 0.0 for name in TRANSITION_NAMES], dtype=np.float32
)
"""Value of each transition feature if nothing changes."""

LOUDNESS_SPAN = np.float32(18.0)
TIMBRE_SCALE = np.float32(2.7)  # median distance in the demo catalogue
GAP_SCALE = np.float32(2.0)

_HALF = np.float32(0.5)
_ONE = np.float32(1.0)
_AT = {name: p for p, name in enumerate(BOUNDARY_FEATURES)}
_IN_TIMBRE, _OUT_TIMBRE = _AT["intro_timbre_0"], _AT["outro_timbre_0"]


def camelot_number(key: ArrayLike, mode: ArrayLike) -> Int64Array:
    """Returns the number 1 to 12 on the Camelot wheel; C major and A minor are both 8.

    Args:
        key: Pitch class, 0 = C.
        mode: 0 minor, 1 major.
    """
    relative_major = np.asarray(key, dtype=np.int64) + np.where(np.asarray(mode) == 1, 0, 3)
    return (relative_major * 7 + 7) % 12 + 1


def _key_table() -> Float32Array:
    """Computes `KEY_DISTANCE` from the Camelot wheel."""
    code = np.arange(24)
    number, mode = camelot_number(code % 12, code // 12), code // 12
    steps = np.abs(number[:, None] - number[None, :])
    steps = np.minimum(steps, 12 - steps) + (mode[:, None] != mode[None, :])
    table = np.full((25, 25), 0.5, dtype=np.float32)
    table[:24, :24] = (steps / 7).astype(np.float32)
    return table


KEY_DISTANCE: Float32Array = _key_table()
"""(25, 25) distance between keys coded as mode * 12 + pitch class; code 24 is an unknown key."""


def transition_features(a: Float32Array, b: Float32Array) -> Float32Array:
    """Computes the transition features from track a to track b.

    Args:
        a: (…, P) boundary features of the first track, columns as in `BOUNDARY_FEATURES`.
        b: (…, P) boundary features of the second track, broadcastable against a.

    Returns:
        (…, T) in [0, 1], columns as in `TRANSITION_NAMES`; 0.5 where a value is unknown, but 0 for an
        unknown artist.
    """
    shape = np.broadcast_shapes(a.shape[:-1], b.shape[:-1])
    out = np.empty((*shape, len(TRANSITION_NAMES)), dtype=np.float32)
    out[..., 0] = _tempo(a[..., _AT["outro_tempo"]], b[..., _AT["intro_tempo"]])
    out[..., 1] = KEY_DISTANCE[_key_code(a[..., _AT["outro_key"]]), _key_code(b[..., _AT["intro_key"]])]
    for t, (name, span) in enumerate((("loudness", LOUDNESS_SPAN), ("energy", _ONE), ("valence", _ONE)), 2):
        out[..., t] = _step(a[..., _AT[f"outro_{name}"]], b[..., _AT[f"intro_{name}"]], span)
    out[..., 5] = _timbre(a, b)
    out[..., 6] = _gap(a[..., _AT["trail_silence"]], b[..., _AT["lead_silence"]])
    artist_a, artist_b = a[..., _AT["artist"]], b[..., _AT["artist"]]
    out[..., 7] = (artist_a == artist_b) & (artist_a != UNKNOWN)
    return out


def transition_distance(transitions: Float32Array) -> Float32Array:
    """Computes how far each transition feature is from no change.

    Args:
        transitions: (…, T) transition features.

    Returns:
        (…, T) in [0, 1]; 0 is no change.
    """
    span = np.maximum(TRANSITION_NEUTRAL, _ONE - TRANSITION_NEUTRAL)
    distance: Float32Array = np.abs(transitions - TRANSITION_NEUTRAL) / span
    return distance


def transition_cost(transitions: Float32Array, weights: ArrayLike | None = None) -> Float32Array:
    """Computes the weighted mean transition distance.

    Args:
        transitions: (…, T) transition features.
        weights: (T,) non-negative weights; by default all features count equally except `same_artist`,
            which is not audible as a jump.

    Returns:
        (…) in [0, 1].
    """
    if weights is None:
        weights = [0.0 if name == "same_artist" else 1.0 for name in TRANSITION_NAMES]
    w = np.asarray(weights, dtype=np.float32)
    distance = transition_distance(transitions)
    total = np.zeros(distance.shape[:-1], dtype=np.float32)
    for t in range(len(TRANSITION_NAMES)):
        total = total + w[t] * distance[..., t]
    return total / np.float32(max(float(w.sum()), 1e-9))


def _known(a: Float32Array, b: Float32Array) -> BoolArray:
    known: BoolArray = (a != UNKNOWN) & (b != UNKNOWN)
    return known


def _tempo(a: Float32Array, b: Float32Array) -> Float32Array:
    octaves = b - a
    folded = np.abs(octaves - np.rint(octaves))
    return np.where(_known(a, b), folded + folded, _HALF)


def _key_code(key: Float32Array) -> Int64Array:
    return np.where((key >= 0) & (key < 24), key, 24).astype(np.int64)


def _step(a: Float32Array, b: Float32Array, span: np.float32) -> Float32Array:
    step = np.clip((b - a) / span, -_ONE, _ONE)
    return np.where(_known(a, b), _HALF + _HALF * step, _HALF)


def _timbre(a: Float32Array, b: Float32Array) -> Float32Array:
    first_a, first_b = a[..., _OUT_TIMBRE], b[..., _IN_TIMBRE]
    square = (first_b - first_a) * (first_b - first_a)
    for k in range(1, TIMBRE_AXES):
        step = b[..., _IN_TIMBRE + k] - a[..., _OUT_TIMBRE + k]
        square = square + step * step
    distance = np.sqrt(square)
    return np.where(_known(first_a, first_b), distance / (distance + TIMBRE_SCALE), _HALF)


def _gap(a: Float32Array, b: Float32Array) -> Float32Array:
    seconds = np.maximum(a, 0) + np.maximum(b, 0)
    return np.where(_known(a, b), seconds / (seconds + GAP_SCALE), _HALF)

"""Mood proxies: fixed logistic functions of the measured descriptors, in their usual units.

They are not fitted to annotations. They order tracks plausibly and are called proxies everywhere.
"""

from collections.abc import Mapping

import numpy as np


def _logistic(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


def _octaves(value: float, reference: float) -> float:
    """Returns the distance of a positive value from a reference in octaves."""
    return float(np.log2(max(value, 1e-3) / reference))


def energy(row: Mapping[str, float]) -> float:
    """Computes intensity: near 1 for loud, busy, bright and percussive music; NaN for silence."""
    return _logistic(
        0.18 * (row["loudness"] + 17)
        + 0.55 * _octaves(row["onset_rate"], 4.5)
        + 0.5 * _octaves(row["centroid"], 1900)
        + 3.0 * (row["percussive_ratio"] - 0.3)
    )


def danceability(row: Mapping[str, float]) -> float:
    """Computes danceability: near 1 for a steady, strong beat near 115 BPM with bass; NaN without a beat."""
    return _logistic(
        0.4
        + 6.0 * (row["tempo_stability"] - 0.9)
        + 0.6 * (row["beat_strength"] - 3.5)
        + 3.0 * (row["tempo_conf"] - 0.5)
        - 1.5 * abs(_octaves(row["tempo"], 115))
        + 1.5 * (row["low_ratio"] - 0.45)
    )


def acousticness(row: Mapping[str, float]) -> float:
    """Computes acousticness: near 1 for quiet, dark, tonal sound with little percussion; NaN for silence."""
    return _logistic(
        -0.15 * (row["loudness"] + 19)
        - 0.7 * _octaves(row["centroid"], 1700)
        - 3.5 * (row["percussive_ratio"] - 0.28)
        + 0.06 * (row["contrast_3"] - 22)
    )


def valence(row: Mapping[str, float]) -> float:
    """Computes pleasantness: near 1 for major, fast and bright music; NaN for silence.

    An unknown key or tempo counts as neutral.
    """
    if not np.isfinite(row["centroid"]):
        return float("nan")
    mode = (row["mode"] - 0.5) * (0.5 + row["key_conf"]) if np.isfinite(row["mode"]) else 0.0
    speed = _octaves(row["tempo"], 110) if np.isfinite(row["tempo"]) else 0.0
    return _logistic(
        2.2 * mode
        + 0.9 * speed
        + 0.5 * _octaves(row["onset_rate"], 4.5)
        + 0.5 * _octaves(row["centroid"], 1900)
    )


def summarise(row: Mapping[str, float]) -> dict[str, float]:
    """Returns the mood columns of the schema, given the other columns of the same window."""
    proxies = {f.__name__: f(row) for f in (energy, danceability, acousticness, valence)}
    return {name: value if np.isfinite(value) else float("nan") for name, value in proxies.items()}

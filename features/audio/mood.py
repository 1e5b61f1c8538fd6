"""Proxies of mood, made of the measured descriptors by fixed formulas.

No annotation stands behind them: they order tracks in a plausible way and are named proxies
everywhere. Each is a logistic function of descriptors in their usual units.
"""

from collections.abc import Mapping

import numpy as np


def _logistic(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


def _octaves(value: float, reference: float) -> float:
    return float(np.log2(max(value, 1e-3) / reference))


def energy(row: Mapping[str, float]) -> float:
    """Intensity: loud, busy, bright and percussive music is near 1; NaN for silence."""
    return _logistic(
        0.18 * (row["loudness"] + 17)
        + 0.55 * _octaves(row["onset_rate"], 4.5)
        + 0.5 * _octaves(row["centroid"], 1900)
        + 3.0 * (row["percussive_ratio"] - 0.3)
    )


def danceability(row: Mapping[str, float]) -> float:
    """A steady, strong beat near 115 BPM with bass; NaN where there is no beat."""
    return _logistic(
        0.4
        + 6.0 * (row["tempo_stability"] - 0.9)
        + 0.6 * (row["beat_strength"] - 3.5)
        + 3.0 * (row["tempo_conf"] - 0.5)
        - 1.5 * abs(_octaves(row["tempo"], 115))
        + 1.5 * (row["low_ratio"] - 0.45)
    )


def acousticness(row: Mapping[str, float]) -> float:
    """Soft, dark, tonal and little percussive sound with a wide range of loudness; NaN for silence."""
    return _logistic(
        -0.15 * (row["loudness"] + 19)
        - 0.7 * _octaves(row["centroid"], 1700)
        - 3.5 * (row["percussive_ratio"] - 0.28)
        + 0.06 * (row["contrast_3"] - 22)
    )


def valence(row: Mapping[str, float]) -> float:
    """Major, fast and bright music is near 1; unknown key or tempo counts as neutral; NaN for silence."""
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
    """Returns the mood columns of the schema from the others."""
    proxies = {f.__name__: f(row) for f in (energy, danceability, acousticness, valence)}
    return {name: value if np.isfinite(value) else float("nan") for name, value in proxies.items()}

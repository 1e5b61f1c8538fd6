"""Timbre: mean spectral descriptors, the MFCC covariance, and the percussive share."""

from functools import cache
from importlib import resources

import numpy as np
from numba import njit
from numpy.typing import NDArray

from segue.features.arrays import BoolArray, Float32Array, FloatArray
from segue.features.audio.kernels.spectral import CONTRAST_EVERY, DESCRIPTORS
from segue.features.audio.transforms import FRAME_RATE, SILENT_POWER, Analysis

_CHUNK = 8192  # pairs of frames
_TIME_MEDIAN, _BAND_MEDIAN = 17, 13


@cache
def timbre_axes() -> tuple[FloatArray, FloatArray]:
    """Returns the origin (12,) and the axes (12, 4) of the timbre space, in terms of MFCCs 1 to 12.

    The axes are Fisher's discriminants of the demo catalogue: its tracks differ most along them, relative to
    the spread of frames within a track. A squared distance along them approximates the symmetrised
    Kullback-Leibler divergence of Gaussians with a common covariance.
    """
    file = resources.files("segue.features") / "data" / "timbre_axes.csv"
    with resources.as_file(file) as path:
        table = np.loadtxt(path, delimiter=",", skiprows=1)
    return table[:, 0], table[:, 1:]


def audible_frames(analysis: Analysis) -> BoolArray:
    """Returns which frames (T,) are not silent; all of them if the whole track is."""
    loud = analysis.descriptors[:, 0] > SILENT_POWER
    return loud if loud.any() else np.ones_like(loud)


def percussive_energy(mel: NDArray[np.float16]) -> Float32Array:
    """Computes the percussive and the total mel energy of pairs of frames.

    Compares a median along frequency with a median along time (Fitzgerald 2010) on 64 mel bands and pairs of
    frames; the full separation takes ten times as long for nearly the same result.

    Args:
        mel: (T, 128) log10 of mel power.

    Returns:
        (T // 2, 2) percussive and total energy.
    """
    count = len(mel) // 2
    if not count:
        return np.zeros((0, 2), dtype=np.float32)
    small = np.empty((count, 64), dtype=np.float32)
    for start in range(0, count, _CHUNK):
        piece = mel[2 * start : 2 * min(start + _CHUNK, count)].astype(np.float32)
        power = np.float32(10) ** piece
        small[start : start + _CHUNK] = np.sqrt(power.reshape(-1, 2, 64, 2).mean(axis=(1, 3)))
    out = np.empty((count, 2), dtype=np.float32)
    _percussive(small, _TIME_MEDIAN, _BAND_MEDIAN, out)
    return out


@njit(cache=True, nogil=True)
def _percussive(small: Float32Array, along: int, across: int, out: Float32Array) -> None:
    """Writes percussive and total energy to `out` (T, 2), with medians `along` time and `across` bands."""
    frames, bands = small.shape
    window = np.empty(max(along, across), dtype=np.float32)
    for t in range(frames):
        percussive, total = 0.0, 0.0
        for b in range(bands):
            first, last = max(0, t - along // 2), min(frames, t + along // 2 + 1)
            for k in range(first, last):
                window[k - first] = small[k, b]
            steady = np.median(window[: last - first])
            first, last = max(0, b - across // 2), min(bands, b + across // 2 + 1)
            for k in range(first, last):
                window[k - first] = small[t, k]
            broad = np.median(window[: last - first])
            energy = small[t, b] * small[t, b]
            total += energy
            percussive += energy * broad * broad / (broad * broad + steady * steady + 1e-12)
        out[t, 0], out[t, 1] = percussive, total


def mfcc_covariance(analysis: Analysis) -> Float32Array:
    """Computes the (20, 20) covariance of the MFCCs over the audible frames."""
    frames = analysis.mfcc[audible_frames(analysis)].astype(np.float64)
    if len(frames) < 2:
        return np.zeros((frames.shape[1], frames.shape[1]), dtype=np.float32)
    return np.cov(frames.T).astype(np.float32)


def summarise(analysis: Analysis, energies: Float32Array, start: float, stop: float) -> dict[str, float]:
    """Returns the timbre columns of the schema for the time from start to stop in s.

    Args:
        analysis: Frames of the whole track.
        energies: (T // 2, 2) as from `percussive_energy`.
        start: Start in s.
        stop: End in s.
    """
    frames = len(analysis.descriptors)
    rows = np.zeros(frames, dtype=bool)
    rows[int(start * FRAME_RATE) : max(int(stop * FRAME_RATE), int(start * FRAME_RATE) + 1)] = True
    audible = rows & (analysis.descriptors[:, 0] > SILENT_POWER)
    names = [
        *(f"mfcc_{k}" for k in range(analysis.mfcc.shape[1])),
        "mfcc_variance",
        *(f"timbre_{k}" for k in range(timbre_axes()[1].shape[1])),
        *DESCRIPTORS[1:],
        *(f"contrast_{k}" for k in range(analysis.contrast.shape[1])),
        "zero_crossings",
        "percussive_ratio",
    ]
    if not audible.any():
        return dict.fromkeys(names, float("nan"))
    mfcc = analysis.mfcc[audible].mean(axis=0, dtype=np.float64)
    origin, axes = timbre_axes()
    paired = audible[: 2 * len(energies)].reshape(-1, 2).any(axis=1)
    percussive, total = energies[paired].sum(axis=0, dtype=np.float64) if len(energies) else (0.0, 0.0)
    sparse = audible[::CONTRAST_EVERY][: len(analysis.contrast)]
    contrast = analysis.contrast[: len(sparse)][sparse]
    values = [
        *mfcc,
        analysis.mfcc[audible, 1:13].var(axis=0, dtype=np.float64).mean(),
        *((mfcc[1:13] - origin) @ axes),
        *analysis.descriptors[audible, 1:].mean(axis=0, dtype=np.float64),
        *(contrast.mean(axis=0) if len(contrast) else np.full(analysis.contrast.shape[1], np.nan)),
        analysis.crossings[audible].mean(),
        percussive / total if total > 0 else np.nan,
    ]
    return {name: float(value) for name, value in zip(names, values, strict=True)}

"""Tuning, chroma, key and chord changes from the constant-Q spectrogram."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from segue.features.arrays import Float32Array, FloatArray
from segue.features.audio.constant_q import BINS, BINS_PER_OCTAVE, FRAME_RATE
from segue.features.catalog.transitions import camelot_number

# Key profiles of Albrecht & Shanahan (2013).
_MAJOR = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
_MINOR = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
_PER_SEMITONE = BINS_PER_OCTAVE // 12
# Bins: full weight up to middle C, above which overtones outweigh notes.
_FULL_WEIGHT_BINS, _TAPER = 72, 36
_COMPRESSION = 0.8
_MIN_CORRELATION = 0.2
_SILENT_LEVEL = 1e-4  # sum of magnitudes of a frame; a tone at -60 dBFS gives about 5e-4
# Bins of bass notes, C sharp 2 to B 2; lower bins are more often drums.
_BASS = (np.arange(BINS) >= 3) & (np.arange(BINS) < 36)
_BASS_WEIGHT = 1.2
_CHORD_SECONDS = 0.4


def compress_dynamics(cq: Float32Array) -> Float32Array:
    """Evens out loud and quiet frames, so that no single loud chord decides the key.

    Args:
        cq: (T, BINS) constant-Q magnitudes.

    Returns:
        (T, BINS) compressed magnitudes; 0 in silent frames.
    """
    audible = np.where(cq.sum(axis=1, keepdims=True) > _SILENT_LEVEL, cq, np.float32(0))
    power: Float32Array = audible ** np.float32(_COMPRESSION)
    if not len(power):
        return power
    level = power.sum(axis=1, keepdims=True)
    return power / (level + np.float32(0.3) * level.mean() + np.float32(1e-9))


def tuning_cents(spectrum: FloatArray) -> float:
    """Estimates the deviation from A4 = 440 Hz from the phase of the spectrum's semitone periodicity.

    Args:
        spectrum: (BINS,) mean constant-Q magnitudes.

    Returns:
        Cents in (-50, 50], NaN for silence.
    """
    ripple = (spectrum * np.exp(-2j * np.pi * (np.arange(BINS) - 1) / _PER_SEMITONE)).sum()
    if np.abs(ripple) <= 1e-6:
        return float("nan")
    return float(-100 * np.angle(ripple) / (2 * np.pi))


@cache
def _folding(tuning: float) -> FloatArray:
    """Returns (BINS, 12) weights of bins for pitch classes, triangular around the tuned semitones."""
    semitone = (np.arange(BINS) - 1) / _PER_SEMITONE - tuning / 100
    distance = np.abs((semitone[:, None] - np.arange(12) + 6) % 12 - 6)
    weight = np.exp(-0.5 * (np.maximum(np.arange(BINS) - _FULL_WEIGHT_BINS, 0) / _TAPER) ** 2)
    return np.maximum(1 - distance, 0) * weight[:, None]


def fold_to_chroma(frames: NDArray[np.floating], tuning: float) -> FloatArray:
    """Folds constant-Q frames (…, BINS) to pitch classes (…, 12), C first, for a tuning in cents."""
    return frames @ _folding(round(tuning) if np.isfinite(tuning) else 0)


@cache
def _key_profiles() -> FloatArray:
    """Returns (36, 12) centred unit key profiles: 12 minor, 12 major, 12 natural minor."""
    # Popular music often has the minor seventh where the corpus of the paper has the leading note.
    natural = (*_MINOR[:10], _MINOR[11], _MINOR[10])
    rows = np.array([np.roll(p, tonic) for p in (_MINOR, _MAJOR, natural) for tonic in range(12)])
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def estimate_key(chroma: FloatArray, bass: FloatArray) -> tuple[float, float, float]:
    """Estimates the key from the correlation with key profiles and the strength of the tonic in the bass.

    Args:
        chroma: (12,) strength of each pitch class.
        bass: (12,) the part of it that is due to bass notes.

    Returns:
        Tonic 0 to 11, mode (0 minor, 1 major) and confidence 0 to 1: the best correlation times its
        margin over the runner-up; tonic and mode are NaN if no key fits.
    """
    centred = chroma - chroma.mean()
    norm = np.linalg.norm(centred)
    if not norm > 0.02 * max(float(chroma.sum()), 1e-6):
        return float("nan"), float("nan"), 0.0
    fits = _key_profiles() @ centred / norm
    correlation = np.concatenate([np.maximum(fits[:12], fits[24:]), fits[12:24]])
    score = correlation + _BASS_WEIGHT * np.tile(bass / float(chroma.sum()), 2)
    order = np.argsort(score)
    best = float(correlation[order[-1]])
    if best < _MIN_CORRELATION:
        return float("nan"), float("nan"), 0.0
    confidence = min(1.0, best * min(1.0, 5 * float(score[order[-1]] - score[order[-2]])))
    return float(order[-1] % 12), float(order[-1] // 12), confidence


def camelot(key: float, mode: float) -> str:
    """Returns the Camelot code of a key, `""` if the key is unknown."""
    if not np.isfinite(key + mode):
        return ""
    return f"{int(camelot_number(key, mode))}{'B' if mode else 'A'}"


@cache
def _triads() -> FloatArray:
    """Returns (24, 12) unit templates of the major and minor triads."""
    triads = [(0, 4, 7), (0, 3, 7)]
    rows = np.array([np.roll(np.isin(np.arange(12), t), r) for t in triads for r in range(12)], dtype=float)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def chord_change_rate(chroma: FloatArray) -> float:
    """Computes the changes per second of the best-fitting triad over blocks of about 0.4 s.

    Args:
        chroma: (T, 12) chroma at the constant-Q frame rate.

    Returns:
        Changes per second; NaN for fewer than two blocks.
    """
    width = max(1, round(_CHORD_SECONDS * FRAME_RATE))
    count = len(chroma) // width
    if count < 2:
        return float("nan")
    blocks = chroma[: count * width].reshape(count, width, 12).mean(axis=1)
    norm = np.linalg.norm(blocks, axis=1)
    audible = norm > 0.05 * norm.max()
    chord = (blocks @ _triads().T).argmax(axis=1)[audible]
    # A chord must last two blocks; otherwise passing notes would count as changes.
    steady = chord[1:][chord[1:] == chord[:-1]]
    changes = int((steady[1:] != steady[:-1]).sum())
    return changes / (count * width / FRAME_RATE)


def _variance(chroma: FloatArray) -> float:
    """Computes the mean variance of the pitch classes over time, each frame scaled to its maximum."""
    strongest = chroma.max(axis=1)
    audible = strongest > 0.05 * strongest.max()
    return float((chroma[audible] / strongest[audible, None]).var(axis=0).mean())


def summarise(frames: Float32Array, tuning: float) -> dict[str, float | str]:
    """Returns the tonality columns of the schema.

    Args:
        frames: (T, BINS) compressed constant-Q frames of the track or a window.
        tuning: Tuning of the whole track in cents.
    """
    chroma = fold_to_chroma(frames, tuning)
    mean = chroma.mean(axis=0) if len(chroma) else np.zeros(12)
    silent = not mean.sum() > 1e-6
    low = np.where(_BASS, frames.mean(axis=0), 0) if not silent else np.zeros(BINS)
    key, mode, confidence = estimate_key(mean, fold_to_chroma(low, tuning))
    share = np.full(12, np.nan) if silent else mean / mean.sum()
    return {
        "key": key,
        "mode": mode,
        "key_conf": confidence,
        "tuning": tuning if not silent else float("nan"),
        **{f"chroma_{k}": float(share[k]) for k in range(12)},
        "chroma_variance": float("nan") if silent else _variance(chroma),
        "chord_change_rate": float("nan") if silent else chord_change_rate(chroma),
        "camelot": camelot(key, mode),
    }

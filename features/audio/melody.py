"""Melody pitch by pYIN (Mauch & Dixon 2014); slow, therefore optional."""

import numpy as np

from segue.features.arrays import Float32Array, FloatArray
from segue.features.audio.kernels.spectral import RATE

_CHUNK = 30 * RATE
_LOWEST, _HIGHEST = 65.0, 1050.0  # Hz, C2 to C6
_HOP = 1024
_MIN_VOICED = 0.05  # probability; pYIN's voiced flag is also set for noise


class MelodyTracker:
    """Tracks the pitch of a stream of mono samples, half a minute at a time."""

    def __init__(self) -> None:
        self._buffered: list[Float32Array] = []
        self._count = 0
        self._pitches: list[FloatArray] = []

    def feed(self, samples: Float32Array) -> None:
        """Appends samples (n,) at the analysis rate."""
        self._buffered.append(samples)
        self._count += len(samples)
        if self._count >= _CHUNK:
            self._track()

    def _track(self) -> None:
        """Tracks the pitch of the buffered samples."""
        import librosa

        samples = np.concatenate(self._buffered)
        self._buffered, self._count = [], 0
        if len(samples) < 2 * _HOP or np.abs(samples).max() < 1e-4:
            return
        pitch, _, voiced = librosa.pyin(samples, fmin=_LOWEST, fmax=_HIGHEST, sr=RATE, hop_length=_HOP)
        self._pitches.append(np.where(voiced > _MIN_VOICED, pitch, np.nan))

    def finish(self) -> dict[str, float]:
        """Ends the stream and returns the melody columns of the schema."""
        if self._buffered:
            self._track()
        pitch = np.concatenate(self._pitches) if self._pitches else np.zeros(0)
        known = pitch[np.isfinite(pitch)]
        if not len(pitch):
            return {"pitch_range": float("nan"), "voiced_share": float("nan")}
        low, high = np.quantile(known, [0.05, 0.95]) if len(known) >= 10 else (np.nan, np.nan)
        return {"pitch_range": float(12 * np.log2(high / low)), "voiced_share": len(known) / len(pitch)}

"""A constant-Q magnitude spectrogram from sparse kernels in the frequency domain (Brown & Puckette 1992)."""

from functools import cache

import numpy as np
from scipy.fft import rfft
from scipy.sparse import csr_array

from segue.features.arrays import Float32Array, FloatArray

RATE = 5512.5
"""Sampling rate in Hz: a quarter of the analysis rate, enough up to seven octaves over the lowest C."""

FFT_SIZE = 8192
HOP = 512
BINS_PER_OCTAVE = 36
LOWEST_MIDI = 36
OCTAVES = 5
BINS = OCTAVES * BINS_PER_OCTAVE
FRAME_RATE = RATE / HOP
_KEEP = 0.01  # kernel values below this share of the largest are dropped


def bin_frequencies() -> FloatArray:
    """Centre frequencies in Hz of the bins; the second of three lies on the semitone at A4 = 440 Hz."""
    semitone = LOWEST_MIDI + (np.arange(BINS) - 1) * 12 / BINS_PER_OCTAVE
    return 440.0 * 2.0 ** ((semitone - 69) / 12)


@cache
def _kernels() -> csr_array:
    quality = 1 / (2 ** (1 / BINS_PER_OCTAVE) - 1)
    rows = []
    for frequency in bin_frequencies():
        length = min(FFT_SIZE, int(np.ceil(quality * RATE / frequency)))
        start = (FFT_SIZE - length) // 2
        wave = np.zeros(FFT_SIZE, dtype=np.complex128)
        time = np.arange(length) - length / 2
        phase = np.exp(2j * np.pi * frequency * time / RATE)
        wave[start : start + length] = np.hanning(length) / length * phase
        spectrum = np.fft.fft(wave)[: FFT_SIZE // 2 + 1].conj() / FFT_SIZE
        spectrum[np.abs(spectrum) < _KEEP * np.abs(spectrum).max()] = 0
        rows.append(spectrum)
    return csr_array(np.array(rows).astype(np.complex64))


class ConstantQ:
    """Turns samples at `RATE` into frames of (BINS,) magnitudes; frame t is centred on t·HOP."""

    def __init__(self) -> None:
        self._held = np.zeros(FFT_SIZE // 2, dtype=np.float32)
        self._frames: list[Float32Array] = []

    def feed(self, samples: Float32Array) -> None:
        """Takes the next samples (n,)."""
        self._held = np.concatenate([self._held, samples])
        count = (len(self._held) - FFT_SIZE) // HOP + 1
        if count > 0:
            self._transform(count)
            self._held = self._held[count * HOP :]

    def _transform(self, count: int) -> None:
        windows = np.lib.stride_tricks.sliding_window_view(self._held, FFT_SIZE)[: count * HOP : HOP]
        for start in range(0, count, 64):
            spectrum = rfft(windows[start : start + 64], axis=1)
            self._frames.append(np.abs((_kernels() @ spectrum.T).T).astype(np.float32))

    def finish(self) -> Float32Array:
        """Returns all frames (T, BINS)."""
        self.feed(np.zeros(FFT_SIZE // 2, dtype=np.float32))
        return np.concatenate(self._frames) if self._frames else np.zeros((0, BINS), dtype=np.float32)

"""Constant-Q magnitude spectrogram by sparse kernels in the frequency domain (Brown & Puckette 1992)."""

from functools import cache

import numpy as np
from scipy.fft import rfft
from scipy.sparse import csr_array

from segue.features.arrays import Float32Array, FloatArray

RATE = 5512.5
"""Sampling rate in Hz: a quarter of the analysis rate, sufficient for the `OCTAVES` above C2."""

FFT_SIZE = 8192
HOP = 512
BINS_PER_OCTAVE = 36
LOWEST_MIDI = 36
OCTAVES = 5
BINS = OCTAVES * BINS_PER_OCTAVE
FRAME_RATE = RATE / HOP
_SPARSITY = 0.01  # kernel values below this share of the largest are dropped


def bin_frequencies() -> FloatArray:
    """Returns the bins' centre frequencies in Hz; with A4 = 440 Hz, every third one is a semitone."""
    semitone = LOWEST_MIDI + (np.arange(BINS) - 1) * 12 / BINS_PER_OCTAVE
    return 440.0 * 2.0 ** ((semitone - 69) / 12)


@cache
def _kernels() -> csr_array:
    """Returns the (BINS, FFT_SIZE / 2 + 1) kernels."""
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
        spectrum[np.abs(spectrum) < _SPARSITY * np.abs(spectrum).max()] = 0
        rows.append(spectrum)
    return csr_array(np.array(rows).astype(np.complex64))


class ConstantQ:
    """Transforms a stream of samples at `RATE` to frames of magnitudes, frame t centred on sample t·HOP."""

    def __init__(self) -> None:
        self._buffer = np.zeros(FFT_SIZE // 2, dtype=np.float32)
        self._frames: list[Float32Array] = []

    def feed(self, samples: Float32Array) -> None:
        """Appends samples (n,)."""
        self._buffer = np.concatenate([self._buffer, samples])
        count = (len(self._buffer) - FFT_SIZE) // HOP + 1
        if count > 0:
            self._transform(count)
            self._buffer = self._buffer[count * HOP :]

    def _transform(self, count: int) -> None:
        windows = np.lib.stride_tricks.sliding_window_view(self._buffer, FFT_SIZE)[: count * HOP : HOP]
        for start in range(0, count, 64):
            spectrum = rfft(windows[start : start + 64], axis=1)
            self._frames.append(np.abs((_kernels() @ spectrum.T).T).astype(np.float32))

    def finish(self) -> Float32Array:
        """Ends the stream and returns all frames (T, BINS)."""
        self.feed(np.zeros(FFT_SIZE // 2, dtype=np.float32))
        return np.concatenate(self._frames) if self._frames else np.zeros((0, BINS), dtype=np.float32)

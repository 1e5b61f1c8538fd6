"""Compiled loops over the frames of the short-time Fourier transform."""

from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from segue.features.arrays import Float32Array, Int64Array

RATE = 22050
FFT_SIZE = 2048
HOP = 512
BINS = FFT_SIZE // 2 + 1
MELS = 128
DESCRIPTORS = ("power", "centroid", "bandwidth", "rolloff", "flatness", "high_ratio", "low_ratio")
CONTRAST_BANDS = 7
CONTRAST_EVERY = 4
_FLOOR = 1e-10


@cache
def mel_filters() -> tuple[Int64Array, Float32Array]:
    """Returns the (MELS, 2) first and past-the-last bin of each mel band, and the (MELS, BINS) weights."""
    from librosa.filters import mel

    weights = mel(sr=RATE, n_fft=FFT_SIZE, n_mels=MELS).astype(np.float32)
    used = weights > 0
    first = used.argmax(axis=1)
    last = BINS - used[:, ::-1].argmax(axis=1)
    return np.stack([first, last], axis=1), weights


def contrast_edges() -> Int64Array:
    """Returns the bin edges (B + 1,) of the spectral-contrast bands: 0, 200, 400 … 12800 Hz."""
    edges = np.concatenate([[0.0], 200.0 * 2.0 ** np.arange(CONTRAST_BANDS)])
    return np.minimum(np.rint(edges * FFT_SIZE / RATE), BINS).astype(np.int64)


@njit(cache=True, nogil=True)
def describe_spectra(
    spectra: NDArray[np.complex64],
    mel_edges: Int64Array,
    mel_weights: Float32Array,
    out: Float32Array,
    mel: Float32Array,
) -> None:
    """Computes the descriptors and the mel bands of each frame in one pass.

    Args:
        spectra: (T, BINS) complex spectra.
        mel_edges: (MELS, 2) first and past-the-last bin of each band.
        mel_weights: (MELS, BINS) weights.
        out: (T, len(DESCRIPTORS)) output, columns as in `DESCRIPTORS`.
        mel: (T, MELS) output, mel power.
    """
    width = RATE / FFT_SIZE
    low_bin, high_bin = int(np.ceil(200 / width)), int(np.ceil(4000 / width))
    power = np.empty(spectra.shape[1], dtype=np.float32)
    for t in range(spectra.shape[0]):
        total, low, high = 0.0, 0.0, 0.0
        sum0, sum1, sum2 = 0.0, 0.0, 0.0
        logs, product = 0.0, 1.0
        for b in range(spectra.shape[1]):
            z = spectra[t, b]
            p = z.real * z.real + z.imag * z.imag
            power[b] = p
            total += p
            magnitude = np.sqrt(p)
            frequency = b * width
            sum0 += magnitude
            sum1 += magnitude * frequency
            sum2 += magnitude * frequency * frequency
            if b < low_bin:
                low += p
            elif b >= high_bin:
                high += p
            # One logarithm per eight factors is faster and still far from overflow.
            product *= p + 1e-10
            if b % 8 == 7:
                logs += np.log(product)
                product = 1.0
        logs += np.log(product)
        out[t, 0] = total
        centre = sum1 / max(sum0, 1e-9)
        out[t, 1] = centre
        out[t, 2] = np.sqrt(max(sum2 / max(sum0, 1e-9) - centre * centre, 0.0))
        reached, b = 0.0, 0
        while b < spectra.shape[1] - 1 and reached + power[b] < 0.85 * total:
            reached += power[b]
            b += 1
        out[t, 3] = b * width
        out[t, 4] = np.exp(logs / spectra.shape[1]) / (total / spectra.shape[1] + 1e-10)
        out[t, 5] = high / max(total, 1e-10)
        out[t, 6] = low / max(total, 1e-10)
        for m in range(mel_edges.shape[0]):
            value = np.float32(0.0)
            for b in range(mel_edges[m, 0], mel_edges[m, 1]):
                value += mel_weights[m, b] * power[b]
            mel[t, m] = value


@njit(cache=True, nogil=True)
def spectral_contrast(spectra: NDArray[np.complex64], edges: Int64Array, out: Float32Array) -> None:
    """Computes the power ratio of the strongest to the weakest fifth of each octave band, in dB.

    Args:
        spectra: (T, BINS) complex spectra.
        edges: (B + 1,) bin edges.
        out: (T, B) output.
    """
    for t in range(spectra.shape[0]):
        for band in range(len(edges) - 1):
            piece = spectra[t, edges[band] : edges[band + 1]]
            power = np.sort(piece.real * piece.real + piece.imag * piece.imag)
            count = max(1, len(power) // 5)
            valley, peak = 0.0, 0.0
            for k in range(count):
                valley += power[k]
                peak += power[len(power) - 1 - k]
            out[t, band] = 10 * np.log10((peak / count + 1e-10) / (valley / count + 1e-10))


@njit(cache=True, nogil=True)
def zero_crossings(samples: Float32Array, count: int, hop: int, out: Float32Array) -> None:
    """Writes the share of sign changes among the `hop` samples of each of `count` frames to `out` (T,)."""
    for t in range(count):
        changes = 0
        for n in range(t * hop + 1, t * hop + hop):
            if (samples[n] >= 0) != (samples[n - 1] >= 0):
                changes += 1
        out[t] = changes / hop

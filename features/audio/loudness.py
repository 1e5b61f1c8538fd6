"""Loudness by ITU-R BS.1770-4 and EBU R128, computed from hops of 0.1 s."""

from dataclasses import dataclass

import numpy as np

from segue.features.arrays import FloatArray, Int64Array
from segue.features.audio.decoders import Block
from segue.features.audio.kernels.loudness import k_weighted_sums, oversampling_filter, true_peaks

HOPS_PER_SECOND = 10
_OFFSET = -0.691  # dB, so that a full-scale 997 Hz sine on one channel reads -3.01 LUFS
_FLOOR = 1e-12


@dataclass(frozen=True)
class LoudnessHops:
    """Power and peaks of successive hops of 0.1 s.

    Attributes:
        weighted: (H,) K-weighted mean square, summed over the channels with their BS.1770 weights.
        unweighted: (H,) mean square without filter, averaged over the channels.
        peak: (H,) highest true peak, linear.
    """

    weighted: FloatArray
    unweighted: FloatArray
    peak: FloatArray

    def slice(self, start: float, stop: float) -> "LoudnessHops":
        """Returns the hops between two times in s."""
        rows = slice(round(start * HOPS_PER_SECOND), max(round(stop * HOPS_PER_SECOND), 0))
        return LoudnessHops(self.weighted[rows], self.unweighted[rows], self.peak[rows])


class LoudnessMeter:
    """Measures `LoudnessHops` from blocks of samples with their original rate and channels.

    Args:
        rate: Sampling rate in Hz.
        channels: Number of channels.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._rate, self._channels = rate, channels
        self._filter = k_weighting(rate)
        self._state = np.zeros((channels, 4))
        self._weights = channel_weights(channels)
        self._interpolators = oversampling_filter()
        self._tail = np.zeros((self._interpolators.shape[1] - 1, channels), dtype=np.float32)
        self._rest = np.zeros((0, channels), dtype=np.float32)
        self._hop = 0
        self._parts: list[FloatArray] = []

    def feed(self, block: Block) -> None:
        """Appends a block (n, channels)."""
        if self._hop == 0 and not len(self._rest) and len(block):
            self._settle_filters(block[0].astype(np.float64))
        samples = np.concatenate([self._rest, block]) if len(self._rest) else block
        ends = self._ends(len(samples))
        if len(ends):
            self._measure(samples[: ends[-1]], ends)
        self._rest = samples[ends[-1] if len(ends) else 0 :]

    def _settle_filters(self, first: FloatArray) -> None:
        """Starts the filters in the steady state of the first sample: an offset starts without a click."""
        (b0, b1, b2, a1, a2), _ = self._filter
        after_shelf = first * (b0 + b1 + b2) / (1 + a1 + a2)
        self._state[:, 1] = b2 * first - a2 * after_shelf
        self._state[:, 0] = b1 * first - a1 * after_shelf + self._state[:, 1]
        self._state[:, 2], self._state[:, 3] = -after_shelf, after_shelf

    def finish(self) -> LoudnessHops:
        """Ends the stream and returns all hops; the last one may be shorter."""
        if len(self._rest) >= self._rate / HOPS_PER_SECOND / 2 or (len(self._rest) and not self._parts):
            self._measure(self._rest, np.array([len(self._rest)]))
        table = np.concatenate(self._parts) if self._parts else np.zeros((0, 3))
        return LoudnessHops(table[:, 0], table[:, 1], table[:, 2])

    def _ends(self, available: int) -> Int64Array:
        """Returns the end of each hop that `available` samples from the current hop on complete."""
        # Hop boundaries are rounded from the start of the track, so that no rate causes drift.
        begin = (self._hop * self._rate) // HOPS_PER_SECOND
        last = ((begin + available) * HOPS_PER_SECOND) // self._rate + 1
        ends = (np.arange(self._hop + 1, last + 1) * self._rate) // HOPS_PER_SECOND - begin
        return ends[ends <= available]

    def _measure(self, samples: Block, ends: Int64Array) -> None:
        """Measures the next hops."""
        contiguous = np.ascontiguousarray(samples)
        table = np.empty((len(ends), 3))
        k_weighted_sums(contiguous, ends, self._filter, self._state, self._weights, table)
        padded = np.concatenate([self._tail, contiguous])
        true_peaks(padded, ends, self._interpolators, table)
        self._tail = padded[len(padded) - len(self._tail) :]
        self._hop += len(ends)
        self._parts.append(table)


def channel_weights(channels: int) -> FloatArray:
    """Returns the BS.1770 channel weights (C,): 1.41 for surround, 0 for the LFE channel of 5.1 and 7.1."""
    weights = np.ones(channels)
    if channels in (4, 5):
        weights[-2:] = 1.41
    elif channels >= 6:
        weights[3], weights[4:] = 0.0, 1.41
    return weights


def k_weighting(rate: int) -> FloatArray:
    """Computes the coefficients of the K-weighting filter for a sampling rate in Hz.

    Applies the bilinear transform to the analogue prototypes of the 48 kHz coefficients in BS.1770-4.

    Returns:
        (2, 5) rows b0, b1, b2, a1, a2: high shelf, then high pass.
    """
    shelf_gain, shelf_q, shelf_f = 3.999843853973347, 0.7071752369554196, 1681.974450955533
    k = np.tan(np.pi * min(shelf_f, 0.49 * rate) / rate)
    vh = 10 ** (shelf_gain / 20)
    vb = vh**0.4996667741545416
    norm = 1 + k / shelf_q + k * k
    shelf = [
        (vh + vb * k / shelf_q + k * k) / norm,
        2 * (k * k - vh) / norm,
        (vh - vb * k / shelf_q + k * k) / norm,
        2 * (k * k - 1) / norm,
        (1 - k / shelf_q + k * k) / norm,
    ]
    pass_q, pass_f = 0.5003270373238773, 38.13547087602444
    k = np.tan(np.pi * pass_f / rate)
    norm = 1 + k / pass_q + k * k
    high_pass = [1.0, -2.0, 1.0, 2 * (k * k - 1) / norm, (1 - k / pass_q + k * k) / norm]
    return np.array([shelf, high_pass])


def integrated_loudness(hops: LoudnessHops) -> float:
    """Computes the gated loudness in LUFS; NaN for silence or less than 0.4 s."""
    power = _sliding_mean(hops.weighted, 4)
    loud = power[_to_lufs(power) > -70]
    if not len(loud):
        return float("nan")
    loud = loud[_to_lufs(loud) > _to_lufs(loud.mean()) - 10]
    return float(_to_lufs(loud.mean()))


def loudness_range(hops: LoudnessHops) -> float:
    """Computes the loudness range in LU (EBU Tech 3342); NaN for silence or less than 3 s."""
    power = _sliding_mean(hops.weighted, 30)
    loud = power[_to_lufs(power) > -70]
    if not len(loud):
        return float("nan")
    levels = _to_lufs(loud[_to_lufs(loud) > _to_lufs(loud.mean()) - 20])
    low, high = np.quantile(levels, [0.10, 0.95])
    return float(high - low)


def momentary_statistics(hops: LoudnessHops) -> dict[str, float]:
    """Computes percentiles and variance of the momentary (0.4 s) loudness above -70 LUFS; NaN for silence."""
    levels = _to_lufs(_sliding_mean(hops.weighted, 4))
    audible = levels[levels > -70]
    if not len(audible):
        return dict.fromkeys(("loudness_p10", "loudness_p90", "loudness_variance"), float("nan"))
    low, high = np.quantile(audible, [0.1, 0.9])
    return {
        "loudness_p10": float(low),
        "loudness_p90": float(high),
        "loudness_variance": float(audible.var()),
    }


def true_peak(hops: LoudnessHops) -> float:
    """Computes the highest true peak in dBTP; NaN for digital silence."""
    peak = hops.peak.max(initial=0.0)
    return float(20 * np.log10(peak)) if peak > 1e-5 else float("nan")


def energy_curve(hops: LoudnessHops) -> FloatArray:
    """Computes the RMS level in dB of each full second."""
    seconds = len(hops.unweighted) // HOPS_PER_SECOND
    power = hops.unweighted[: seconds * HOPS_PER_SECOND].reshape(seconds, HOPS_PER_SECOND).mean(axis=1)
    return 10 * np.log10(np.maximum(power, 1e-10))


def energy_slope(hops: LoudnessHops) -> float:
    """Computes the slope of the energy curve in dB/s; NaN for less than 3 s or silence."""
    curve = energy_curve(hops)
    if len(curve) < 3 or curve.max() <= -60:
        return float("nan")
    return float(np.polyfit(np.arange(len(curve)), np.maximum(curve, -60), 1)[0])


def summarise(hops: LoudnessHops) -> dict[str, float]:
    """Returns the loudness columns of the schema for these hops."""
    return {
        "loudness": integrated_loudness(hops),
        "loudness_range": loudness_range(hops),
        **momentary_statistics(hops),
        "true_peak": true_peak(hops),
        "energy_slope": energy_slope(hops),
    }


def _sliding_mean(values: FloatArray, width: int) -> FloatArray:
    if len(values) < width:
        return np.zeros(0)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return np.maximum(sums[width:] - sums[:-width], 0) / width


def _to_lufs(power: FloatArray) -> FloatArray:
    return _OFFSET + 10 * np.log10(np.maximum(power, _FLOOR))

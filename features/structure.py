"""Structure: where sections meet, where the intro ends and where the outro starts."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks
from segue.features.analysis import FRAME_RATE, Analysis
from segue.features.constant_q import FRAME_RATE as CQ_FRAME_RATE
from segue.features.tonality import fold

Floats = NDArray[np.float64]

_RATE = 2.0  # frames a second of the features below
_REACH = 8.0  # s compared on each side of a boundary
_LONGEST_EDGE = 0.35  # an intro or outro covers at most this share of the track
_FEWEST_SECONDS = 20.0


def _at_rate(frames: Floats, rate: float, count: int) -> Floats:
    """Means of the frames in each interval of 1 / _RATE s."""
    edges = np.minimum((np.arange(count + 1) * rate / _RATE).astype(int), len(frames))
    sums = np.concatenate([np.zeros((1, frames.shape[1])), np.cumsum(frames, axis=0, dtype=np.float64)])
    width = np.maximum(edges[1:] - edges[:-1], 1)[:, None]
    return (sums[edges[1:]] - sums[edges[:-1]]) / width


def section_features(analysis: Analysis, compressed: NDArray[np.float32], tuning: float) -> Floats:
    """Level in mel bands, chroma, each scaled, twice a second.

    Args:
        analysis: Frames of a track.
        compressed: (Tc, BINS) compressed constant-Q frames.
        tuning: Cents.
    """
    count = int(analysis.duration * _RATE)
    coarse = analysis.mel[:, : 8 * 16].astype(np.float32).reshape(len(analysis.mel), 16, 8).mean(axis=2)
    level = _at_rate(np.maximum(coarse, -5.0), FRAME_RATE, count)
    chroma = _at_rate(fold(compressed, tuning), CQ_FRAME_RATE, count)
    level = (level - level.mean(axis=0)) / max(float(level.std()), 1e-6)
    chroma = (chroma - chroma.mean(axis=0)) / max(float(chroma.std()), 1e-6)
    return np.concatenate([level, 0.5 * chroma], axis=1)


def novelty(features: Floats) -> Floats:
    """Distance between the mean before and the mean after each frame, Gaussian-weighted.

    Args:
        features: (N, D).

    Returns:
        (N,) per boundary before frame n.
    """
    width = int(_REACH * _RATE)
    weight = np.exp(-0.5 * (np.arange(width) / (0.5 * width)) ** 2)
    count = len(features)
    out = np.zeros(count)
    for n in range(2, count - 2):
        before, after = features[max(0, n - width) : n][::-1], features[n : n + width]
        w, v = weight[: len(before), None], weight[: len(after), None]
        step = (after * v).sum(axis=0) / v.sum() - (before * w).sum(axis=0) / w.sum()
        # Few frames on one side make a noisy mean.
        out[n] = np.sqrt((step**2).sum() * min(w.sum(), v.sum()) / weight.sum())
    return out


def boundaries(curve: Floats) -> NDArray[np.int64]:
    """Frames where the novelty curve has a clear peak."""
    if len(curve) < 8 or not curve.max() > 0:
        return np.zeros(0, dtype=np.int64)
    smooth = gaussian_filter1d(curve, 1.0)
    peaks, _ = find_peaks(smooth, prominence=0.1 * smooth.max(), distance=int(3 * _RATE))
    return np.asarray(peaks, dtype=np.int64)


def summarise(
    analysis: Analysis, compressed: NDArray[np.float32], tuning: float, lead: float, trail: float
) -> dict[str, float]:
    """Returns the structure columns of the schema.

    Args:
        analysis: Frames of a track.
        compressed: (Tc, BINS) compressed constant-Q frames.
        tuning: Cents.
        lead: Silence at the start in s.
        trail: Silence at the end in s.
    """
    unknown = {"intro_end": float("nan"), "outro_start": float("nan"), "segments": float("nan")}
    sounding = analysis.duration - lead - trail
    if sounding < _FEWEST_SECONDS:
        return unknown
    features = section_features(analysis, compressed, tuning)
    curve = novelty(features)
    found = boundaries(curve)
    level = features[:, :16].mean(axis=1)
    times = found / _RATE
    reach = max(_LONGEST_EDGE * sounding, 12.0)
    early = found[(times > lead + 2) & (times < lead + reach)]
    late = found[(times < analysis.duration - trail - 2) & (times > analysis.duration - trail - reach)]
    return {
        "intro_end": _best(early, curve, level, +1) / _RATE,
        "outro_start": _best(late, curve, level, -1) / _RATE,
        "segments": float(len(found) + 1),
    }


def _best(found: NDArray[np.int64], curve: Floats, level: Floats, sign: int) -> float:
    """The boundary with the most novelty and the largest step of level in the wanted direction."""
    if not len(found):
        return float("nan")
    width = int(_REACH * _RATE)
    steps = [level[n : n + width].mean() - level[max(0, n - width) : n].mean() for n in found]
    score = curve[found] * (1 + np.tanh(2 * sign * np.array(steps)))
    return float(found[int(score.argmax())])

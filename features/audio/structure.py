"""Structure: where sections meet, where the intro ends and where the outro starts."""

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from segue.features.arrays import Float32Array, FloatArray, Int64Array
from segue.features.audio.constant_q import FRAME_RATE as CQ_FRAME_RATE
from segue.features.audio.tonality import fold
from segue.features.audio.transforms import FRAME_RATE, Analysis

_RATE = 2.0  # frames a second of the features below
_REACH = 8.0  # s compared on each side of a boundary
_LONGEST_EDGE = 0.35  # an intro or outro covers at most this share of the track
_SHORTEST_EDGE = 2.0  # s
_FEWEST_SECONDS = 20.0
_SMOOTHING = 0.75  # s
_BODY = (0.3, 0.7)  # share of the track
_TRUST_IN_NOVELTY = 0.2


def _at_rate(frames: FloatArray, rate: float, count: int) -> FloatArray:
    """Means of the frames in each interval of 1 / _RATE s."""
    edges = np.minimum((np.arange(count + 1) * rate / _RATE).astype(int), len(frames))
    sums = np.concatenate([np.zeros((1, frames.shape[1])), np.cumsum(frames, axis=0, dtype=np.float64)])
    width = np.maximum(edges[1:] - edges[:-1], 1)[:, None]
    return (sums[edges[1:]] - sums[edges[:-1]]) / width


def section_features(analysis: Analysis, compressed: Float32Array, tuning: float) -> FloatArray:
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


def novelty(features: FloatArray) -> FloatArray:
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


def boundaries(curve: FloatArray) -> Int64Array:
    """Frames where the novelty curve has a clear peak."""
    if len(curve) < 8 or not curve.max() > 0:
        return np.zeros(0, dtype=np.int64)
    smooth = gaussian_filter1d(curve, 1.0)
    peaks, _ = find_peaks(smooth, prominence=0.1 * smooth.max(), distance=int(3 * _RATE))
    return np.asarray(peaks, dtype=np.int64)


def distance_to_body(features: FloatArray, first: int, last: int) -> tuple[FloatArray, float]:
    """How unlike the body of the track each frame sounds, and how unlike it the body itself gets.

    Args:
        features: (N, D).
        first: First sounding frame.
        last: One past the last sounding frame.

    Returns:
        (N,) distances to the median of the middle of the track, and their 90th percentile there.
    """
    smooth = gaussian_filter1d(features, _SMOOTHING * _RATE, axis=0)
    length = last - first
    body = slice(first + int(_BODY[0] * length), first + int(_BODY[1] * length))
    distance = np.sqrt(((smooth - np.median(features[body], axis=0)) ** 2).mean(axis=1))
    return distance, float(np.quantile(distance[body], 0.9))


def find_edge(distance: FloatArray, usual: float, curve: FloatArray, found: Int64Array) -> float:
    """Finds where the track begins to sound like its body.

    All frames before the edge together are as unlike the body as possible, all after it are not: the
    maximum of a cumulative sum. Clear boundaries near that maximum are preferred to it.

    Args:
        distance: (N,) from the first sounding frame on (or from the last, backwards).
        usual: Distance that frames of the body keep within.
        curve: (N,) novelty, in the same direction.
        found: Boundaries, counted in the same direction.

    Returns:
        Number of frames before the edge, NaN if the track sounds like its body from the start.
    """
    reach = int(max(_LONGEST_EDGE * len(distance), _FEWEST_SECONDS / 2 * _RATE))
    sums = np.concatenate([[0.0], np.cumsum(distance[:reach] - usual)])
    if not sums.max() > usual:
        return float("nan")
    near = found[(found >= _SHORTEST_EDGE * _RATE) & (found < len(sums))]
    candidates = np.append(near, int(sums.argmax()))
    novel = np.maximum(curve[np.minimum(candidates, len(curve) - 1)], 0) / max(float(curve.max()), 1e-9)
    score = np.maximum(sums[candidates], 0) * novel**_TRUST_IN_NOVELTY
    return float(candidates[int(score.argmax())])


def summarise(
    analysis: Analysis, compressed: Float32Array, tuning: float, lead: float, trail: float
) -> tuple[dict[str, float], FloatArray]:
    """Returns the structure columns of the schema, and the times in s at which sections meet.

    Args:
        analysis: Frames of a track.
        compressed: (Tc, BINS) compressed constant-Q frames.
        tuning: Cents.
        lead: Silence at the start in s.
        trail: Silence at the end in s.
    """
    if analysis.duration - lead - trail < _FEWEST_SECONDS:
        return dict.fromkeys(("intro_end", "outro_start", "segments"), float("nan")), np.zeros(0)
    features = section_features(analysis, compressed, tuning)
    curve = novelty(features)
    found = boundaries(curve)
    first, last = int(lead * _RATE), min(len(features), int((analysis.duration - trail) * _RATE))
    distance, usual = distance_to_body(features, first, last)
    sounding = slice(first, last)
    intro = find_edge(distance[sounding], usual, curve[sounding], found - first)
    outro = find_edge(distance[sounding][::-1], usual, curve[sounding][::-1], last - found)
    row = {
        "intro_end": (first + intro) / _RATE,
        "outro_start": (last - outro) / _RATE,
        "segments": float(len(found) + 1),
    }
    return row, found / _RATE

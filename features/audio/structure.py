"""Structure: section boundaries, the end of the intro and the start of the outro."""

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from segue.features.arrays import Float32Array, FloatArray, Int64Array
from segue.features.audio.constant_q import FRAME_RATE as CQ_FRAME_RATE
from segue.features.audio.tonality import fold_to_chroma
from segue.features.audio.transforms import FRAME_RATE, Analysis

_RATE = 2.0  # frames per second of the section features
_CONTEXT_SECONDS = 8.0  # compared on each side of a boundary
_MAX_EDGE_SHARE = 0.35  # longest intro or outro, as a share of the track
_MIN_EDGE_SECONDS = 2.0
_MIN_TRACK_SECONDS = 20.0
_SMOOTHING_SECONDS = 0.75
_BODY = (0.3, 0.7)  # the middle of the track, as shares of its length
_NOVELTY_EXPONENT = 0.2


def _at_rate(frames: FloatArray, rate: float, count: int) -> FloatArray:
    """Averages frames (T, D) at a rate in Hz over `count` intervals of 1 / _RATE s."""
    edges = np.minimum((np.arange(count + 1) * rate / _RATE).astype(int), len(frames))
    sums = np.concatenate([np.zeros((1, frames.shape[1])), np.cumsum(frames, axis=0, dtype=np.float64)])
    width = np.maximum(edges[1:] - edges[:-1], 1)[:, None]
    return (sums[edges[1:]] - sums[edges[:-1]]) / width


def section_features(analysis: Analysis, compressed: Float32Array, tuning: float) -> FloatArray:
    """Computes standardised mel-band levels and chroma twice per second.

    Args:
        analysis: Frames of a track.
        compressed: (Tc, BINS) compressed constant-Q frames.
        tuning: Tuning of the track in cents.

    Returns:
        (N, 28) 16 levels and 12 pitch classes.
    """
    count = int(analysis.duration * _RATE)
    coarse = analysis.mel[:, : 8 * 16].astype(np.float32).reshape(len(analysis.mel), 16, 8).mean(axis=2)
    level = _at_rate(np.maximum(coarse, -5.0), FRAME_RATE, count)
    chroma = _at_rate(fold_to_chroma(compressed, tuning), CQ_FRAME_RATE, count)
    level = (level - level.mean(axis=0)) / max(float(level.std()), 1e-6)
    chroma = (chroma - chroma.mean(axis=0)) / max(float(chroma.std()), 1e-6)
    return np.concatenate([level, 0.5 * chroma], axis=1)


def novelty(features: FloatArray) -> FloatArray:
    """Computes the distance between the Gaussian-weighted means before and after each frame.

    Args:
        features: (N, D) section features.

    Returns:
        (N,) novelty of a boundary before each frame.
    """
    width = int(_CONTEXT_SECONDS * _RATE)
    weight = np.exp(-0.5 * (np.arange(width) / (0.5 * width)) ** 2)
    count = len(features)
    out = np.zeros(count)
    for n in range(2, count - 2):
        before, after = features[max(0, n - width) : n][::-1], features[n : n + width]
        w, v = weight[: len(before), None], weight[: len(after), None]
        step = (after * v).sum(axis=0) / v.sum() - (before * w).sum(axis=0) / w.sum()
        # The mean of few frames is noisy, so such boundaries count less.
        out[n] = np.sqrt((step**2).sum() * min(w.sum(), v.sum()) / weight.sum())
    return out


def find_boundaries(curve: FloatArray) -> Int64Array:
    """Returns the frames of clear peaks of a novelty curve (N,)."""
    if len(curve) < 8 or not curve.max() > 0:
        return np.zeros(0, dtype=np.int64)
    smooth = gaussian_filter1d(curve, 1.0)
    peaks, _ = find_peaks(smooth, prominence=0.1 * smooth.max(), distance=int(3 * _RATE))
    return np.asarray(peaks, dtype=np.int64)


def distance_to_body(features: FloatArray, first: int, last: int) -> tuple[FloatArray, float]:
    """Computes the distance of each frame from the body, the middle part of the track.

    Args:
        features: (N, D) section features.
        first: First frame that is not silent.
        last: One past the last frame that is not silent.

    Returns:
        (N,) distances from the median of the body, and their 90th percentile within the body.
    """
    smooth = gaussian_filter1d(features, _SMOOTHING_SECONDS * _RATE, axis=0)
    length = last - first
    body = slice(first + int(_BODY[0] * length), first + int(_BODY[1] * length))
    distance = np.sqrt(((smooth - np.median(features[body], axis=0)) ** 2).mean(axis=1))
    return distance, float(np.quantile(distance[body], 0.9))


def find_edge(distance: FloatArray, usual: float, curve: FloatArray, found: Int64Array) -> float:
    """Finds where the track starts to sound like its body.

    The edge maximises the cumulative sum of the distance from the body, less the usual one; section
    boundaries with a high sum and a high novelty are preferred.

    Args:
        distance: (N,) distance from the body, from the first frame that is not silent (or backwards from the
            last).
        usual: Usual distance within the body.
        curve: (N,) novelty, in the same direction.
        found: Frames of boundaries, counted in the same direction.

    Returns:
        Number of frames before the edge; NaN if the track sounds like its body from the start.
    """
    reach = int(max(_MAX_EDGE_SHARE * len(distance), _MIN_TRACK_SECONDS / 2 * _RATE))
    sums = np.concatenate([[0.0], np.cumsum(distance[:reach] - usual)])
    if not sums.max() > usual:
        return float("nan")
    near = found[(found >= _MIN_EDGE_SECONDS * _RATE) & (found < len(sums))]
    candidates = np.append(near, int(sums.argmax()))
    novelty_there = np.maximum(curve[np.minimum(candidates, len(curve) - 1)], 0)
    relative_novelty = novelty_there / max(float(curve.max()), 1e-9)
    score = np.maximum(sums[candidates], 0) * relative_novelty**_NOVELTY_EXPONENT
    return float(candidates[int(score.argmax())])


def summarise(
    analysis: Analysis, compressed: Float32Array, tuning: float, lead: float, trail: float
) -> tuple[dict[str, float], FloatArray]:
    """Returns the structure columns of the schema and the times of section boundaries in s.

    Args:
        analysis: Frames of a track.
        compressed: (Tc, BINS) compressed constant-Q frames.
        tuning: Tuning of the track in cents.
        lead: Silence at the start in s.
        trail: Silence at the end in s.
    """
    if analysis.duration - lead - trail < _MIN_TRACK_SECONDS:
        return dict.fromkeys(("intro_end", "outro_start", "segments"), float("nan")), np.zeros(0)
    features = section_features(analysis, compressed, tuning)
    curve = novelty(features)
    found = find_boundaries(curve)
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

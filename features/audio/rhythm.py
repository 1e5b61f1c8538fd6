"""Tempo, beats and onsets from the onset envelopes of three frequency bands."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft

from segue.features.arrays import FloatArray
from segue.features.audio.kernels.rhythm import best_predecessors
from segue.features.audio.transforms import FRAME_RATE

TEMPO_RANGE = (40.0, 220.0)
_BAND_EDGES = (24, 76)  # mel bands below 24 are under about 600 Hz, those from 76 above about 2.9 kHz
# Log-normal tempo prior: centre in BPM without and with drums, standard deviation in octaves.
_CENTRE_CALM, _CENTRE_DRUMS, _SPREAD = 105.0, 130.0, 1.0
_CHUNK = 8192  # frames processed at once, which limits the memory for hours of music
_WINDOW, _STEP = 12.0, 2.0  # s, windows of the autocorrelation
# Weights of the multiples of a period: even ones also fit half the tempo, and seven beats are not a bar.
_MULTIPLE_WEIGHTS = np.array([1.0, 0.7, 1.0, 0.7, 1.0, 0.7, 0.0, 0.7])
_TIGHTNESS = 400.0
_MIN_FLUX = 0.015  # mean increase; a steady tone has less, the sparsest ambient music six times more
_MIN_SALIENCE, _MIN_ONSETS = 0.02, 4  # lower, noise and steady tones would get a tempo too
_PULSE_WEIGHTS = np.array([2.0, 1.0, 0.5])  # bands: drums and bass mark the beat, cymbals also subdivide it


@dataclass(frozen=True)
class Rhythm:
    """Tempo, beats and onset strength of a track.

    Attributes:
        envelope: (T,) onset strength, mean 1; all 0 without onsets.
        beats: Beat times in s.
        tempo: BPM, NaN without a pulse.
        tempo_alt: BPM in the second most likely octave.
        salience: Mean autocorrelation at the multiples of the period, at most 1.
        margin: Relative margin of the tempo's score over that of `tempo_alt`, 0 to 1.
    """

    envelope: FloatArray
    beats: FloatArray
    tempo: float
    tempo_alt: float
    salience: float
    margin: float


def onset_envelopes(mel: NDArray[np.float16]) -> FloatArray:
    """Computes half-wave rectified increases of compressed mel magnitude in a low, a mid and a high band.

    Args:
        mel: (T, 128) log10 of mel power.

    Returns:
        (3, T).
    """
    out = np.zeros((len(_BAND_EDGES) + 1, len(mel)))
    for start in range(1, len(mel), _CHUNK):
        piece = mel[start - 1 : start + _CHUNK].astype(np.float32)
        magnitude = np.log1p(np.float32(3000) * np.float32(10) ** (piece / 2))
        increase = np.maximum(np.diff(magnitude, axis=0), 0)
        for band, columns in enumerate(np.split(increase, _BAND_EDGES, axis=1)):
            out[band, start : start + _CHUNK] = columns.mean(axis=1)
    return out


def estimate_rhythm(mel: NDArray[np.float16], percussion: float = 0.25) -> Rhythm:
    """Estimates tempo and beats of a track.

    The tempo is the best-scoring period of the autocorrelation; beats follow by dynamic programming
    (Ellis 2007); the tempo is then the slope of a robust line through the beat times.

    Args:
        mel: (T, 128) log10 of mel power.
        percussion: Percussive share of the energy; with drums, the faster of two octaves is more likely.
    """
    bands = onset_envelopes(mel)
    deviation = bands.std(axis=1, keepdims=True)
    nothing = Rhythm(np.zeros(bands.shape[1]), np.zeros(0), np.nan, np.nan, 0.0, 0.0)
    if bands.mean() < _MIN_FLUX:
        return nothing
    scaled = bands / np.maximum(deviation, 0.1 * deviation.max())
    envelope = scaled.sum(axis=0)
    if bands.shape[1] < 2 * FRAME_RATE:
        return Rhythm(envelope / envelope.mean(), np.zeros(0), np.nan, np.nan, 0.0, 0.0)
    correlation = _autocorrelation(scaled)
    tempo, alternative, salience, margin = _choose_tempo(correlation, percussion)
    if salience < _MIN_SALIENCE or len(onset_times(envelope / envelope.mean())) < _MIN_ONSETS:
        return Rhythm(envelope / envelope.mean(), np.zeros(0), np.nan, np.nan, 0.0, 0.0)
    pulse = _PULSE_WEIGHTS @ scaled
    beats = track_beats(pulse / pulse.std(), 60 * FRAME_RATE / tempo)
    refined = tempo_from_beats(beats)
    return Rhythm(envelope / envelope.mean(), beats, refined, alternative, salience, margin)


def _autocorrelation(bands: FloatArray) -> FloatArray:
    """Computes the normalised autocorrelation over lags in frames, averaged over windows and bands."""
    width = int(_WINDOW * FRAME_RATE)
    padded = np.pad(bands, ((0, 0), (0, max(0, width - bands.shape[1]))))
    starts = range(0, padded.shape[1] - width + 1, int(_STEP * FRAME_RATE))
    total = np.zeros(width)
    overlap = width - np.arange(width)
    for start in starts:
        piece = padded[:, start : start + width]
        spectrum = rfft(piece - piece.mean(axis=1, keepdims=True), 2 * width, axis=1)
        lags = irfft(np.abs(spectrum) ** 2, axis=1)[:, :width] / overlap
        total += (lags / (lags[:, :1] + 1e-9)).mean(axis=0)
    return total / len(starts)


def _choose_tempo(correlation: FloatArray, percussion: float) -> tuple[float, float, float, float]:
    """Returns the tempo, its second most likely octave, its salience and its margin."""
    grid = np.geomspace(*TEMPO_RANGE, 400)
    salience = _salience(correlation, grid)
    score = np.maximum(salience, 0) * _prior(grid, percussion)
    best = int(score.argmax())
    others = np.array([grid[best] / 2, grid[best] * 2])
    rival = np.maximum(_salience(correlation, others), 0) * _prior(others, percussion)
    margin = 1 - rival.max() / max(score[best], 1e-9)
    return float(grid[best]), float(others[rival.argmax()]), float(salience[best]), float(max(margin, 0.0))


def _salience(correlation: FloatArray, bpm: FloatArray) -> FloatArray:
    """Returns the weighted mean autocorrelation at the multiples of each tempo's period."""
    lags = 60 * FRAME_RATE / bpm
    axis = np.arange(len(correlation))
    multiples = [
        np.interp((k + 1) * lags, axis, correlation, right=0.0) for k in range(len(_MULTIPLE_WEIGHTS))
    ]
    return _MULTIPLE_WEIGHTS @ np.array(multiples) / _MULTIPLE_WEIGHTS.sum()


def _prior(bpm: FloatArray, percussion: float) -> FloatArray:
    """Returns the prior weight of each tempo; its centre rises with percussion."""
    drums = 1 / (1 + np.exp(-(percussion - 0.26) / 0.03))
    centre = _CENTRE_CALM * (_CENTRE_DRUMS / _CENTRE_CALM) ** drums
    return np.exp(-0.5 * (np.log2(bpm / centre) / _SPREAD) ** 2)


def track_beats(envelope: FloatArray, period: float) -> FloatArray:
    """Tracks the beats; returns their times in s.

    Args:
        envelope: (T,) onset strength, standard deviation 1.
        period: Frames between beats.
    """
    score, before = best_predecessors(envelope, period, _TIGHTNESS)
    tail = max(0, len(score) - int(2 * period))
    at = tail + int(np.argmax(score[tail:]))
    beats = []
    while at >= 0:
        beats.append(at)
        at = before[at]
    return np.array(beats[::-1]) / FRAME_RATE


def tempo_from_beats(beats: FloatArray) -> float:
    """Computes BPM as the slope of a robust line through beat times in s; NaN for fewer than four beats."""
    if len(beats) < 4:
        return float("nan")
    steps = np.diff(beats)
    number = np.concatenate([[0.0], np.cumsum(np.maximum(1, np.rint(steps / np.median(steps))))])
    weights = np.ones(len(beats))
    for _ in range(5):
        slope, start = np.polyfit(number, beats, 1, w=weights)
        residual = np.abs(beats - start - slope * number)
        scale = max(1.5 * float(np.median(residual)), 0.005)
        weights = 1 / (1 + (residual / scale) ** 2)
    return float(60 / slope)


def tempo_stability(beats: FloatArray) -> float:
    """Computes a stability of 1 for a metronome, lower with jitter over eight beats; NaN below 12 beats."""
    if len(beats) < 12:
        return float("nan")
    spans = beats[8:] - beats[:-8]
    return float(np.exp(-20 * spans.std() / spans.mean()))


def local_tempo_statistics(beats: FloatArray) -> dict[str, float]:
    """Computes percentiles and variance of the tempo over four beats; NaN below 8 beats."""
    if len(beats) < 8:
        return dict.fromkeys(("tempo_p10", "tempo_p90", "tempo_variance"), float("nan"))
    tempo = 240 / (beats[4:] - beats[:-4])
    low, high = np.quantile(tempo, [0.1, 0.9])
    return {"tempo_p10": float(low), "tempo_p90": float(high), "tempo_variance": float(tempo.var())}


def onset_times(envelope: FloatArray) -> FloatArray:
    """Returns the times in s of onset-envelope peaks well above their local mean."""
    if not envelope.any():
        return np.zeros(0)
    half = round(0.1 * FRAME_RATE)
    average = np.convolve(np.pad(envelope, half, mode="edge"), np.ones(2 * half + 1), "valid") / (
        2 * half + 1
    )
    inner = envelope[1:-1]
    peak = (inner > envelope[:-2]) & (inner >= envelope[2:]) & (inner > 1.3 * average[1:-1] + 0.3)
    return (np.flatnonzero(peak) + 1) / FRAME_RATE


def summarise(rhythm: Rhythm, start: float, stop: float) -> dict[str, float]:
    """Returns the rhythm columns of the schema for the time from start to stop in s.

    The tempo octave and the confidence are those of the whole track.
    """
    beats = rhythm.beats[(rhythm.beats >= start) & (rhythm.beats < stop)]
    rows = slice(int(start * FRAME_RATE), int(stop * FRAME_RATE))
    piece = rhythm.envelope[rows]
    onsets = onset_times(rhythm.envelope)
    tempo = tempo_from_beats(beats)
    if not TEMPO_RANGE[0] <= tempo <= TEMPO_RANGE[1]:
        tempo = float("nan")
    on_beat = rhythm.envelope[np.minimum(np.rint(beats * FRAME_RATE).astype(int), len(rhythm.envelope) - 1)]
    found = np.isfinite(tempo) and piece.mean() > 0
    confidence = min(1.0, 2 * max(rhythm.salience, 0.0)) * (0.5 + 0.5 * rhythm.margin)
    confidence *= min(1.0, len(beats) / 16)
    return {
        "tempo": tempo,
        "tempo_conf": confidence if found else 0.0,
        "tempo_alt": rhythm.tempo_alt if found else float("nan"),
        "tempo_stability": tempo_stability(beats),
        **local_tempo_statistics(beats),
        "beat_strength": float(on_beat.mean() / piece.mean()) if found else float("nan"),
        "onset_rate": float(((onsets >= start) & (onsets < stop)).sum() / max(stop - start, 1e-9)),
    }

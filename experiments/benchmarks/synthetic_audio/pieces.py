"""Synthesises short pieces with known tempo, beats and key."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segue.features.arrays import Float32Array, FloatArray

RATE = 44100
SECONDS = 32.0
Samples = FloatArray

_SCALES = {1: (0, 2, 4, 5, 7, 9, 11), 0: (0, 2, 3, 5, 7, 8, 10)}
_PROGRESSIONS = {
    1: ((0, 4, 5, 3), (0, 3, 4, 4), (0, 5, 1, 4), (0, 0, 3, 4)),
    0: ((0, 5, 6, 4), (0, 3, 4, 0), (0, 5, 3, 4), (0, 3, 0, 4)),
}
TIMBRES = ("piano", "organ", "pluck", "bell", "strings")
DRUMS = ("none", "rock", "four", "swing", "sixteenths", "half-time")


@dataclass(frozen=True)
class PieceSpec:
    """The parameters of a piece.

    Attributes:
        tempo: Quarter notes per minute.
        key: Pitch class of the tonic.
        mode: 0 minor, 1 major.
        timbre: One of `TIMBRES`.
        drums: One of `DRUMS`; `sixteenths` and `half-time` provoke octave errors of the tempo.
        cents: Detuning in cents.
        seed: Seed of melody and progression.
    """

    tempo: float
    key: int
    mode: int
    timbre: str
    drums: str
    cents: float
    seed: int


@dataclass(frozen=True)
class Piece:
    """A synthesised piece.

    Attributes:
        spec: Its parameters.
        samples: Mono samples at `RATE`, (n,).
        beats: Beat times in seconds.
    """

    spec: PieceSpec
    samples: Float32Array
    beats: Samples


def specs(count: int, seed: int = 0) -> Iterator[PieceSpec]:
    """Yields specs that cycle through keys, timbres and drum patterns, with tempi from 60 to 190."""
    rng = np.random.default_rng(seed)
    tempi = np.geomspace(60, 190, count)[rng.permutation(count)]
    for n in range(count):
        drums = DRUMS[n % len(DRUMS)]
        # Patterns that provoke octave errors get tempi at which listeners would not hear the other octave.
        tempo = {"sixteenths": 60 + tempi[n] / 5, "half-time": 120 + tempi[n] / 4}.get(drums, tempi[n])
        cents = float(rng.choice([0, 0, 0, -30, 20]))
        key = n * 7 % 12
        mode = (n + n // 6 + n // 12) % 2
        yield PieceSpec(round(float(tempo), 2), key, mode, TIMBRES[n % 5], drums, cents, seed + n)


def synthesise(spec: PieceSpec) -> Piece:
    """Renders a piece: chords, bass, melody and drums, ending on the tonic."""
    rng = np.random.default_rng(spec.seed)
    beat = 60 / spec.tempo
    beats = np.arange(0.2, SECONDS - 2 * beat, beat)
    out = np.zeros(int((SECONDS + 3) * RATE))
    progression = _PROGRESSIONS[spec.mode][rng.integers(4)]
    late = beat * (2 / 3 if spec.drums == "swing" else 1 / 2)
    degree = 7
    for k, at in enumerate(beats):
        root = 0 if k >= len(beats) - 4 else progression[k // 4 % 4]
        if k % 4 == 0 or spec.timbre in ("piano", "pluck"):
            length = beat * (3.8 if k % 4 == 0 else 0.9)
            for step in (0, 2, 4):
                # The dominant of a minor key has a leading note.
                raised = 1 if spec.mode == 0 and (root, step) == (4, 2) else 0
                _add(out, at, _note(spec, root + step, 4, length, raised), 0.09)
        if k % 2 == 0:
            _add(out, at, _note(spec, root, 2, 1.8 * beat), 0.22)
        for onset in (at, at + late) if rng.random() < 0.4 else (at,):
            near = [degree + d for d in (-2, -1, 1, 2)]
            degree = int(rng.choice([d for d in near if 3 <= d <= 13] or [7]))
            if onset == at and k % 4 == 0:
                degree = min((root + s + o for s in (0, 2, 4) for o in (0, 7)), key=lambda d: abs(d - degree))
            _add(out, onset + rng.normal(0, 0.006), _note(spec, degree, 5, 0.9 * beat), 0.13)
    _drum(out, spec.drums, beats[:-4], beat, rng)
    samples = out[: int(SECONDS * RATE)]
    return Piece(spec, (0.7 * samples / np.abs(samples).max()).astype(np.float32), beats)


def _add(out: Samples, at: float, wave: Samples, gain: float) -> None:
    start = max(0, round(at * RATE))
    stop = min(len(out), start + len(wave))
    out[start:stop] += gain * wave[: stop - start]


def _note(spec: PieceSpec, degree: int, octave: int, seconds: float, raised: int = 0) -> Samples:
    scale = _SCALES[spec.mode]
    midi = 12 * (octave + 1) + spec.key + scale[degree % 7] + 12 * (degree // 7) + raised
    return _tone(440 * 2 ** ((midi - 69 + spec.cents / 100) / 12), seconds, spec.timbre)


def _tone(frequency: float, seconds: float, timbre: str) -> Samples:
    t = np.arange(int(seconds * RATE)) / RATE
    attack, decay, slope, overtones = {
        "piano": (0.005, 2.5 / seconds, 1.3, 8),
        "organ": (0.02, 0.0, 1.0, 6),
        "pluck": (0.003, 6.0 / seconds, 1.0, 10),
        "bell": (0.003, 4.0 / seconds, 0.9, 5),
        "strings": (0.08, 0.3, 1.0, 9),
    }[timbre]
    wave = np.zeros_like(t)
    for h in range(1, overtones + 1):
        if frequency * h < RATE / 2:
            wave += (
                np.sin(2 * np.pi * frequency * h * t) / h**slope * np.exp(-decay * t * (1 + 0.3 * (h - 1)))
            )
    release = np.minimum(1, (t[-1] - t) / 0.02) if len(t) else t
    return np.asarray(wave * np.minimum(1, t / attack) * release)


def _drum(out: Samples, pattern: str, beats: Samples, beat: float, rng: np.random.Generator) -> None:
    kick, snare, hat = _drum_sounds(rng)
    for k, at in enumerate(beats):
        if pattern == "none":
            return
        place = k % 4
        on_kick = {"four": True, "half-time": place == 0}.get(pattern, place in (0, 2))
        on_snare = {"four": place in (1, 3), "half-time": place == 2}.get(pattern, place in (1, 3))
        if on_kick:
            _add(out, at, kick, 0.5)
        if on_snare:
            _add(out, at, snare, 0.3)
        steps = {"sixteenths": (0, 0.25, 0.5, 0.75), "swing": (0, 2 / 3), "half-time": (0,)}
        for step in steps.get(pattern, (0, 0.5)):
            _add(out, at + step * beat + rng.normal(0, 0.003), hat, 0.12)


def _drum_sounds(rng: np.random.Generator) -> tuple[Samples, Samples, Samples]:
    t = np.arange(int(0.18 * RATE)) / RATE
    kick = np.sin(2 * np.pi * (50 * t + 12 * (1 - np.exp(-30 * t)))) * np.exp(-18 * t)
    snare = (rng.standard_normal(len(t)) * 0.6 + np.sin(2 * np.pi * 190 * t)) * np.exp(-25 * t)
    short = t[: len(t) // 3]
    hat = np.diff(rng.standard_normal(len(short) + 1)) * np.exp(-60 * short)
    return kick, snare, hat

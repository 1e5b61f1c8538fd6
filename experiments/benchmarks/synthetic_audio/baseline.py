"""The usual librosa recipe, as a baseline for accuracy and cost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from segue.features.arrays import Float32Array
from segue.features.audio.decode import AudioFile

RATE = 22050
Samples = Float32Array

# Probe-tone ratings of Krumhansl and Kessler 1982.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


def load(path: Path) -> Samples:
    """Decodes a file to mono samples at 22,050 Hz, (n,)."""
    import librosa

    with AudioFile(path) as file:
        samples = np.concatenate([block.mean(axis=1) for block in file.blocks()])
        return np.asarray(librosa.resample(samples, orig_sr=file.rate, target_sr=RATE), dtype=np.float32)


def estimate(samples: Samples) -> dict[str, Any]:
    """Estimates tempo and beats with `beat_track`, and the key by correlating chroma with key profiles."""
    import librosa

    tempo, beats = librosa.beat.beat_track(y=samples, sr=RATE)
    chroma = librosa.feature.chroma_cqt(y=samples, sr=RATE).mean(axis=1)
    profiles = [np.roll(p, tonic) for p in (_MINOR, _MAJOR) for tonic in range(12)]
    best = int(np.argmax([np.corrcoef(p, chroma)[0, 1] for p in profiles]))
    return {
        "tempo": float(np.atleast_1d(tempo)[0]),
        "beats": librosa.frames_to_time(beats, sr=RATE),
        "key": best % 12,
        "mode": best // 12,
    }


def descriptors(path: Path) -> dict[str, float]:
    """Computes the descriptors of the schema one by one from the samples, as tutorials do."""
    import librosa

    samples = load(path)
    features: dict[str, Callable[..., Any]] = {
        "chroma": librosa.feature.chroma_cqt,
        "mfcc": librosa.feature.mfcc,
        "centroid": librosa.feature.spectral_centroid,
        "bandwidth": librosa.feature.spectral_bandwidth,
        "rolloff": librosa.feature.spectral_rolloff,
        "contrast": librosa.feature.spectral_contrast,
        "tempogram": librosa.feature.tempogram,
    }
    means = {name: float(np.mean(f(y=samples, sr=RATE))) for name, f in features.items()}
    means["flatness"] = float(np.mean(librosa.feature.spectral_flatness(y=samples)))
    means["zero_crossings"] = float(np.mean(librosa.feature.zero_crossing_rate(samples)))
    means["rms"] = float(np.mean(librosa.feature.rms(y=samples)))
    means["tempo"] = float(np.atleast_1d(librosa.beat.beat_track(y=samples, sr=RATE)[0])[0])
    means["onset_rate"] = len(librosa.onset.onset_detect(y=samples, sr=RATE)) / (len(samples) / RATE)
    means["tuning"] = float(librosa.estimate_tuning(y=samples, sr=RATE))
    harmonic, percussive = librosa.effects.hpss(samples)
    means["percussive_ratio"] = float((percussive**2).sum() / (harmonic**2 + percussive**2).sum())
    return means

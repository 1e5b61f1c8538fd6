"""Measures the audio analysis: accuracy on pieces with ground truth, speed and memory against plain librosa.

usage: python experiments/benchmarks/features.py [--pieces 24] [--truth DIR] [--no-baseline] [--no-speed]
       [--mix-hours 2]

Prints tables; the columns are explained in `synthetic_audio.measures.LABELS`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segue.experiments.benchmarks.synthetic_audio import baseline
from segue.experiments.benchmarks.synthetic_audio.measures import accuracy_table, measure
from segue.experiments.benchmarks.synthetic_audio.truth import Truth, read_truth, synthetic_pieces
from segue.experiments.console import errors_in_one_sentence
from segue.features.audio.loudness import LoudnessMeter, integrated_loudness
from segue.features.errors import UserError
from segue.features.extraction.track import analyse_track

_COST = """
import resource, sys, time
sys.path[:0] = {path!r}
from pathlib import Path
from segue.experiments.benchmarks.features import METHODS
run = METHODS[{method!r}]
run(Path({warm_up!r}))
before = time.process_time()
for file in {files!r}:
    run(Path(file))
print(time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def segue_analysis(path: Path) -> dict[str, Any]:
    """Analyses a file with segue."""
    track = analyse_track(path)
    return track.row | {"beats": track.frames["beats"]}


def common_recipe(path: Path) -> dict[str, Any]:
    """Estimates tempo, beats and key of a file with the librosa baseline."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return baseline.estimate(baseline.load(path))


def all_descriptors(path: Path) -> dict[str, float]:
    """Computes all descriptors of a file with the librosa baseline."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return baseline.descriptors(path)


METHODS = {"segue": segue_analysis, "librosa, one descriptor at a time": all_descriptors}


def accuracy(truths: list[Truth], baseline: bool) -> pd.DataFrame:
    """Analyses all pieces with both methods and returns the table of measures."""
    methods = {"segue": segue_analysis} | ({"librosa": common_recipe} if baseline else {})
    scores = {
        name: [measure(truth, method(truth.path)) for truth in truths] for name, method in methods.items()
    }
    return accuracy_table(truths, scores)


def measure_cost(method: str, files: list[Path], warm_up: Path) -> tuple[float, float]:
    """Runs one of `METHODS` on files in a separate process with one thread.

    Args:
        method: Name of the method.
        files: The files to measure.
        warm_up: A file that is analysed first, so that compilation and imports are not measured.

    Returns:
        CPU seconds, and peak memory of the process in MB.
    """
    code = _COST.format(path=sys.path, method=method, files=[str(f) for f in files], warm_up=str(warm_up))
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **threads},
    )
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


def cost(files: list[Path]) -> pd.DataFrame:
    """Measures every method on the same files.

    Returns:
        CPU seconds per minute of audio, multiple of real time, peak memory, and ratios to segue.
    """
    minutes = sum(segue_analysis(file)["duration"] for file in files) / 60
    rows = {}
    for method in METHODS:
        seconds, megabytes = measure_cost(method, files, files[0])
        rows[method] = _cost_row(minutes, seconds, megabytes)
    table = pd.DataFrame(rows).T
    table["CPU, ratio"] = table["CPU s per minute"] / table["CPU s per minute"].iloc[0]
    table["memory, ratio"] = table["peak MB"] / table["peak MB"].iloc[0]
    return table


def cost_of_mix(piece: Path, hours: float, folder: Path) -> pd.DataFrame:
    """Measures segue on a long file, made by repeating a piece."""
    import soundfile

    samples, rate = soundfile.read(piece, dtype="float32")
    mix = folder / "mix.wav"
    with soundfile.SoundFile(mix, "w", rate, 1) as file:
        for _ in range(max(1, round(hours * 3600 * rate / len(samples)))):
            file.write(samples)
        minutes = file.frames / rate / 60
    row = _cost_row(minutes, *measure_cost("segue", [mix], piece))
    mix.unlink()
    return pd.DataFrame({f"one file of {minutes:.0f} min": row}).T


def _cost_row(minutes: float, seconds: float, megabytes: float) -> dict[str, float]:
    return {
        "CPU s per minute": seconds / minutes,
        "x real time": 60 * minutes / seconds,
        "peak MB": megabytes,
    }


def loudness_errors() -> pd.DataFrame:
    """Compares loudness readings with the values of EBU Tech 3341, whose tolerance is 0.1 LU."""
    signals = {
        "3341-1: 1 kHz at -23": [(-23.0, 20.0)],
        "3341-2: 1 kHz at -33": [(-33.0, 20.0)],
        "3341-3: -36, -23, -36": [(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)],
        "3341-4: with -72 around": [
            (-72.0, 10.0),
            (-36.0, 10.0),
            (-23.0, 60.0),
            (-36.0, 10.0),
            (-72.0, 10.0),
        ],
        "3341-5: -26, -20, -26": [(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)],
    }
    rows = {}
    for name, parts in signals.items():
        meter = LoudnessMeter(48000, 2)
        for level, seconds in parts:
            t = np.arange(int(seconds * 48000)) / 48000
            wave = (10 ** (level / 20) * np.sin(2 * np.pi * 1000 * t)).astype(np.float32)
            meter.feed(np.stack([wave, wave], axis=1))
        expected = -33.0 if "-33" in name else -23.0
        reading = integrated_loudness(meter.finish())
        rows[name] = {"LUFS": reading, "expected": expected, "error": reading - expected}
    return pd.DataFrame(rows).T


def main(arguments: list[str] | None = None) -> None:
    """Runs the benchmark and prints its tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--pieces", type=int, default=24, help="number of synthesised pieces")
    parser.add_argument("--seed", type=int, default=0, help="seed of the synthesised pieces")
    parser.add_argument("--truth", type=Path, help="folder with ground_truth.csv and its audio")
    parser.add_argument("--no-baseline", action="store_true", help="skip the accuracy of librosa")
    parser.add_argument("--no-speed", action="store_true", help="skip speed and memory")
    parser.add_argument("--mix-hours", type=float, default=2.0, help="hours of the long file, 0 for none")
    options = parser.parse_args(arguments)
    pd.set_option("display.width", 250, "display.max_columns", 20, "display.precision", 3)
    with tempfile.TemporaryDirectory() as folder:
        truths = synthetic_pieces(options.pieces, Path(folder), options.seed)
        try:
            annotated = read_truth(options.truth) if options.truth else []
        except UserError as error:
            raise SystemExit(f"error: {error}") from error
        print("Accuracy on synthesised pieces\n", accuracy(truths, not options.no_baseline), "\n")
        if annotated:
            print(f"Accuracy on {options.truth}\n", accuracy(annotated, not options.no_baseline), "\n")
        print("Loudness\n", loudness_errors(), "\n")
        if not options.no_speed:
            files = [truth.path for truth in (annotated or truths)[:6]]
            print("Cost, one core\n", cost(files), "\n")
        if options.mix_hours > 0 and not options.no_speed:
            print("A long mix, one core\n", cost_of_mix(truths[0].path, options.mix_hours, Path(folder)))


if __name__ == "__main__":
    with errors_in_one_sentence("features"):
        main()

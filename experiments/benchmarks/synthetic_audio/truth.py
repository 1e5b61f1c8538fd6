"""Audio with known tempo, beats, key and sections: synthesised pieces, or a folder with a table."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segue.experiments.benchmarks.synthetic_audio.pieces import RATE, specs, synthesise
from segue.features.arrays import FloatArray
from segue.features.errors import UserError

TABLE = "ground_truth.csv"
_COLUMNS = ("path", "set", "bpm", "beats_file")


@dataclass(frozen=True)
class Truth:
    """The ground truth of an audio file.

    Attributes:
        path: The audio file.
        group: Set of pieces in whose row it is reported.
        bpm: Tempo, NaN if unknown.
        beats: Beat times in s, empty if unknown.
        tonic: Pitch class, −1 if unknown.
        mode: `"major"` or `"minor"`.
        intro_end: Seconds, NaN if unknown.
        outro_start: Seconds, NaN if unknown.
        drifts: Whether the tempo drifts, so that it has no exact value.
    """

    path: Path
    group: str
    bpm: float
    beats: FloatArray
    tonic: int
    mode: str
    intro_end: float = float("nan")
    outro_start: float = float("nan")
    drifts: bool = False


def synthetic_pieces(count: int, folder: Path, seed: int = 0) -> list[Truth]:
    """Synthesises pieces and writes them to WAV files in a folder."""
    import soundfile

    truths = []
    for n, spec in enumerate(specs(count, seed)):
        piece = synthesise(spec)
        path = folder / f"synthetic_{n:03d}.wav"
        soundfile.write(path, piece.samples, RATE)
        mode = "major" if spec.mode else "minor"
        truths.append(Truth(path, f"synthetic {spec.drums}", spec.tempo, piece.beats, spec.key, mode))
    return truths


def read_truth(folder: Path) -> list[Truth]:
    """Reads `ground_truth.csv` in a folder, one row per audio file.

    Its columns are `path`, `set`, `bpm` and `beats_file`, and where known `key_tonic` (0 to 11), `mode`,
    `intro_end` and `outro_start` (seconds) and `drift`. Paths are relative to the folder.

    Raises:
        UserError: The table is missing or lacks a column.
    """
    file = folder / TABLE
    if not file.is_file():
        raise UserError(f"There is no {TABLE} in {str(folder)!r}; choose a folder that contains one.")
    table = pd.read_csv(file)
    lacking = [name for name in _COLUMNS if name not in table]
    if lacking:
        raise UserError(f"{str(file)!r} lacks the columns {', '.join(lacking)}; add them.")
    return [_truth(folder, row) for row in table.to_dict("records")]


def _truth(folder: Path, row: Mapping[Hashable, Any]) -> Truth:
    def number(name: str) -> float:
        value = pd.to_numeric(str(row.get(name, "")), errors="coerce")
        return float(value)

    tonic = number("key_tonic")
    beats_file = row["beats_file"]
    beats = np.loadtxt(folder / str(beats_file)) if isinstance(beats_file, str) else np.zeros(0)
    return Truth(
        path=folder / str(row["path"]),
        group=str(row["set"]),
        bpm=number("bpm"),
        beats=np.atleast_1d(beats),
        tonic=int(tonic) if np.isfinite(tonic) else -1,
        mode=str(row.get("mode", "")),
        intro_end=number("intro_end"),
        outro_start=number("outro_start"),
        drifts=number("drift") > 0,
    )

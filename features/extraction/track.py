"""Analysis of one audio file to one row of the catalogue."""

import hashlib
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segue.features.arrays import Float32Array, FloatArray
from segue.features.audio import loudness, mood, rhythm, structure, timbre, tonality
from segue.features.audio.constant_q import FRAME_RATE as CQ_FRAME_RATE
from segue.features.audio.decode import AudioFile, open_regular
from segue.features.audio.decoders import AudioError
from segue.features.audio.melody import MelodyTracker
from segue.features.audio.transforms import FRAME_RATE, SILENT_POWER, Analysis, analyse
from segue.features.extraction.sound_type import sound_type
from segue.features.extraction.tags import read_tags

EXTRACTOR_VERSION = "4"
"""Increased whenever the same audio would give different numbers."""

WINDOW_SECONDS = 30.0
"""Length of the intro and outro windows."""

MIN_SECONDS = 0.1
"""Shorter files are not tracks."""


@dataclass(frozen=True)
class Track:
    """The analysis of one file.

    Attributes:
        row: Columns of the schema except those that depend on the file's path; NaN for unknown numbers.
        frames: `beats` (s), `boundaries` of sections (s), `energy_curve` (dB, one value per second) and
            `mfcc_cov` (20 × 20, flattened), all float32.
    """

    row: dict[str, Any]
    frames: dict[str, Float32Array]


def content_hash(path: str | os.PathLike[str]) -> str:
    """Returns the BLAKE2b hash of a file's bytes as 32 hexadecimal digits.

    Raises:
        AudioError: It is not a regular file, or cannot be opened; the message is the reason.
    """
    with open_regular(Path(path)) as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def extractor_version(melody: bool = False) -> str:
    """Returns the version stored with each row; it also records whether the melody was tracked."""
    return EXTRACTOR_VERSION + ("+melody" if melody else "")


def analyse_track(path: str | os.PathLike[str], melody: bool = False) -> Track:
    """Decodes and analyses one file, without printing anything.

    Args:
        path: The file.
        melody: Whether to track the melody too, which is slow.

    Raises:
        AudioError: The file has no usable audio; the message is the reason.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        analysis, row = _decode(Path(path), melody)
        if analysis.loudest_channel is not None:
            # Once more, with one channel: the mean of all would pass for silence.
            analysis, row = _decode(Path(path), melody, analysis.loudest_channel)
        columns, times = compute_columns(analysis)
    row |= columns
    frames = {
        **{name: seconds.astype(np.float32) for name, seconds in times.items()},
        "energy_curve": loudness.energy_curve(analysis.loudness).astype(np.float32),
        "mfcc_cov": timbre.mfcc_covariance(analysis).ravel(),
    }
    return Track(row, frames)


def _decode(path: Path, melody: bool, channel: int | None = None) -> tuple[Analysis, dict[str, Any]]:
    """Decodes a file.

    Args:
        path: The file.
        melody: Whether to track the melody too.
        channel: The channel to analyse; the mean of all if None.

    Returns:
        Its frames, and the columns of the decoder, the tags and the melody.
    """
    tracker = MelodyTracker() if melody else None
    with AudioFile(path) as file:
        analysis = analyse(file, tracker, channel)
        if analysis.duration < MIN_SECONDS:
            raise AudioError(f"has only {analysis.duration:.2f} s of decodable audio")
        row: dict[str, Any] = {
            "decoded": file.decoded,
            "declared": file.declared,
            "faults": float(file.faults),
            "extractor_version": extractor_version(melody),
        }
        row |= read_tags(path, file.metadata)
    return analysis, row | (tracker.finish() if tracker else {})


def edge_silence(analysis: Analysis) -> tuple[float, float]:
    """Returns the silence in s at the start and at the end; both are the duration if all is silent."""
    loud = np.flatnonzero(analysis.descriptors[:, 0] > SILENT_POWER)
    if not len(loud):
        return analysis.duration, analysis.duration
    lead = max(0.0, loud[0] / FRAME_RATE)
    trail = max(0.0, analysis.duration - (loud[-1] + 1) / FRAME_RATE)
    return lead, trail


def compute_columns(analysis: Analysis) -> tuple[dict[str, Any], dict[str, FloatArray]]:
    """Computes the columns that depend on the audio alone.

    Args:
        analysis: Frames of the track.

    Returns:
        The columns of the whole track, intro and outro; and the times in s of `beats` and `boundaries`.
    """
    lead, trail = edge_silence(analysis)
    end = analysis.duration - trail
    compressed = tonality.compress_dynamics(analysis.cq)
    tuning = tonality.tuning_cents(compressed.mean(axis=0))
    energies = timbre.percussive_energy(analysis.mel)
    percussive, total = energies.sum(axis=0, dtype=np.float64)
    found = rhythm.estimate_rhythm(analysis.mel, percussive / max(total, 1e-9))
    windows = {
        "": (0.0, analysis.duration),
        "intro_": (lead, min(lead + WINDOW_SECONDS, end)),
        "outro_": (max(end - WINDOW_SECONDS, lead), end),
    }
    row: dict[str, Any] = {"duration": analysis.duration, "lead_silence": lead, "trail_silence": trail}
    for prefix, (start, stop) in windows.items():
        cq = compressed[int(start * CQ_FRAME_RATE) : max(int(stop * CQ_FRAME_RATE), 0)]
        columns: dict[str, Any] = rhythm.summarise(found, start, stop)
        columns |= tonality.summarise(cq, tuning)
        columns |= loudness.summarise(analysis.loudness.slice(start, stop))
        columns |= timbre.summarise(analysis, energies, start, stop)
        columns |= mood.summarise(columns)
        row |= {prefix + name: value for name, value in columns.items()}
    sections, boundaries = structure.summarise(analysis, compressed, tuning, lead, trail)
    row["sound_type"] = sound_type(analysis, row)
    return row | sections, {"beats": found.beats, "boundaries": boundaries}

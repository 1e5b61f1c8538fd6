"""Blocks of sessions that are kept until a recording is whole, so that one that was killed resumes."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from segue.experiments.recording.recorded_session import RecordedSession
from segue.experiments.storage.atomic import read_json, write_json
from segue.features.arrays import AnyArray
from segue.features.existing_files import make_folder

_BY_PLAY = ("actions", "rewards", "terminations", "truncations")
_BY_OBSERVATION = ("observations", "infos")
_HEAD = "recording.json"


class KeptBlocks:
    """A folder of blocks beside the dataset that is to be written.

    Args:
        folder: The folder; blocks of another recording in it are deleted.
        recording: What distinguishes this recording from others, as JSON values.
    """

    def __init__(self, folder: Path, recording: dict[str, Any]) -> None:
        self._folder, self._recording = folder, recording
        if folder.exists() and not self._is_ours():
            shutil.rmtree(folder)

    def _is_ours(self) -> bool:
        try:
            return read_json(self._folder / _HEAD) == self._recording
        except (OSError, ValueError):
            return False

    def read(self, seeds: Sequence[int], first: int) -> list[RecordedSession] | None:
        """Returns the sessions with these seeds if they are kept.

        Args:
            seeds: Seeds of the sessions of the block.
            first: Number of its first session.
        """
        try:
            with self._path(first).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            return None
        if arrays["seeds"].tolist() != list(seeds):
            return None
        return _divided(arrays, first)

    def keep(self, sessions: Sequence[RecordedSession]) -> None:
        """Writes a block; a process that is killed while doing so leaves none."""
        make_folder(self._folder)
        if not (self._folder / _HEAD).exists():
            write_json(self._folder / _HEAD, self._recording)
        path = self._path(sessions[0].number)
        partial = path.with_suffix(f".{os.getpid()}")
        with partial.open("wb") as file:
            np.savez(file, allow_pickle=False, **_joined(sessions))
        partial.replace(path)

    def clear(self) -> None:
        """Deletes all blocks."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, first: int) -> Path:
        return self._folder / f"{first:09d}.npz"


def _joined(sessions: Sequence[RecordedSession]) -> dict[str, AnyArray]:
    """Returns the arrays of all sessions, one after the other."""
    arrays = {
        "seeds": np.array([session.seed for session in sessions], np.int64),
        "lengths": np.array([len(session.actions) for session in sessions], np.int64),
    }
    for name in _BY_PLAY:
        arrays[name] = np.concatenate([getattr(session, name) for session in sessions])
    for group in _BY_OBSERVATION:
        for name in getattr(sessions[0], group):
            arrays[f"{group}/{name}"] = np.concatenate(
                [getattr(session, group)[name] for session in sessions]
            )
    return arrays


def _divided(arrays: dict[str, AnyArray], first: int) -> list[RecordedSession]:
    """Returns the sessions whose arrays were joined."""
    lengths = arrays["lengths"]
    actions, rewards, terminations, truncations = (_split(arrays[name], lengths) for name in _BY_PLAY)
    observations, infos = (
        {
            name.removeprefix(f"{group}/"): _split(array, lengths + 1)
            for name, array in arrays.items()
            if name.startswith(f"{group}/")
        }
        for group in _BY_OBSERVATION
    )
    return [
        RecordedSession(
            first + place,
            int(seed),
            {name: parts[place] for name, parts in observations.items()},
            actions[place],
            rewards[place],
            terminations[place],
            truncations[place],
            {name: parts[place] for name, parts in infos.items()},
        )
        for place, seed in enumerate(arrays["seeds"])
    ]


def _split(array: AnyArray, lengths: Iterable[int]) -> list[AnyArray]:
    return np.split(array, np.cumsum(list(lengths))[:-1])

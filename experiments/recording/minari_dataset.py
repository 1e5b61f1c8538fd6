"""Recorded sessions as a Minari dataset.

The dataset is written through Minari's storage, since its `DataCollector` steps one scalar environment, needs
JAX, and keeps datasets in a folder of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segue.features.errors import UserError, excerpt

if TYPE_CHECKING:
    from segue.experiments.recording.recorded_session import RecordedSession

DATA = "data"
"""The folder of a dataset in which Minari keeps its files."""
_NAME = re.compile(r"[-\w]+-v\d+", re.ASCII)
_REFUSED = re.compile(r"[^-\w]", re.ASCII)


def require_minari() -> None:
    """Imports Minari.

    Raises:
        UserError: It is not installed.
    """
    try:
        import minari  # noqa: F401
        from minari.dataset._storages.hdf5_storage import HDF5Storage  # noqa: F401
    except ImportError as error:
        raise UserError(
            "Datasets need Minari and h5py; install them with pip install 'segue[offline]'."
        ) from error


def dataset_id(folder: Path) -> str:
    """Returns Minari's id for a dataset in a folder: its name, made to end in a version such as `-v0`."""
    name = folder.resolve().name
    return name if _NAME.fullmatch(name) else _REFUSED.sub("-", name) + "-v0"


class MinariWriter:
    """Writes a dataset session by session.

    Args:
        folder: The folder of the dataset, which exists and has no `data` yet.
        env: A scalar environment like those of the sessions; the form of its observations is that of the
            dataset.
        metadata: What to write beside what Minari itself needs.
    """

    def __init__(self, folder: Path, env: Any, metadata: dict[str, Any]) -> None:
        import minari
        from minari.dataset.minari_storage import MinariStorage

        self._layout = env.unwrapped.layout
        # JPEG is for images, which no observation is.
        self._storage = MinariStorage.new(
            # Of a relative path Minari gets the size of its files wrong.
            folder.absolute() / DATA,
            env.observation_space,
            env.action_space,
            env.spec,
            jpeg_encoding=False,
        )
        self._storage.update_metadata({"minari_version": minari.__version__, **metadata})

    def add(self, sessions: Iterable[RecordedSession]) -> None:
        """Adds sessions, which become the next episodes."""
        from minari.data_collector.episode_buffer import EpisodeBuffer

        flat = self._layout.mode == "flat"
        self._storage.update_episodes(
            EpisodeBuffer(
                seed=session.seed,
                observations=self._layout.flatten(session.observations) if flat else session.observations,
                actions=session.actions,
                rewards=session.rewards,
                terminations=session.terminations,
                truncations=session.truncations,
                infos=session.infos,
            )
            for session in sessions
        )


def open_dataset(folder: Path) -> Any:
    """Opens a dataset in a folder.

    Returns:
        The `minari.MinariDataset`.

    Raises:
        UserError: Minari is not installed, or there is no dataset that it can read.
    """
    require_minari()
    import minari

    try:
        return minari.MinariDataset(folder / DATA)
    except (ValueError, KeyError, OSError, AssertionError) as error:
        raise UserError(
            f"There is no Minari dataset in {folder} ({excerpt(error)}); make one with `segue record`."
        ) from error

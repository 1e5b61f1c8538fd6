"""Builds a `Playlist` from rows of a catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from segue.agents.sequencing.fades import Fades
from segue.experiments.playlists.playlist import Playlist, RunnerUp
from segue.experiments.playlists.reasons import energy_percentile, transitions_of
from segue.features import Catalog
from segue.features.arrays import FloatArray, IntArray


def assemble(
    catalog: Catalog,
    rows: IntArray,
    *,
    title: str = "Playlist",
    curve: FloatArray | None = None,
    utility: float = float("nan"),
    costs: Sequence[dict[str, float]] | None = None,
    runners_up: Sequence[Sequence[tuple[int, float]]] | None = None,
    fades: Fades | None = None,
    octaves: bool = True,
) -> Playlist:
    """Builds a playlist.

    Args:
        catalog: The catalogue.
        rows: Its rows in playing order, (n,).
        title: Title of the playlist.
        curve: Requested energy (n,).
        utility: Utility of the playlist.
        costs: The listener's cost of each transition by its parts, n - 1.
        runners_up: For each track, rows that could take its place, with the utility lost.
        fades: Lengths of the tracks; read from the catalogue by default.
        octaves: Whether half and double time count as the same tempo.
    """
    lengths = Fades.of(catalog) if fades is None else fades
    others = [list(places) for places in runners_up] if runners_up is not None else [[] for _ in rows]
    alternatives = [row for places in others for row, _ in places]
    table = track_rows(catalog, alternatives)
    at = iter(range(len(alternatives)))
    return Playlist(
        tracks=track_rows(catalog, rows),
        starts=lengths.starts(rows),
        overlaps=lengths.overlaps(rows),
        curve=curve,
        transitions=transitions_of(catalog, rows, curve, costs, fades=lengths, octaves=octaves),
        runners_up=tuple(
            tuple(RunnerUp(table.iloc[next(at)], cost) for _, cost in places) for places in others
        ),
        utility=utility,
        title=title,
    )


def track_rows(catalog: Catalog, rows: IntArray | Sequence[int]) -> pd.DataFrame:
    """Returns rows of the catalogue as `Playlist.tracks` describes them."""
    chosen = list(map(int, rows))
    tracks = catalog.tracks.iloc[chosen].reset_index(drop=True)
    added: dict[str, Any] = {"row": chosen, "energy_percentile": energy_percentile(catalog)[chosen]}
    if "path" in tracks:
        root = Path(catalog.root or ".").absolute()
        paths = [str(root / path) if path else "" for path in tracks["path"]]
        added["path"] = pd.Series(paths, dtype=object)  # text of pandas must be Unicode, a name need not
        tracks = tracks.drop(columns="path")
    return pd.concat([tracks, pd.DataFrame(added, index=tracks.index)], axis=1)

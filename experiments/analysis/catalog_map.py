"""The map of a catalogue: its tracks on the two principal axes of their features."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from segue.features import Catalog
from segue.features.arrays import Float32Array, FloatArray


def map_positions(matrix: Float32Array) -> tuple[FloatArray, FloatArray]:
    """Projects tracks on the two principal axes of their features.

    Args:
        matrix: (n, F) percentiles.

    Returns:
        (n, 2) positions, and the share of the variance on each axis, (2,).
    """
    centred = matrix.astype(np.float64) - matrix.mean(axis=0, dtype=np.float64)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, ::-1][:, :2]
    # The sign of an axis is arbitrary: the feature with the largest weight points right or up.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    shares = values[::-1][:2] / max(float(values.sum()), 1e-12)
    positions = centred @ axes
    if positions.shape[1] == 1:
        return np.column_stack([positions, np.zeros(len(positions))]), np.append(shares, 0.0)
    return positions, shares


def map_table(catalogs: Mapping[str, Catalog]) -> pd.DataFrame:
    """Computes the maps of the catalogues of a study.

    Args:
        catalogs: Catalogue by label of the environment.

    Returns:
        One row per environment and track, in the order of the catalogue: environment, index, x, y, and
        variance, the share of the catalogue's variance that its map shows.
    """
    tables = []
    for environment, catalog in catalogs.items():
        positions, shares = map_positions(catalog.matrix_without_mode)
        x, y = positions.T
        columns = {"index": np.arange(len(catalog)), "x": x, "y": y, "variance": shares.sum()}
        tables.append(pd.DataFrame({"environment": environment, **columns}))
    return pd.concat(tables, ignore_index=True)


def write_map(file: Path, catalogs: Mapping[str, Catalog]) -> None:
    """Writes `map_table` as Parquet; an existing file is replaced as a whole."""
    partial = file.with_name(f".{file.name}")
    map_table(catalogs).to_parquet(partial, index=False)
    partial.replace(file)

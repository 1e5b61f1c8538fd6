"""The catalogue: all that the other rooms see of music."""

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from segue.features.arrays import Float32Array, FloatArray, Int32Array, Int64Array
from segue.features.catalog import clustering as grouping
from segue.features.catalog import djmc_descriptors as djmc
from segue.features.catalog import storage
from segue.features.catalog.boundary_features import artist_codes, pack_boundary_features
from segue.features.catalog.recordings import recording_codes
from segue.features.catalog.scaler import QuantileScaler
from segue.features.catalog.track_table import clean_frame, numbers
from segue.features.catalog.transitions import TRANSITION_NAMES, transition_features
from segue.features.errors import UserError
from segue.features.schema import LISTENING_FEATURES


@dataclass(frozen=True, eq=False)
class Catalog:
    """All tracks with their features; never changed once it is made.

    Attributes:
        name: Short name, such as `"demo"` or the stem of the file.
        tracks: One row a track, index 0..n-1, columns of the schema in raw units.
        matrix: (n, F) float32 percentiles in [0, 1], read-only; 0.5 where the raw value is missing.
        feature_names: The F listening features that this catalogue has.
        scaler: The map from raw values to `matrix` and back.
        links: (n, P) float32 columns that transitions need, see `links.LINK_NAMES`; read-only.
        notes: Where it comes from and under which licences, for a person to read.
        grouped_by: Catalogue whose clusters these tracks join; they make their own if None.
    """

    name: str
    tracks: pd.DataFrame
    matrix: Float32Array
    feature_names: tuple[str, ...]
    scaler: QuantileScaler
    boundary_features: Float32Array
    notes: str = ""
    grouped_by: "Catalog | None" = None
    transition_names: tuple[str, ...] = field(default=TRANSITION_NAMES, init=False)

    def __post_init__(self) -> None:
        self.matrix.setflags(write=False)
        self.boundary_features.setflags(write=False)

    def __len__(self) -> int:
        return len(self.tracks)

    def __repr__(self) -> str:
        return f"Catalog({self.name!r}, {len(self)} tracks, {len(self.feature_names)} features)"

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, name: str, *, scaler: QuantileScaler | None = None, notes: str = ""
    ) -> "Catalog":
        """Builds a catalogue from raw columns.

        Args:
            frame: Columns named as in the schema, raw units; others are kept as they are.
            name: Short name of the catalogue.
            scaler: A scaler fitted before; fitted on this frame if None.
            notes: Free text on origin and licences.

        Raises:
            UserError: When there is no row, no listening feature, or an id occurs twice.
        """
        tracks = clean_frame(frame, name)
        names = tuple(f for f in LISTENING_FEATURES if f in tracks and np.isfinite(numbers(tracks, f)).any())
        if not names:
            raise UserError(
                f"Catalogue {name!r} has none of the features {', '.join(LISTENING_FEATURES)}: "
                "name its columns so, or read it with `segue catalog convert`."
            )
        raw = np.column_stack([numbers(tracks, f) for f in names])
        if scaler is None or scaler.names != names:
            scaler = QuantileScaler.fit(raw, names)
        return cls(name, tracks, scaler.transform(raw), names, scaler, pack_boundary_features(tracks), notes)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Catalog":
        """Reads a catalogue that `save` wrote; needs no audio.

        Raises:
            UserError: When the file is missing, no catalogue, or of another schema version.
        """
        stored = storage.read(Path(path))
        return cls.from_frame(stored.tracks, stored.name, scaler=stored.scaler, notes=stored.notes)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes one Parquet file that holds the tracks, the scaler and the schema version."""
        return storage.write(Path(path), storage.Stored(self.name, self.tracks, self.scaler, self.notes))

    @classmethod
    def synthetic(cls, n: int, seed: int = 0) -> "Catalog":
        """Draws n tracks with the distributions and correlations of the demo catalogue."""
        from segue.features.catalog.synthetic import synthetic_tracks

        return cls.from_frame(
            synthetic_tracks(n, seed), f"synthetic-{n}-{seed}", notes="Random numbers; no music behind them."
        )

    def transitions(self, i: ArrayLike, j: ArrayLike) -> Float32Array:
        """Computes the transition features from tracks i to tracks j.

        Args:
            i: Integer track indices of any shape.
            j: Integer track indices, broadcastable against i.

        Returns:
            (…, T) float32 in [0, 1], columns as in `transition_names`.
        """
        return transition_features(
            self.boundary_features[np.asarray(i)], self.boundary_features[np.asarray(j)]
        )

    @cached_property
    def missing(self) -> dict[str, int]:
        """How many tracks lack each listening feature that the catalogue has."""
        return {f: int((~np.isfinite(self.raw(f))).sum()) for f in self.feature_names}

    def has(self, name: str) -> bool:
        """Whether any track has a value in this column."""
        return name in self.tracks and bool(self.tracks[name].notna().any())

    def raw(self, name: str) -> FloatArray:
        """Returns a raw column (n,), NaN where missing.

        Raises:
            UserError: When the catalogue has no such column.
        """
        self.require([name], needed_by="the question for a raw column")
        return numbers(self.tracks, name)

    def require(self, names: Sequence[str], needed_by: str) -> None:
        """Makes sure that columns are there.

        Raises:
            UserError: Naming what needs the column, the column, and this catalogue.
        """
        lacking = [name for name in names if not self.has(name)]
        if lacking:
            raise UserError(
                f"{needed_by} needs {', '.join(map(repr, lacking))}, which catalogue {self.name!r} lacks: "
                "use a catalogue extracted from audio, or leave it out."
            )

    def djmc_descriptors(self) -> FloatArray:
        """Returns the (n, 34) descriptors of DJ-MC in raw units, see `djmc.COLUMNS`.

        Raises:
            UserError: When the catalogue lacks one of their columns.
        """
        self.require(djmc.COLUMNS, needed_by="DJ-MC")
        return djmc.descriptors(self.tracks)

    @cached_property
    def matrix_without_mode(self) -> Float32Array:
        """(n, F') the columns of `matrix` but for `mode`, whose 0 or 1 would outweigh all the others."""
        heard = [f != "mode" for f in self.feature_names]
        return self.matrix[:, heard] if any(heard) else self.matrix

    @cached_property
    def artist_codes(self) -> Int32Array:
        """(n,) number of the first credited artist, -1 where unknown."""
        return artist_codes(self.tracks)

    @cached_property
    def recording_codes(self) -> Int32Array:
        """(n,) tracks that are the same recording share a number."""
        return recording_codes(self.tracks)

    @lru_cache(maxsize=16)  # noqa: B019 — a catalogue lives as long as the process that opened it
    def clusters(self, k: int, seed: int = 0) -> Int32Array:
        """Groups the tracks by k-means on `sound`; returns (n,) codes 0..k-1."""
        if self.grouped_by is not None:
            home = self.grouped_by
            return grouping.nearest(
                self.matrix_without_mode, home.matrix_without_mode, home.clusters(k, seed)
            )
        return grouping.clusters(self.matrix_without_mode, k, seed)

    def grouped_as(self, home: "Catalog") -> "Catalog":
        """Gives these tracks with the clusters of another catalogue, each in the nearest.

        Raises:
            UserError: The other catalogue describes its tracks by other features.
        """
        if self.feature_names != home.feature_names:
            raise UserError(
                f"Catalogue {self.name!r} cannot be grouped as {home.name!r}, whose features are others."
            )
        return dataclasses.replace(self, grouped_by=home)

    def split(self, part: Literal["train", "test"], fraction: float = 0.3, seed: int = 0) -> Int64Array:
        """Returns the track indices of one part of a fixed random split.

        A track's part follows from a hash of its recording, so it stays when tracks are added, and the
        same recording never stands in both parts.

        Args:
            part: Which part.
            fraction: Expected share of `"test"`.
            seed: Another seed, another split.
        """
        if part not in ("train", "test"):
            raise UserError(f"Unknown part {part!r} of a catalogue: use 'train' or 'test'.")
        is_test = grouping.recording_hash(self.tracks, self.recording_codes, seed) < fraction
        return np.flatnonzero(is_test if part == "test" else ~is_test)

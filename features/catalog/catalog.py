"""The catalogue: the tracks and features that environments and agents work with."""

import dataclasses
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from segue.features.arrays import Float32Array, FloatArray, Int32Array, Int64Array
from segue.features.catalog import djmc_descriptors as djmc
from segue.features.catalog import kmeans, storage
from segue.features.catalog.boundary_features import pack_boundary_features
from segue.features.catalog.identity.split_groups import TEST_SHARE, SplitGroups, checked_seed
from segue.features.catalog.identity.track_identity import TrackIdentity
from segue.features.catalog.scaler import QuantileScaler
from segue.features.catalog.track_table import build_track_table, numeric_column, without_impossible_numbers
from segue.features.catalog.transitions import TRANSITION_NAMES, transition_features
from segue.features.errors import UserError, excerpt
from segue.features.schema import LISTENING_FEATURES


@dataclass(frozen=True, eq=False)
class Catalog:
    """Tracks with their features; immutable.

    Attributes:
        name: Short name, such as `"demo"` or the stem of the file name.
        tracks: One row per track, index 0..n-1, columns of the schema in raw units.
        matrix: (n, F) float32 percentiles in [0, 1], read-only; 0.5 where the raw value is missing.
        feature_names: The F listening features that this catalogue has.
        scaler: Maps raw values to `matrix` and back.
        boundary_features: (n, P) float32 features that transitions depend on, columns as in
            `boundary_features.BOUNDARY_FEATURES`; read-only.
        identity: Artists, recordings and groups of the split of `tracks`.
        notes: Free text on origin and licences.
        root: Folder that the column `path` is relative to; `""` if there is none.
        cluster_reference: Catalogue whose clusters these tracks are assigned to; if None, the tracks are
            clustered among themselves.
        scale_reference: Catalogue whose percentiles are used, as for generated tracks; if None, those of
            these tracks.
        fit_rows: Indices of the tracks that percentiles and clusters are fitted to; None for all.
        transition_names: The T columns of `transitions`.
    """

    name: str
    tracks: pd.DataFrame
    matrix: Float32Array
    feature_names: tuple[str, ...]
    scaler: QuantileScaler
    boundary_features: Float32Array
    identity: TrackIdentity
    notes: str = ""
    root: str = ""
    cluster_reference: "Catalog | None" = None
    scale_reference: "Catalog | None" = None
    fit_rows: Int64Array | None = None
    transition_names: tuple[str, ...] = field(default=TRANSITION_NAMES, init=False)

    def __post_init__(self) -> None:
        self.matrix.setflags(write=False)
        self.boundary_features.setflags(write=False)
        if self.identity.tracks is not self.tracks:  # after dataclasses.replace
            object.__setattr__(self, "identity", TrackIdentity(self.tracks))

    def __deepcopy__(self, memo: dict[int, object]) -> "Catalog":
        """Returns itself, because it never changes: Gymnasium copies the arguments of environments."""
        return self

    def __len__(self) -> int:
        return len(self.tracks)

    def __repr__(self) -> str:
        return f"Catalog({self.name!r}, {len(self)} tracks, {len(self.feature_names)} features)"

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        name: str,
        *,
        scaler: QuantileScaler | None = None,
        notes: str = "",
        root: str = "",
    ) -> "Catalog":
        """Builds a catalogue from raw columns.

        Numbers out of the range of their column become unknown, as do keys and modes that are not whole; a
        warning says so.

        Args:
            frame: Columns named as in the schema, in raw units; other columns are kept unchanged.
            name: Short name of the catalogue.
            scaler: A scaler to reuse; fitted on this frame if None or if its features differ.
            notes: Free text on origin and licences.
            root: Folder that the column `path` is relative to.

        Raises:
            UserError: The frame has no row or no listening feature, an id or a column occurs twice, or the
                values of a column are of a wrong kind.
        """
        tracks, remarks = without_impossible_numbers(build_track_table(frame, name))
        if remarks and not _present_features(tracks):
            raise UserError(
                f"No listening feature of catalogue {name!r} has a value ({'; '.join(remarks)}); give the "
                "columns in the units of the schema."
            )
        if remarks:
            warnings.warn(f"Catalogue {name!r} was converted: {'; '.join(remarks)}.", stacklevel=2)
        return cls._from_tracks(tracks, name, scaler=scaler, notes=notes, root=root)

    @classmethod
    def _from_tracks(
        cls,
        tracks: pd.DataFrame,
        name: str,
        *,
        scaler: QuantileScaler | None = None,
        notes: str = "",
        root: str = "",
    ) -> "Catalog":
        """Builds a catalogue from a table as from `build_track_table`; see `from_frame`."""
        names = _present_features(tracks)
        if not names:
            raise UserError(
                f"Catalogue {name!r} has none of the features {', '.join(LISTENING_FEATURES)}; "
                "rename its columns, or read it with `segue catalog convert`."
            )
        raw = np.column_stack([numeric_column(tracks, f) for f in names])
        if scaler is None or scaler.names != names:
            scaler = QuantileScaler.fit(raw, names)
        packed = pack_boundary_features(tracks)
        identity = TrackIdentity(tracks)
        return cls(name, tracks, scaler.transform(raw), names, scaler, packed, identity, notes, root)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Catalog":
        """Reads a catalogue file written by `save`; the audio is not needed.

        Raises:
            UserError: The file is missing, damaged, not a catalogue, or of another schema version.
        """
        stored = storage.read(Path(path))
        tracks = build_track_table(stored.tracks, stored.name)
        return cls._from_tracks(
            tracks, stored.name, scaler=stored.scaler, notes=stored.notes, root=stored.root
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes one Parquet file with the tracks, the scaler and the schema version; returns its path."""
        return storage.write(
            Path(path), storage.StoredCatalog(self.name, self.tracks, self.scaler, self.notes, self.root)
        )

    @classmethod
    def synthetic(cls, n: int, seed: int = 0, like: "Catalog | None" = None) -> "Catalog":
        """Draws n random tracks with the distributions and correlations of a catalogue.

        Args:
            n: Number of tracks.
            seed: Seed of the draws.
            like: Catalogue to imitate: its `fit_rows`, or all of its tracks. The result is scaled by its
                percentiles and belongs to its clusters. None for the distributions of the demo catalogue,
                with percentiles and clusters of their own.

        Raises:
            UserError: n is less than 1, or almost no track to imitate has one of the features.
        """
        from segue.features.catalog.synthetic import synthetic_tracks
        from segue.features.catalog.track_generator import TrackGenerator

        notes = "Random numbers, not real music."
        name = f"synthetic-{n}-{seed}"
        if like is None:
            tracks = synthetic_tracks(n, seed, TrackGenerator.of_demo())
            return cls._from_tracks(build_track_table(tracks, name), name, notes=notes)
        name = f"{name}-{like.name}"
        tracks = synthetic_tracks(n, seed, TrackGenerator.fit(like.tracks, like.fit_rows))
        drawn = cls._from_tracks(build_track_table(tracks, name), name, scaler=like.scaler, notes=notes)
        return dataclasses.replace(drawn.with_clusters_of(like), scale_reference=like)

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
    def ids(self) -> NDArray[np.str_]:
        """(n,) identifier of every track."""
        return self.tracks["id"].to_numpy(dtype=np.str_)

    @cached_property
    def missing(self) -> dict[str, int]:
        """Number of tracks that lack each of `feature_names`."""
        return {f: int((~np.isfinite(self.raw(f))).sum()) for f in self.feature_names}

    @cached_property
    def lacking(self) -> tuple[str, ...]:
        """What listeners and transitions may depend on and no track has: features, `"intro and outro"`."""
        lacking = [name for name in LISTENING_FEATURES if name not in self.feature_names]
        if not any(self.has(f"outro_{name}") for name in ("tempo", "loudness", "energy")):
            lacking.append("intro and outro")
        return tuple(lacking)

    def has(self, name: str) -> bool:
        """Returns whether any track has a value in this column."""
        return name in self.tracks and bool(self.tracks[name].notna().any())

    def raw(self, name: str) -> FloatArray:
        """Returns a column (n,) in raw units, NaN where missing.

        Raises:
            UserError: The catalogue has no such column.
        """
        self.require([name], needed_by="Catalog.raw")
        return numeric_column(self.tracks, name)

    def require(self, names: Sequence[str], needed_by: str) -> None:
        """Checks that the catalogue has columns.

        Args:
            names: The columns.
            needed_by: Subject of the error message, such as `"term satiation"`.

        Raises:
            UserError: A column is missing or empty.
        """
        lacking = [name for name in names if not self.has(name)]
        if lacking:
            raise UserError(
                f"{needed_by} needs {', '.join(map(repr, lacking))}, which catalogue {self.name!r} lacks; "
                "use a catalogue extracted from audio, or leave it out."
            )

    def djmc_descriptors(self) -> FloatArray:
        """Returns the (n, 34) DJ-MC descriptors in raw units, columns as in `djmc_descriptors.COLUMNS`.

        Raises:
            UserError: The catalogue, or the tracks that it is fitted to, lack one of their columns.
        """
        self.require(djmc.COLUMNS, needed_by="DJ-MC")
        return djmc.descriptors(self.tracks, self.fit_rows)

    def djmc_corpus(self) -> FloatArray:
        """Returns the (m, 34) DJ-MC descriptors of the tracks among which percentiles are counted."""
        if self.scale_reference is not None:
            return self.scale_reference.djmc_corpus()
        descriptors = self.djmc_descriptors()
        return descriptors if self.fit_rows is None else descriptors[self.fit_rows]

    @cached_property
    def matrix_without_mode(self) -> Float32Array:
        """(n, F') the columns of `matrix` without `mode`, whose values 0 and 1 would dominate distances."""
        kept = [f != "mode" for f in self.feature_names]
        return self.matrix[:, kept] if any(kept) else self.matrix

    @property
    def artist_codes(self) -> Int32Array:
        """(n,) number of the first credited artist, -1 if unknown."""
        return self.identity.first_artists[0]

    @property
    def recording_codes(self) -> Int32Array:
        """(n,) number of the recording; tracks of the same recording share it."""
        return self.identity.recording_codes

    @property
    def work_codes(self) -> Int32Array:
        """(n,) number of the work; its versions, such as remixes and live recordings, share it."""
        return self.identity.work_codes

    @property
    def split_groups(self) -> SplitGroups:
        """Groups of tracks that a split keeps together."""
        return self.identity.split_groups

    @lru_cache(maxsize=16)  # noqa: B019 — a catalogue lives as long as the process that opened it
    def clusters(self, k: int, seed: int = 0) -> Int32Array:
        """Clusters the tracks by k-means on `matrix_without_mode`.

        Args:
            k: Number of clusters, 1..n.
            seed: Seed of the initial centres.

        Returns:
            (n,) codes 0..k-1. With `cluster_reference` or `fit_rows`, each track is in the cluster with the
            nearest mean, of those of the reference or of the rows.
        """
        matrix = self.matrix_without_mode
        if self.cluster_reference is None and self.fit_rows is None:
            return kmeans.kmeans_codes(matrix, k, seed)
        return kmeans.codes_of_nearest_mean(matrix, self.cluster_means(k, seed))

    @lru_cache(maxsize=16)  # noqa: B019
    def cluster_means(self, k: int, seed: int = 0) -> Float32Array:
        """Returns the means of `clusters`, (k, F'), over the tracks that they are fitted to."""
        if self.cluster_reference is not None:
            return self.cluster_reference.cluster_means(k, seed)
        if self.fit_rows is None:
            return kmeans.cluster_means(self.matrix_without_mode, self.clusters(k, seed), k)
        fitted = self.matrix_without_mode[self.fit_rows]
        return kmeans.cluster_means(fitted, kmeans.kmeans_codes(fitted, k, seed), k)

    def with_clusters_of(self, reference: "Catalog") -> "Catalog":
        """Returns this catalogue with its tracks assigned to the nearest clusters of another.

        Raises:
            UserError: The two catalogues have different listening features.
        """
        if self.feature_names != reference.feature_names:
            raise UserError(
                f"Catalogue {self.name!r} cannot use the clusters of {reference.name!r}, which has other "
                "listening features; choose catalogues with the same features."
            )
        return dataclasses.replace(self, cluster_reference=reference)

    def split(
        self, part: Literal["train", "test"], fraction: float = TEST_SHARE, seed: int = 0
    ) -> Int64Array:
        """Returns the track indices of one part of a split.

        No artist and no work is in both parts: tracks that share a credited artist or are versions of a work,
        directly or in a chain, form a group, and a group is in one part as a whole. `split_groups` describes
        how a group is divided that is too large for the test part.

        The groups are ordered by a hash of their leading artist and the seed, and the test part is the
        beginning of this order. Its share of the tracks is therefore within half a group of the fraction.
        Adding m tracks, none of which joins two groups, moves fewer than m tracks and one group to the other
        part.

        Args:
            part: The part.
            fraction: Share of `"test"`, from 0 to 1.
            seed: Each seed gives a different split.

        Raises:
            UserError: There is no such part, fraction or seed.
        """
        if part not in ("train", "test"):
            raise UserError(f"Unknown part {part!r} of a catalogue; expected one of: train, test.")
        if not isinstance(fraction, int | float | np.number) or not 0 <= fraction <= 1:
            raise UserError(f"fraction must be a number from 0 to 1, but is {fraction!r}.")
        is_test = self.split_groups.in_test(fraction, checked_seed(seed))
        return np.flatnonzero(is_test if part == "test" else ~is_test)

    def for_split(self, seed: int = 0) -> "Catalog":
        """Returns this catalogue fitted to the training part of a split, for either part of it."""
        return _fitted_for_split(self, seed)

    def fitted_to(self, rows: ArrayLike) -> "Catalog":
        """Returns this catalogue with percentiles and clusters that depend on some of its tracks only.

        The other tracks remain: they are scaled by the percentiles of these and get the nearest clusters. A
        catalogue with `scale_reference` is returned unchanged.

        Args:
            rows: Indices of the tracks to fit to, or (n,) whether to fit to each track.

        Raises:
            UserError: There are no such tracks, or none of them has a value of one of `feature_names`.
        """
        if self.scale_reference is not None:
            return self
        chosen = self._checked_rows(rows)
        raw = np.column_stack([self.raw(f) for f in self.feature_names])
        lacking = [
            f for f, values in zip(self.feature_names, raw[chosen].T, strict=True) if np.isnan(values).all()
        ]
        if lacking:
            raise UserError(
                f"None of the {len(chosen)} tracks to which catalogue {self.name!r} is fitted has a value of "
                f"{', '.join(lacking)}; choose another split_seed, or leave these columns out."
            )
        chosen.setflags(write=False)
        scaler = QuantileScaler.fit(raw[chosen], self.feature_names)
        return dataclasses.replace(self, matrix=scaler.transform(raw), scaler=scaler, fit_rows=chosen)

    def _checked_rows(self, rows: ArrayLike) -> Int64Array:
        """Returns the indices of the tracks that indices or a mask name; see `fitted_to`."""
        given = np.asarray(rows)
        if given.dtype == np.bool_ and given.shape == (len(self),):
            return np.flatnonzero(given)
        if given.ndim == 1 and given.dtype.kind in "iu" and ((given >= 0) & (given < len(self))).all():
            return given.astype(np.int64)
        raise UserError(
            f"Catalogue {self.name!r} is fitted to indices from 0 to {len(self) - 1} or to a mask of "
            f"{len(self)} truth values; {excerpt(rows)} is neither."
        )


def _present_features(tracks: pd.DataFrame) -> tuple[str, ...]:
    """Returns the listening features that a track table has values of."""
    return tuple(f for f in LISTENING_FEATURES if np.isfinite(numeric_column(tracks, f)).any())


@lru_cache(maxsize=8)
def _fitted_for_split(catalog: Catalog, seed: int) -> Catalog:
    return catalog.fitted_to(catalog.split("train", seed=seed))

"""Matching of a table of plays of any size to a catalogue."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from segue.experiments.formatting import per_cent
from segue.experiments.logs.columns import OPTIONAL, TEXT
from segue.experiments.logs.matching.tracks import SIMILARITY, TOLERANCE, WAYS, match_tracks
from segue.experiments.logs.plays import PlaysWriter, iterate_plays, read_notes
from segue.features import Catalog
from segue.features.errors import UserError

_FACTS = ("track", "uri", "isrc", "title", "artist", "duration_s")
_SHOWN = 5


@dataclass(frozen=True)
class Matching:
    """How many tracks and plays of a log are in a catalogue.

    Attributes:
        ways: One row per way of matching and one for unmatched: `by`, `tracks`, `plays`.
        completed: Plays whose fraction heard could be computed with the length in the catalogue.
        missed: Names of the tracks without a match that were played most.
    """

    ways: pd.DataFrame
    completed: int
    missed: tuple[str, ...]

    @property
    def track_rate(self) -> float:
        """Share of the tracks that are in the catalogue."""
        return self._rate("tracks")

    @property
    def play_rate(self) -> float:
        """Share of the plays whose track is in the catalogue."""
        return self._rate("plays")

    def __str__(self) -> str:
        tracks, plays = int(self.ways["tracks"].sum()), int(self.ways["plays"].sum())
        lines = [
            f"In the catalogue: {per_cent(self.track_rate)} of {tracks:,} tracks, "
            f"{per_cent(self.play_rate)} of {plays:,} plays.",
            *(
                f"  {tracks:>9,} tracks {plays:>11,} plays  {by}"
                for by, tracks, plays in self.ways.itertuples(index=False)
                if tracks
            ),
        ]
        if self.missed:
            lines.append(f"Played most of those that are not: {'; '.join(self.missed)}.")
        if self.completed:
            lines.append(f"Fraction heard computed with the catalogue's lengths: {self.completed:,} plays.")
        return "\n".join(lines)

    def _rate(self, column: str) -> float:
        counted = self.ways.set_index("by")[column]
        return 1 - float(counted["not in the catalogue"]) / float(counted.sum())


def match_plays(
    path: str | os.PathLike[str],
    catalog: Catalog,
    out: str | os.PathLike[str],
    *,
    similarity: float = SIMILARITY,
    tolerance: float = TOLERANCE,
) -> Matching:
    """Adds `track_id`, the id in a catalogue, to a table of plays.

    Plays of tracks that are not in the catalogue stay in their sessions, without a `track_id`. Where a track
    is matched, its length completes `duration_s`, and with it `listened`.

    Args:
        path: A table of plays.
        catalog: The catalogue.
        out: The Parquet file to write.
        similarity: As for `match_tracks`.
        tolerance: As for `match_tracks`.

    Raises:
        UserError: The table is not valid, or an option is out of range.
    """
    if not 0 <= similarity <= 100 or not tolerance >= 0:
        raise UserError("The similarity must be from 0 to 100, and the tolerance 0 seconds or more.")
    path = Path(path)
    tracks = _tracks_of(path)
    matched = match_tracks(tracks, catalog, similarity, tolerance)
    place = pd.Index(tracks["track"].to_numpy(dtype=object))
    known = (
        catalog.tracks["duration"]
        if "duration" in catalog.tracks
        else pd.Series(np.nan, catalog.tracks.index)
    )
    lengths = np.append(known.to_numpy(dtype=np.float64), np.nan)
    ids = pd.array([*catalog.ids.tolist(), None], dtype=TEXT)
    names = pq.ParquetFile(path).schema_arrow.names
    optional = [name for name in OPTIONAL.names if name in names or name in ("track_id", "duration_s")]
    completed = 0
    with PlaysWriter(out, optional, {**read_notes(path), "catalog": catalog.name}) as writer:
        for piece in iterate_plays(path, progress="match"):
            row = matched["row"].to_numpy()[place.get_indexer(piece["track"].to_numpy(dtype=object))]
            plays = piece.assign(track_id=ids.take(row))
            length = piece.get("duration_s", pd.Series(np.nan, piece.index)).fillna(pd.Series(lengths[row]))
            heard = piece["listened"].fillna((piece["listened_s"] / length).clip(upper=1))
            completed += int((heard.notna() & piece["listened"].isna()).sum())
            writer.write(plays.assign(duration_s=length, listened=heard))
    return Matching(_ways(tracks, matched), completed, _missed(tracks, matched))


def _tracks_of(path: Path) -> pd.DataFrame:
    """Returns what a table of plays says about each of its tracks, and how often it was played (`plays`)."""
    facts: list[pd.DataFrame] = []
    plays: Counter[str] = Counter()
    seen: set[str] = set()
    for piece in iterate_plays(path, _FACTS, progress="read"):
        counted = piece["track"].astype(object).value_counts()
        plays.update(dict(zip(counted.index, counted.to_numpy().tolist(), strict=True)))
        first = piece.drop(columns="session").drop_duplicates("track")
        fresh = first[~first["track"].astype(object).isin(seen)]
        seen.update(fresh["track"])
        facts.append(fresh)
    if not facts:
        raise UserError(f"{str(path)!r} has no plays; convert a log that has.")
    tracks = pd.concat(facts, ignore_index=True)
    return tracks.assign(plays=[plays[track] for track in tracks["track"]])


def _ways(tracks: pd.DataFrame, matched: pd.DataFrame) -> pd.DataFrame:
    by = matched["by"].fillna("not in the catalogue").astype(object)
    counted = tracks.groupby(by)["plays"].agg(tracks="size", plays="sum")
    return counted.reindex([*WAYS, "not in the catalogue"], fill_value=0).rename_axis("by").reset_index()


def _missed(tracks: pd.DataFrame, matched: pd.DataFrame) -> tuple[str, ...]:
    left = tracks[(matched["row"] < 0).to_numpy()].nlargest(_SHOWN, "plays")
    names = left.reindex(columns=["artist", "title", "track"]).astype(object)
    return tuple(
        f"{artist} – {title}" if isinstance(artist, str) and isinstance(title, str) else str(track)
        for artist, title, track in names.itertuples(index=False)
    )

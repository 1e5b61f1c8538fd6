"""Counts listeners for DJ-MC's simulation in real playlists.

usage: python experiments/djmc/playlist_listeners.py --catalog songs.csv --playlists playlists.csv
           --out listeners.npz [--listeners 200] [--clusters 10] [--share 0.7] [--seed 0]
           [--id track_id] [--playlist playlist]

`songs.csv` has one row per song: the column `--id`, and numbers that describe it. `playlists.csv` has one
row per play, in order: the columns `--id` and `--playlist`. Both may be the same file, if its other columns
of numbers describe songs. Repeated songs of the catalogue count once; plays of songs that the catalogue lacks
are left out. `reproduce.py --listeners-from listeners.npz` plays to the listeners.

As in Liebman, Saar-Tsechansky and Stone 2015, k-means divides the playlists into clusters. A listener belongs
to one, drawn at random, and takes 70 % of its songs and of its transitions, whose percentile bins are counted
as DJ-MC counts the answers to its questions. Here a playlist is the mean of its songs' percentiles.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.cluster.vq import kmeans2

from segue.agents.djmc.preferences import Preferences, bin_of_percentile
from segue.envs.listener.percentiles import percentiles
from segue.experiments.console import errors_in_one_sentence
from segue.features.arrays import Float32Array, Int64Array
from segue.features.errors import UserError


@dataclass(frozen=True)
class PlaylistListeners:
    """Listeners counted in playlists, and the songs that can be played to them.

    Attributes:
        songs: Percentiles of all songs of the catalogue, (n, F), in [0, 1].
        preferences: Weights of the listeners' song and transition rewards.
    """

    songs: Float32Array
    preferences: Preferences

    def __len__(self) -> int:
        return len(self.preferences.song)

    def first(self, count: int | None) -> PlaylistListeners:
        """Returns the first listeners, or all of them for None or if there are fewer."""
        weights = Preferences(self.preferences.song[:count], self.preferences.transition[:count])
        return PlaylistListeners(self.songs, weights)

    def save(self, path: Path) -> None:
        """Writes the listeners to an .npz file."""
        song, transition = (
            weights.astype(np.float32) for weights in (self.preferences.song, self.preferences.transition)
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, songs=self.songs, song=song, transition=transition)

    @classmethod
    def load(cls, path: Path) -> PlaylistListeners:
        """Reads what `save` wrote.

        Raises:
            UserError: The file is missing or was not written by `save`.
        """
        try:
            with np.load(path) as file:
                weights = Preferences(file["song"].astype(np.float64), file["transition"].astype(np.float64))
                return cls(file["songs"], weights)
        except (OSError, KeyError, ValueError) as error:
            raise UserError(f"{path} holds no listeners; make it with playlist_listeners.py.") from error


def count_listeners(
    songs: Float32Array,
    playlists: list[Int64Array],
    listeners: int,
    clusters: int = 10,
    share: float = 0.7,
    seed: int = 0,
) -> PlaylistListeners:
    """Counts the preferences of listeners in clusters of playlists.

    Args:
        songs: Percentiles of the songs, (n, F).
        playlists: Indices of the songs of each playlist, in order.
        listeners: Number of listeners.
        clusters: Clusters of playlists.
        share: Share of a cluster's songs, and of its transitions, that a listener takes, above 0 and up to 1.
        seed: Seed of all draws.

    Raises:
        UserError: There are fewer playlists of two or more songs than clusters, or a number is out of range.
    """
    playlists = [playlist for playlist in playlists if len(playlist) > 1]
    if not 1 <= clusters <= len(playlists):
        raise UserError(
            f"{clusters} clusters need as many playlists of two or more songs, but there are "
            f"{len(playlists)}; set clusters between 1 and {len(playlists)}."
        )
    if not 0 < share <= 1 or listeners < 1:
        raise UserError("The share must be above 0 and up to 1, and listeners must be 1 or more.")
    rng = np.random.default_rng(seed)
    means = np.array([songs[playlist].mean(axis=0, dtype=np.float64) for playlist in playlists])
    codes = kmeans2(means, clusters, iter=100, minit="++", seed=rng)[1]
    bins = bin_of_percentile(songs)
    counted = []
    for code in rng.choice(np.unique(codes), listeners):
        members = [playlist for playlist, own in zip(playlists, codes, strict=True) if own == code]
        played = _sample(np.concatenate(members), share, rng)
        first = np.concatenate([playlist[:-1] for playlist in members])
        second = np.concatenate([playlist[1:] for playlist in members])
        pairs = _sample(np.arange(len(first)), share, rng)
        counted.append(Preferences.from_queries(bins[played], bins[first[pairs]], bins[second[pairs]]))
    song = np.concatenate([preferences.song for preferences in counted])
    transition = np.concatenate([preferences.transition for preferences in counted])
    return PlaylistListeners(songs, Preferences(song, transition))


def _sample(values: Int64Array, share: float, rng: np.random.Generator) -> Int64Array:
    return rng.permutation(values)[: max(1, round(share * len(values)))]


def read_playlists(
    catalog: pd.DataFrame, plays: pd.DataFrame, song_id: str, playlist: str
) -> tuple[Float32Array, list[Int64Array]]:
    """Turns two tables into the arguments of `count_listeners`.

    Args:
        catalog: One row per song, with the column `song_id`; its other columns of numbers describe the song.
        plays: One row per play, in order, with the columns `song_id` and `playlist`.
        song_id: Name of the column that identifies a song.
        playlist: Name of the column that identifies a playlist.

    Returns:
        Percentiles of the songs, (n, F), and the indices of the songs of each playlist.

    Raises:
        UserError: A column is missing, or nothing describes the songs.
    """
    for table, column in ((catalog, song_id), (plays, song_id), (plays, playlist)):
        if column not in table:
            raise UserError(f"No column {column!r}; the columns are {', '.join(map(str, table.columns))}.")
    songs = catalog.drop_duplicates(song_id)
    values = songs.drop(columns=song_id).select_dtypes("number")
    if values.empty:
        raise UserError("The catalogue has no column of numbers that describes its songs.")
    rows = pd.Index(songs[song_id]).get_indexer(pd.Index(plays[song_id]))
    known = pd.DataFrame({"row": rows, "playlist": plays[playlist].to_numpy()}).query("row >= 0")
    grouped = known.groupby("playlist", sort=False)["row"]
    ordered = [group.to_numpy(np.int64) for _, group in grouped]
    return percentiles(values.to_numpy(np.float64)).astype(np.float32), ordered


def main() -> None:
    """Counts listeners in the given playlists."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--catalog", type=Path, required=True, help="table of songs, CSV")
    parser.add_argument("--playlists", type=Path, required=True, help="table of plays in order, CSV")
    parser.add_argument("--out", type=Path, required=True, help="file to write, .npz")
    parser.add_argument("--listeners", type=int, default=200)
    parser.add_argument("--clusters", type=int, default=10, help="clusters of playlists")
    parser.add_argument("--share", type=float, default=0.7, help="share of a cluster that a listener takes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--id", default="track_id", help="column that identifies a song")
    parser.add_argument("--playlist", default="playlist", help="column that identifies a playlist")
    given = parser.parse_args()
    songs, playlists = read_playlists(
        pd.read_csv(given.catalog), pd.read_csv(given.playlists), given.id, given.playlist
    )
    found = count_listeners(songs, playlists, given.listeners, given.clusters, given.share, given.seed)
    found.save(given.out)
    print(f"{given.out}: {len(found)} listeners, {len(songs)} songs, {len(playlists)} playlists.")


if __name__ == "__main__":
    with errors_in_one_sentence("playlist_listeners"):
        main()

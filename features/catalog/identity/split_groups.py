"""Groups of tracks that a split keeps together: tracks that share an artist or a work."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segue.features.arrays import BoolArray, Int32Array, Int64Array
from segue.features.catalog.identity.artists import credited_artists, leading_artists
from segue.features.catalog.identity.links import linked_groups, linked_to_first
from segue.features.errors import UserError

TEST_SHARE = 0.3
"""Share of the tracks in the test part of a split."""

LARGEST_GROUP = TEST_SHARE
"""A group with a larger share of the tracks is divided, since no test part has room for it."""

ALBUM_ARTIST = ("album_artist", "albumartist")
"""Columns besides `artist` whose names count as artists of a track."""

BY_ARTIST, BY_WORK = 1, 2
"""Levels at which the tracks of too large a group are divided; 0 is a group that is kept whole."""


@dataclass(frozen=True, eq=False)
class SplitGroups:
    """Groups of tracks, each as a whole in one part of a split.

    Attributes:
        codes: (n,) group of each track, 0..G-1.
        identity: (G,) hash of what the group is known by: the first artist with most tracks in it; without
            one, the first id of its work.
        divided: (n,) `BY_ARTIST` or `BY_WORK` where a track belonged to too large a group, else 0.
    """

    codes: Int32Array
    identity: NDArray[np.uint64]
    divided: NDArray[np.int8]

    @cached_property
    def sizes(self) -> Int64Array:
        """(G,) number of tracks in each group."""
        return np.bincount(self.codes, minlength=len(self.identity)).astype(np.int64)

    def in_test(self, fraction: float, seed: int) -> BoolArray:
        """Returns which tracks are in the test part, (n,).

        The groups are ordered by a hash of their identity and the seed; the test part is the beginning of
        this order whose share of the tracks is nearest to the fraction.

        Args:
            fraction: Share of the tracks in the test part.
            seed: Each seed gives another order.
        """
        order = np.argsort(_mix(self.identity ^ _mix(np.array([seed], np.uint64))), kind="stable")
        filled = np.concatenate([[0], np.cumsum(self.sizes[order])])
        end = np.abs(filled - fraction * len(self.codes)).argmin()
        chosen = np.zeros(len(order), dtype=np.bool_)
        chosen[order[:end]] = True
        return chosen[self.codes]


def checked_seed(seed: object) -> int:
    """Returns the seed of a split.

    Raises:
        UserError: It is not a whole number from 0 to 2⁶³ − 1.
    """
    if isinstance(seed, int | np.integer) and not isinstance(seed, bool) and 0 <= seed < 2**63:
        return int(seed)
    raise UserError(f"split_seed must be a whole number from 0 to 2**63 - 1, but is {seed!r}.")


def split_groups(
    tracks: pd.DataFrame, works: Int32Array, artists: Int32Array, names: list[str]
) -> SplitGroups:
    """Groups the tracks that share a credited artist or a work, directly or in a chain.

    A track of unknown artist is linked by its work only. In a group with more than `LARGEST_GROUP` of
    the tracks, tracks are linked by their first artist instead of by all artists, and in one that is still
    too large, by their work only.

    Args:
        tracks: Table with `id`, `artist` and optionally one of `ALBUM_ARTIST`.
        works: (n,) work of each track.
        artists: (n,) first credited artist of each track, an index into `names`, or -1 if unknown.
        names: Names of the artists.
    """
    n = len(tracks)
    same_work = linked_to_first(pd.Series(works))
    by_level = [
        linked_groups(n, same_work, _sharing(tracks, ("artist", *ALBUM_ARTIST), credited_artists)),
        linked_groups(n, same_work, _sharing(tracks, ("artist",), leading_artists)),
        linked_groups(n, same_work),
    ]
    level, codes = np.zeros(n, dtype=np.int8), by_level[0]
    for finer in (BY_ARTIST, BY_WORK):
        level[np.bincount(codes)[codes] > max(LARGEST_GROUP * n, 1)] = finer
        # The groups of a level are parts of those of the level above, so a code and its level are unique.
        _, inverse = np.unique(np.choose(level, by_level) * len(by_level) + level, return_inverse=True)
        codes = inverse.astype(np.int32)
    if level.any():  # a single work may be too large, but it is not divided
        level[pd.Series(codes).groupby(by_level[0]).transform("nunique") == 1] = 0
    named = np.where(level < BY_WORK, artists, -1)
    return SplitGroups(codes, _identities(tracks["id"], codes, named, names), level)


def _sharing(
    tracks: pd.DataFrame, columns: Sequence[str], names_of: Callable[[object], tuple[str, ...]]
) -> Int64Array:
    """Returns pairs (m, 2) that link, directly or in a chain, all rows whose credits share a name.

    Args:
        tracks: Track table.
        columns: Columns of credits; those that are lacking are left out.
        names_of: Returns the names of a credit.
    """
    home: dict[str, int] = {}  # the first row with each name
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for column in (name for name in columns if name in tracks):
        # Credits repeat, so each distinct one is read only once.
        credit, distinct = pd.factorize(tracks[column].fillna(""))
        first = np.unique(credit, return_index=True)[1]
        found = [
            (code, home.setdefault(name, row))
            for code, (text, row) in enumerate(zip(distinct, first.tolist(), strict=True))
            for name in names_of(text)
        ]
        named, homes = np.array(found, dtype=np.int64).reshape(-1, 2).T
        rows = np.flatnonzero(np.isin(credit, named))
        pairs += [np.column_stack([rows, first[credit[rows]]]), np.column_stack([first[named], homes])]
    return np.concatenate(pairs)


def _identities(
    ids: pd.Series, codes: Int32Array, artists: Int32Array, names: list[str]
) -> NDArray[np.uint64]:
    """Hashes what each group is known by.

    Args:
        ids: (n,) identifier of each track.
        codes: (n,) group of each track.
        artists: (n,) index into `names`, -1 where the artist does not identify the group.
        names: Names of the artists.

    Returns:
        (G,) hashes.
    """
    known_by = ("track " + ids.groupby(codes).min()).to_list()
    named = artists >= 0
    counts = pd.Series(1, index=[codes[named], artists[named]]).groupby(level=[0, 1]).sum().reset_index()
    counts.columns = pd.Index(["group", "artist", "tracks"])
    counts["name"] = [names[artist] for artist in counts["artist"]]
    leading = counts.sort_values(["tracks", "name"], ascending=[False, True]).drop_duplicates("group")
    for group, name in zip(leading["group"], leading["name"], strict=True):
        known_by[group] = "artist " + name
    digests = [hashlib.blake2b(text.encode(), digest_size=8).digest() for text in known_by]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scrambles 64-bit numbers one to one by the finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))

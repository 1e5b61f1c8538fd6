"""Titles and artists, written so that spellings of one name are equal, and compared where they are not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from segue.features.arrays import FloatArray
from segue.features.catalog.identity.artists import artist_name, credited_artists
from segue.features.catalog.identity.recordings import title_of_recording

_FEATURED = re.compile(r"\s*[(\[]?\b(?:feat\.?|ft\.?|featuring)\s.*$", re.IGNORECASE)
_TELLING = re.compile(
    r"\d+|[a-z]|[ivx]{2,5}|one|two|three|four|five|six|seven|eight|nine|ten|first|second|third|major|minor|sharp|"
    r"flat|live|remix|mix|edit|acoustic|instrumental|demo|dub|unplugged|karaoke|extended|original|cover|reprise|"
    r"interlude|intro|outro|slowed|sped"
)
"""Words that distinguish one recording from another, however alike their titles are otherwise."""
_BLOCK = 200


def title_key(title: object) -> str:
    """Returns a title without case, accents, punctuation, featured artists, and marks of a release."""
    if not isinstance(title, str):
        return ""
    return artist_name(title_of_recording(_FEATURED.sub("", title) or title))


def telling_words(key: str) -> tuple[str, ...]:
    """Returns the words of a title that have to agree: numbers, single letters, and kinds of recordings."""
    return tuple(sorted(word for word in key.split() if _TELLING.fullmatch(word)))


def distinct_keys(values: pd.Series) -> list[str]:
    """Returns the `title_key` of each value; each distinct one is computed once."""
    codes, distinct = pd.factorize(values.astype(object))
    keys = [*(title_key(title) for title in distinct), ""]
    return [keys[code] for code in codes]


def distinct_artists(values: pd.Series) -> list[tuple[str, ...]]:
    """Returns the names in each credit of artists; each distinct one is computed once."""
    codes, distinct = pd.factorize(values.astype(object))
    names = [*(credited_artists(credit) for credit in distinct), ()]
    return [names[code] for code in codes]


@dataclass(frozen=True)
class NameIndex:
    """The tracks of a catalogue by artist and title.

    Attributes:
        titles: (n,) key of each title, empty if unknown.
        artists: (n,) names of the artists of each track.
        durations: (n,) s, NaN if unknown.
    """

    titles: Sequence[str]
    artists: Sequence[tuple[str, ...]]
    durations: FloatArray

    @cached_property
    def by_artist(self) -> dict[str, dict[str, list[int]]]:
        """Rows of the catalogue by artist and title."""
        index: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for row, (title, names) in enumerate(zip(self.titles, self.artists, strict=True)):
            for name in names if title else ():
                index[name][title].append(row)
        return index

    def exact(self, title: str, artists: Iterable[str], duration: float, tolerance: float) -> int:
        """Returns the row with this title, artist and, where known, duration; -1 if there is none."""
        rows = [row for name in artists for row in self.by_artist.get(name, {}).get(title, ())]
        return self._nearest(rows, duration, tolerance) if title else -1

    def similar(
        self, title: str, artists: Iterable[str], duration: float, tolerance: float, similarity: float
    ) -> int:
        """Returns the row by these artists whose title is most similar; -1 if none is similar enough."""
        known: dict[str, list[int]] = {}
        for name in artists:
            for key, rows in self.by_artist.get(name, {}).items():
                known[key] = [*known.get(key, []), *rows]
        words = telling_words(title)
        for key, _, _ in process.extract(
            title, list(known), scorer=fuzz.ratio, score_cutoff=similarity, limit=5
        ):
            if telling_words(key) == words and (row := self._nearest(known[key], duration, tolerance)) >= 0:
                return row
        return -1

    def similar_artists(self, names: Sequence[str], similarity: float) -> dict[str, tuple[str, ...]]:
        """Returns the artists of the catalogue with a similar name, by name, the most similar first."""
        known = list(self.by_artist)
        found: dict[str, tuple[str, ...]] = {}
        for first in range(0, len(names), _BLOCK):
            block = names[first : first + _BLOCK]
            scores = process.cdist(block, known, scorer=fuzz.ratio, score_cutoff=similarity, dtype=np.uint8)
            for name, row in zip(block, scores, strict=True):
                near = np.flatnonzero(row)
                order = near[np.argsort(-row[near].astype(int), kind="stable")][:5]
                found[name] = tuple(known[k] for k in order if telling_words(known[k]) == telling_words(name))
        return found

    def _nearest(self, rows: Sequence[int], duration: float, tolerance: float) -> int:
        """Returns the row with the nearest duration within the tolerance; the first one if none is known."""
        if not rows:
            return -1
        differences = np.abs(self.durations[list(rows)] - duration)
        known = np.isfinite(differences)
        if known.any() and np.nanmin(differences) <= tolerance:
            return rows[int(np.nanargmin(differences))]
        unknown = np.flatnonzero(~known)
        return rows[int(unknown[0])] if len(unknown) else -1

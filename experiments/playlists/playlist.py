"""A finished playlist: its tracks in order, when each begins, and the reasons for every transition."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from segue.envs.listener.response import USUAL_DURATION
from segue.features.arrays import FloatArray


@dataclass(frozen=True)
class Transition:
    """The change from one track of a playlist to the next.

    Tempo and key are those of the whole tracks, as other programs show them. The parts of the cost are those
    of the listener, who compares the end of the first track with the start of the second.

    Attributes:
        tempo_from: Tempo of the first track in BPM, NaN if unknown.
        tempo_to: Tempo of the second track in BPM, NaN if unknown.
        tempo_change: Change of tempo in %, through half or double time where that is smaller and allowed;
            NaN if unknown.
        key_from: Camelot code of the first track, such as `"8A"`; `""` if unknown.
        key_to: Camelot code of the second track; `""` if unknown.
        key_relation: Words for the two keys, such as `"one step"`; `""` if one of them is unknown.
        energy_change: Difference of the energies, on the scale of `energy_percentile`; NaN if unknown.
        outro_s: Length of the outro of the first track in s, NaN if unknown.
        intro_s: Length of the intro of the second track in s, NaN if unknown.
        same_artist: Whether the tracks have an artist in common.
        cost: What each term of the listener's utility loses by this transition, by the name of the term; for
            the transition term one entry per feature, such as `"transition.tempo"`. Positive is a loss.
        sentence: All this in words.
    """

    tempo_from: float
    tempo_to: float
    tempo_change: float
    key_from: str
    key_to: str
    key_relation: str
    energy_change: float
    outro_s: float
    intro_s: float
    same_artist: bool
    cost: dict[str, float]
    sentence: str


@dataclass(frozen=True)
class RunnerUp:
    """A track that could take the place of one in a playlist without breaking a constraint.

    Attributes:
        track: Its row of the catalogue, with the same columns as `Playlist.tracks`.
        cost: Utility that the playlist would lose by it.
    """

    track: pd.Series
    cost: float


@dataclass(frozen=True)
class Playlist:
    """A playlist of n tracks.

    Attributes:
        tracks: Rows of the catalogue in playing order, with index 0..n-1 and all columns of the catalogue;
            `path` is absolute. Two columns are added: `row`, the row of the catalogue, and
            `energy_percentile`, the energy in [0, 1] on the scale of `curve` (NaN if unknown).
        starts: (n,) seconds from the start of the set at which each track begins.
        overlaps: (n - 1,) seconds by which track i and track i + 1 overlap.
        curve: (n,) requested energy in [0, 1] at each track; None if there is no curve.
        transitions: n - 1 transitions.
        runners_up: For each track, tracks that could take its place, cheapest first.
        utility: Utility that the expected listener has of the whole playlist, heard to its end.
        title: Title of the playlist.
    """

    tracks: pd.DataFrame
    starts: FloatArray
    overlaps: FloatArray
    curve: FloatArray | None
    transitions: tuple[Transition, ...]
    runners_up: tuple[tuple[RunnerUp, ...], ...]
    utility: float
    title: str

    def __len__(self) -> int:
        return len(self.tracks)

    @property
    def seconds(self) -> float:
        """Length of the whole set in s, overlaps counted once and unknown lengths as `USUAL_DURATION`."""
        if not len(self.tracks):
            return 0.0
        last = self.tracks["duration"].iloc[-1] if "duration" in self.tracks else USUAL_DURATION
        return float(self.starts[-1] + (last if last > 0 else USUAL_DURATION))

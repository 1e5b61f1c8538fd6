"""What the tracks of a catalogue have in common, found when it is first needed."""

from functools import cached_property

import pandas as pd

from segue.features.arrays import Int32Array
from segue.features.catalog.identity.artists import first_artists
from segue.features.catalog.identity.recordings import recording_codes, work_codes
from segue.features.catalog.identity.split_groups import SplitGroups, split_groups


class TrackIdentity:
    """Artists, recordings and groups of the split; catalogues with the same tracks share one.

    Args:
        tracks: Track table of a catalogue.
    """

    def __init__(self, tracks: pd.DataFrame) -> None:
        self.tracks = tracks

    @cached_property
    def first_artists(self) -> tuple[Int32Array, list[str]]:
        """(n,) number of the first credited artist, -1 if unknown, and the names by number."""
        return first_artists(self.tracks)

    @cached_property
    def recording_codes(self) -> Int32Array:
        """(n,) number of the recording; tracks of the same recording share it."""
        return recording_codes(self.tracks, self.first_artists[0])

    @cached_property
    def work_codes(self) -> Int32Array:
        """(n,) number of the work; versions of it by the same artist share it."""
        return work_codes(self.tracks, self.first_artists[0], self.recording_codes)

    @cached_property
    def split_groups(self) -> SplitGroups:
        """Groups of tracks that a split keeps together."""
        return split_groups(self.tracks, self.work_codes, *self.first_artists)

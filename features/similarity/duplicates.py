"""Tracks that are the same recording."""

import numpy as np
import pandas as pd

from segue.features.catalog.catalog import Catalog


def near_duplicates(catalog: Catalog) -> list[list[int]]:
    """Lists groups of tracks that are the same recording by title and artist, file content, or sound.

    Returns:
        The track indices of each group of at least two tracks.
    """
    groups = pd.Series(np.arange(len(catalog))).groupby(catalog.recording_codes).agg(list)
    return [group for group in groups if len(group) > 1]

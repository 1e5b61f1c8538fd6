"""A quantity of the plays of an agent, by position in the playlist and by run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from segue.experiments.analysis.statistics.runs import Runs


def runs_at_positions(plays: pd.DataFrame, column: str, share: float = 1.0) -> Iterator[Runs]:
    """Arranges a column of the plays of an agent in an environment.

    Args:
        plays: Rows of (seed, episode, position) and the column, one per track played.
        column: The quantity.
        share: See `Runs`.

    Yields:
        For each position from 0, the runs by seed with all of their sessions; NaN in those that were over
        before.
    """
    keys = plays.groupby(["seed", "episode"], sort=True)
    seeds, run = np.unique(plays["seed"].to_numpy(np.int64), return_inverse=True)
    session = keys.ngroup().to_numpy()
    first = np.full(len(seeds), len(plays))
    np.minimum.at(first, run, session)
    position, place = plays["position"].to_numpy(), session - first[run]
    values = np.full((position.max() + 1, len(seeds), place.max() + 1), np.nan)
    values[position, run, place] = plays[column].to_numpy(dtype=np.float64)
    for there in values:
        yield Runs(seeds, there, share)

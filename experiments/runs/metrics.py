"""Metrics of a session, computed from its plays and the catalogue."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from segue.envs.core.step_result import UTILITY
from segue.features.arrays import Float32Array
from segue.features.catalog.transitions import transition_distance

TRANSITION_DISTANCE = "transition_distance_"
"""Prefix of the columns that hold the mean distance of one transition feature."""


def session_metrics(plays: pd.DataFrame, catalog: Any) -> pd.DataFrame:
    """Measures each session.

    Args:
        plays: One row per play; see `evaluate`.
        catalog: The catalogue that `index` and `previous` point into.

    Returns:
        One row per session, sorted by `episode` (its seed):

        - return: sum of the rewards.
        - length: tracks played.
        - completed: tracks heard to the end.
        - skip_rate: share of its plays that were skipped.
        - left: whether the listener left before the end.
        - transition_distance_<feature>: mean over the transitions of the distance of the transition feature
          from "nothing changes", in [0, 1]; the transition from the start track counts.
        - diversity: mean distance between two tracks of the playlist, see `playlist_diversity`.
        - utility_<term>: mean over the plays of the term's contribution to the listener's utility.
    """
    transitions = catalog.transitions(plays["previous"].to_numpy(), plays["index"].to_numpy())
    distances = transition_distance(transitions)
    names = [f"{TRANSITION_DISTANCE}{name}" for name in catalog.transition_names]
    terms = [column for column in plays if str(column).startswith(UTILITY)]
    wide = pd.concat([plays, pd.DataFrame(distances, columns=names, index=plays.index)], axis=1)
    groups = wide.groupby("episode", sort=True)
    metrics = groups.agg(
        **{
            "return": ("reward", "sum"),
            "length": ("reward", "size"),
            "completed": ("skipped", lambda skipped: int((~skipped).sum())),
            "skip_rate": ("skipped", "mean"),
            "left": ("left", "any"),
        }
    )
    means = groups[[*names, *terms]].mean()
    diversity = groups["index"].agg(lambda index: playlist_diversity(catalog.matrix[index.to_numpy()]))
    metrics = metrics.join(diversity.rename("diversity")).join(means)
    return metrics.reset_index()


def playlist_diversity(features: Float32Array) -> float:
    """Computes the mean distance between two tracks of a playlist.

    Args:
        features: (n, F) features in [0, 1], one row per track.

    Returns:
        Mean over pairs of the mean absolute difference over the features, in [0, 1]; 0 for a single track.
    """
    n = len(features)
    if n < 2:
        return 0.0
    # Sorted values need no n x n table: the r-th smallest is above r others and below n - 1 - r.
    signs = 2.0 * np.arange(n) - (n - 1)
    total = (np.sort(features.astype(np.float64), axis=0) * signs[:, None]).sum(axis=0)
    return float(total.mean() / (n * (n - 1) / 2))

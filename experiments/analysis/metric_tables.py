"""Tables of what agents do, beyond their return: metrics, order and smoothness, each with intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from segue.experiments.analysis.bootstrap import mean_intervals
from segue.experiments.runs.metrics import TRANSITION_DISTANCE
from segue.experiments.runs.order_regret import SHUFFLED
from segue.features.arrays import FloatArray

_ABOUT = ("environment", "agent", "seed", "episode")


def metrics_table(
    episodes: pd.DataFrame, plays: pd.DataFrame, offered: Mapping[str, int], resamples: int
) -> pd.DataFrame:
    """Averages every metric of a session, and measures how much of the offered music is played.

    Args:
        episodes: One row per session: environment, agent, seed, episode and its metrics.
        plays: One row per play.
        offered: Number of different tracks in the pools, by environment.
        resamples: Bootstrap resamples behind each interval.

    Returns:
        One row per environment, agent and metric: environment, agent, metric, mean, low, high. Besides the
        metrics of `session_metrics` there are

        - completion: share of the plays of a session that were heard to the end.
        - coverage: share of the tracks in all pools that a run played in any session; a mean over runs,
          without an interval.
    """
    frame = episodes.assign(completion=episodes["completed"] / episodes["length"])
    metrics = [str(name) for name in frame if name not in _ABOUT]
    rows = []
    for (environment, agent), part in frame.groupby(["environment", "agent"], sort=False):
        used = [name for name in metrics if part[name].notna().any()]
        stack = np.stack([_matrix(part, name) for name in used])
        about = {"environment": environment, "agent": agent}
        for name, mean, low, high in zip(used, *mean_intervals(stack, resamples=resamples), strict=True):
            rows.append({**about, "metric": name, "mean": mean, "low": low, "high": high})
        own = plays[(plays["environment"] == environment) & (plays["agent"] == agent)]
        played = own.groupby("seed")["index"].nunique().mean()
        share = played / offered[str(environment)]
        rows.append({**about, "metric": "coverage", "mean": share, "low": np.nan, "high": np.nan})
    return pd.DataFrame(rows)


def order_summary(orders: pd.DataFrame, resamples: int) -> pd.DataFrame:
    """Averages the gain and the regret of the agents' orders.

    Args:
        orders: Rows of `order_table` with environment, agent and seed.
        resamples: Bootstrap resamples behind each interval.

    Returns:
        One row per environment and agent, in units of return per session: environment, agent, sessions,
        tracks (mean number), own, shuffled, best; gain (own - shuffled, the value that sequencing adds) with
        gain_low and gain_high; regret (best - own, the value that it misses) with regret_low and regret_high.
    """
    rows = []
    for (environment, agent), part in orders.groupby(["environment", "agent"], sort=False):
        frame = part.assign(gain=part["own"] - part["shuffled"], regret=part["best"] - part["own"])
        names = ["tracks", "own", "shuffled", "best", "gain", "regret"]
        stack = np.stack([_matrix(frame, name) for name in names])
        means, low, high = (
            dict(zip(names, each, strict=True)) for each in mean_intervals(stack, resamples=resamples)
        )
        ends = {f"{n}_{end}": of[n] for n in ("gain", "regret") for end, of in (("low", low), ("high", high))}
        rows.append({"environment": environment, "agent": agent, "sessions": len(part), **means, **ends})
    return pd.DataFrame(rows)


def smoothness_table(episodes: pd.DataFrame, orders: pd.DataFrame, resamples: int) -> pd.DataFrame:
    """Compares how smooth the transitions are with the same tracks in random order.

    Args:
        episodes: One row per session with its transition distance by feature.
        orders: Rows of `order_table` with environment, agent and seed.
        resamples: Bootstrap resamples behind each interval.

    Returns:
        One row per environment, agent and transition feature, over the sessions in `orders`, all in [0, 1],
        where 1 means that nothing changes: environment, agent, feature; smoothness (1 - mean transition
        distance), coherence (the same in random order: how well the tracks go together in any order), and
        difference (smoothness - coherence: the part due to the order) with low and high.
    """
    joined = orders.merge(episodes, on=list(_ABOUT), validate="one_to_one")
    columns = [str(name) for name in orders]
    features = [name.removeprefix(SHUFFLED) for name in columns if name.startswith(SHUFFLED)]
    rows = []
    for (environment, agent), part in joined.groupby(["environment", "agent"], sort=False):
        own = np.stack([1.0 - _matrix(part, name) for name in features])
        random = np.stack([1.0 - _matrix(part, SHUFFLED + name) for name in features])
        difference, low, high = mean_intervals(own - random, resamples=resamples)
        table = {
            "feature": [name.removeprefix(TRANSITION_DISTANCE) for name in features],
            "smoothness": np.nanmean(own, axis=(1, 2)),
            "coherence": np.nanmean(random, axis=(1, 2)),
            "difference": difference,
            "low": low,
            "high": high,
        }
        rows.append(pd.DataFrame({"environment": environment, "agent": agent, **table}))
    return pd.concat(rows, ignore_index=True)


def _matrix(part: pd.DataFrame, name: str) -> FloatArray:
    """Arranges one metric of one agent as (seeds, episodes); NaN where a run has no such session."""
    table = part.pivot(index="seed", columns="episode", values=name)
    return np.asarray(table.to_numpy(dtype=np.float64))

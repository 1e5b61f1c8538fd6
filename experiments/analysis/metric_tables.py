"""Tables of what agents do, beside how much it earns: metrics, order and smoothness, each with intervals."""

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
    """Mean of every metric of a session, and how much of the music is ever played.

    Args:
        episodes: One row a session: environment, agent, seed, episode and its metrics.
        plays: One row a play.
        offered: How many different tracks there were in the pools, by environment.
        resamples: Bootstrap resamples behind each interval.

    Returns:
        One row for each environment, agent and metric: environment, agent, metric, mean, low, high. Beside
        the metrics of `session_metrics` there are

        - completion: share of its plays that a session heard to the end.
        - coverage: share of all tracks in the pools that a run played in any session, a mean over runs
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
        mine = plays[(plays["environment"] == environment) & (plays["agent"] == agent)]
        played = mine.groupby("seed")["index"].nunique().mean()
        share = played / offered[str(environment)]
        rows.append({**about, "metric": "coverage", "mean": share, "low": np.nan, "high": np.nan})
    return pd.DataFrame(rows)


def order_summary(orders: pd.DataFrame, resamples: int) -> pd.DataFrame:
    """What the agents' orders are worth.

    Args:
        orders: Rows of `order_table` with environment, agent and seed.
        resamples: Bootstrap resamples behind each interval.

    Returns:
        One row for each environment and agent, in units of return a session: environment, agent, sessions,
        tracks (mean number), own, shuffled, best; gain (own - shuffled: what sequencing adds) with gain_low
        and gain_high; regret (best - own: what it leaves) with regret_low and regret_high.
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
    """How smooth the transitions are, against the same tracks in random order.

    Args:
        episodes: One row a session with its roughness by transition feature.
        orders: Rows of `order_table` with environment, agent and seed.
        resamples: Bootstrap resamples behind each interval.

    Returns:
        One row for each environment, agent and transition feature, over the sessions in `orders`, all in
        [0, 1], 1 meaning that nothing changes: environment, agent, feature; smoothness (1 - roughness of
        neighbours), coherence (the same in random order: how well the tracks go together at all), and
        difference (smoothness - coherence: what the order adds) with low and high.
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
    """One metric of one agent as (seeds, episodes); NaN where a run has no such session."""
    table = part.pivot(index="seed", columns="episode", values=name)
    return np.asarray(table.to_numpy(dtype=np.float64))

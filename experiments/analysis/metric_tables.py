"""Tables of what agents do, beyond their return: metrics, order and smoothness, each with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from segue.experiments.analysis.statistics.interval import Interval
from segue.experiments.analysis.statistics.intervals import mean_over_runs
from segue.experiments.analysis.statistics.runs import Runs, runs_of
from segue.experiments.runs.metrics import TRANSITION_DISTANCE
from segue.experiments.runs.order_regret import SHUFFLED

_ABOUT = ("environment", "agent", "seed", "episode")


def metrics_table(
    episodes: pd.DataFrame,
    plays: pd.DataFrame,
    offered: Mapping[tuple[str, int], int],
    shares: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Averages every metric of a session, and measures how much of the offered music is played.

    Args:
        episodes: One row per session: environment, agent, seed, episode and its metrics.
        plays: One row per play.
        offered: Number of different tracks in the pools, by environment and seed.
        shares: By environment, the share of the catalogue with which the sessions of a run are played.

    Returns:
        One row per environment, agent and metric: environment, agent, metric, mean (over runs), low, high.
        Besides the metrics of `session_metrics` there are

        - completion: share of the plays of a session that were heard to the end.
        - coverage: share of the tracks in all pools of a run that it played in any session.
    """
    frame = episodes.assign(completion=episodes["completed"] / episodes["length"])
    metrics = [str(name) for name in frame if name not in _ABOUT]
    rows: list[tuple[object, ...]] = []
    for (environment, agent), part in frame.groupby(["environment", "agent"], sort=False):
        share = _share(shares, environment)
        rows += [
            (environment, agent, name, *_over_runs(part, part[name], share))
            for name in metrics
            if part[name].notna().any()
        ]
        own = plays[(plays["environment"] == environment) & (plays["agent"] == agent)]
        played = own.groupby("seed")["index"].nunique()
        there = np.array([offered[str(environment), int(seed)] for seed in played.index])
        heard = played.to_numpy(dtype=float) / there
        coverage = mean_over_runs([Runs(played.index.to_numpy(), heard[:, None], share)])
        rows.append((environment, agent, "coverage", *coverage))
    return pd.DataFrame(rows, columns=["environment", "agent", "metric", "mean", "low", "high"])


def order_summary(
    orders: pd.DataFrame, analysed: Mapping[tuple[str, str], int], shares: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Averages the gain and the regret of the agents' orders.

    Args:
        orders: Rows of `order_table` with environment, agent and seed.
        analysed: Sessions that were to be analysed, by environment and agent.
        shares: See `metrics_table`.

    Returns:
        One row per environment and agent, in units of return per session: environment, agent, sessions (that
        the row rests on), without_order (those left out, as they have a single track), tracks (mean number),
        own, shuffled, best; gain (own - shuffled, the value that sequencing adds) with gain_low and
        gain_high; regret (best - own, a bound from search on the value that it misses, 0 or more) with
        regret_low and regret_high.
    """
    rows = []
    for (environment, agent), part in orders.groupby(["environment", "agent"], sort=False):
        frame = part.assign(gain=part["own"] - part["shuffled"], regret=part["best"] - part["own"])
        row: dict[str, Any] = {"environment": environment, "agent": agent, "sessions": len(part)}
        row["without_order"] = analysed[str(environment), str(agent)] - len(part)
        for name in ("tracks", "own", "shuffled", "best", "gain", "regret"):
            found = _over_runs(frame, frame[name], _share(shares, environment))
            row[name] = found.estimate
            if name in ("gain", "regret"):
                row |= {f"{name}_low": found.low, f"{name}_high": found.high}
        row["regret_low"] = np.maximum(row["regret_low"], 0.0)  # NaN stays
        rows.append(row)
    return pd.DataFrame(rows)


def smoothness_table(
    episodes: pd.DataFrame, orders: pd.DataFrame, shares: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Compares how smooth the transitions are with the same tracks in random order.

    Args:
        episodes: One row per session with its transition distance by feature.
        orders: Rows of `order_table` with environment, agent and seed.
        shares: See `metrics_table`.

    Returns:
        One row per environment, agent and transition feature, over the sessions in `orders`, all in [0, 1],
        where 1 means that nothing changes: environment, agent, feature, sessions; smoothness (1 - mean
        transition distance), coherence (the same in random order: how well the tracks go together in any
        order), and difference (smoothness - coherence: the part due to the order) with low and high.
    """
    joined = orders.merge(episodes, on=list(_ABOUT), validate="one_to_one")
    columns = [str(name) for name in orders]
    features = [name.removeprefix(SHUFFLED) for name in columns if name.startswith(SHUFFLED)]
    rows = []
    for (environment, agent), part in joined.groupby(["environment", "agent"], sort=False):
        share = _share(shares, environment)
        for name in features:
            smooth, coherent = (_over_runs(part, 1.0 - part[each], share) for each in (name, SHUFFLED + name))
            apart = _over_runs(part, part[SHUFFLED + name] - part[name], share)
            feature = name.removeprefix(TRANSITION_DISTANCE)
            rows.append((environment, agent, feature, len(part), smooth.estimate, coherent.estimate, *apart))
    names = ["feature", "sessions", "smoothness", "coherence", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=["environment", "agent", *names])


def _share(shares: Mapping[str, float] | None, environment: object) -> float:
    return (shares or {}).get(str(environment), 1.0)


def _over_runs(rows: pd.DataFrame, values: pd.Series, share: float) -> Interval:
    """Averages a quantity of the sessions in some rows over their runs."""
    return mean_over_runs([runs_of(rows[["seed", "episode"]].assign(value=values), "value", share)])

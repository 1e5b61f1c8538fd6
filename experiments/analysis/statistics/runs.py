"""What the runs of an agent returned, and the comparisons of two agents, run by run.

A run has a split of the catalogue, a training and sessions of its own; every agent that has this run meets
the same split and the same sessions. Agents are therefore compared within each run, and what differs between
runs (artists, training, listeners) is all that can differ in another repetition of the study.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segue.features.arrays import AnyArray, FloatArray, IntArray

ALL = "all environments"
"""Name of the rows that summarise all environments, in studies with more than one."""


@dataclass(frozen=True)
class Runs:
    """A quantity of each session, by run.

    Attributes:
        seeds: Seeds of the n runs, rising, (n,).
        values: The quantity of each of the E sessions of each run, (n, E); NaN where a session lacks it. The
            mean of a row is the value of the run.
        share: Share of the catalogue with which the sessions of a run are played; 1 if the runs do not differ
            in their tracks.
    """

    seeds: IntArray
    values: FloatArray
    share: float = 1.0

    @property
    def means(self) -> FloatArray:
        """The value of each run, (n,)."""
        if not np.isnan(self.values).any():
            return np.asarray(self.values.mean(axis=1))
        known = ~np.isnan(self.values)
        total = np.where(known, self.values, 0.0).sum(axis=1)
        count = known.sum(axis=1)
        return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)

    def of(self, seeds: IntArray) -> Runs:
        """Returns the runs with some of the seeds."""
        return Runs(seeds, self.values[np.searchsorted(self.seeds, seeds)], self.share)

    def where(self, chosen: AnyArray) -> Runs:
        """Returns the same with only some sessions, bool (n, E), in those runs that have any of them."""
        some = chosen.any(axis=1)
        return Runs(self.seeds[some], np.where(chosen, self.values, np.nan)[some], self.share)

    def minus(self, other: Runs) -> Runs:
        """Returns the differences from another agent in the same sessions, in the runs that both have."""
        mine, theirs = common(self, other)
        return Runs(mine.seeds, mine.values - theirs.values, self.share)

    def won_against(self, other: Runs) -> Runs:
        """Returns 1 where the return is higher than that of another agent, 0 where lower, 1/2 for a tie."""
        mine, theirs = common(self, other)
        won = (mine.values > theirs.values) + 0.5 * (mine.values == theirs.values)
        return Runs(mine.seeds, won, self.share)

    def scores(self, lower: Runs, upper: Runs) -> Runs:
        """Returns normalised scores, on a scale on which `lower` is 0 and `upper` is 1 in each run.

        The score of a run is (R - L) / (U - L) with the mean returns R, L and U of the agent and the
        anchors in its sessions. The values of the sessions are those of the linearised ratio: their mean is
        the score, and they vary as it does.
        """
        mine, low, up = common(self, lower, upper)
        scale = (up.values - low.values).mean(axis=1, keepdims=True)
        above = mine.values - low.values
        score = np.divide(
            above.mean(axis=1, keepdims=True), scale, out=np.full_like(scale, np.nan), where=scale != 0
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            residual = (above - score * (up.values - low.values)) / scale
        return Runs(mine.seeds, score + residual, self.share)


def common(*agents: Runs) -> tuple[Runs, ...]:
    """Returns the runs that all of some agents have."""
    seeds = agents[0].seeds
    for agent in agents[1:]:
        seeds = np.intersect1d(seeds, agent.seeds)
    return tuple(agent.of(seeds) for agent in agents)


def runs_of(rows: pd.DataFrame, column: str = "return", share: float = 1.0) -> Runs:
    """Arranges one column of the sessions of an agent in an environment by run.

    Args:
        rows: Rows of (seed, episode) and the column, one per session.
        column: The quantity.
        share: See `Runs`.

    Returns:
        Runs by seed; sessions by episode seed, NaN at the end of a run with fewer sessions.
    """
    ordered = rows.sort_values(["seed", "episode"])
    place = ordered.groupby("seed").cumcount()
    table = ordered.assign(place=place).pivot(index="seed", columns="place", values=column)
    return Runs(table.index.to_numpy(np.int64), table.to_numpy(dtype=np.float64), share)


RunsByAgent = dict[str, Runs]
"""The runs of each agent in one environment, in the order of the study."""


def catalog_shares(runs: pd.DataFrame) -> dict[str, float]:
    """Returns the share of the catalogue that a run plays with, by environment, from the table of runs."""
    if "catalog_share" not in runs:
        return {}
    largest = runs.groupby("environment")["catalog_share"].max()
    return {str(environment): float(share) for environment, share in largest.items()}


def runs_by_environment(
    episodes: pd.DataFrame, shares: Mapping[str, float] | None = None, column: str = "return"
) -> dict[str, RunsByAgent]:
    """Arranges a column of all sessions by environment and agent, in the order of the study.

    Args:
        episodes: Rows of (environment, agent, seed, episode) and the column, one per session.
        shares: By environment, the share of the catalogue with which the sessions of a run are played.
        column: The quantity.
    """
    shares = shares or {}
    return {
        str(environment): {
            str(agent): runs_of(rows, column, shares.get(str(environment), 1.0))
            for agent, rows in here.groupby("agent", sort=False)
        }
        for environment, here in episodes.groupby("environment", sort=False)
    }

"""Plays redrawn catalogues: what a study would have found with other tracks of the same kind.

Each replicate draws a catalogue, and plays several splits of it, each to listeners of its own, as the runs
of a study do. The agents do not learn, so that a replicate takes seconds.
"""

from __future__ import annotations

import numpy as np

from segue.agents import make_agent
from segue.experiments.runs.batches import make_batch
from segue.experiments.runs.evaluate import play_sessions
from segue.features import Catalog
from segue.features.arrays import FloatArray
from segue.features.catalog.open_catalog import open_catalog

AGENTS = ("random", "smooth", "greedy-oracle")
"""The agents that play; the first and the last anchor the score."""
TRACKS = 330
"""Tracks of a catalogue: the test part of a split has 99."""
POOL, LENGTH = 50, 30


def play_catalogue(env_id: str, seed: int, splits: int, sessions: int) -> FloatArray:
    """Draws a catalogue that imitates the demo catalogue, and plays its splits.

    Args:
        env_id: A registered environment.
        seed: Seed of the catalogue; the listeners differ too.
        splits: Number of splits S, one per run.
        sessions: Sessions E per split.

    Returns:
        Returns of the agents, (agents, S, E).
    """
    catalog = Catalog.synthetic(TRACKS, seed, like=open_catalog("demo"))
    found = np.empty((len(AGENTS), splits, sessions))
    for split in range(splits):
        first = 2**32 + 2**20 * (seed * splits + split)
        found[:, split] = _play_split(env_id, catalog, split, range(first, first + sessions))
    return found


def _play_split(env_id: str, catalog: Catalog, split: int, seeds: range) -> FloatArray:
    """Lets every agent play the sessions of a split, (agents, E)."""
    settings = {"catalog": catalog, "pool_size": POOL, "length": LENGTH, "split": "test"}
    env = make_batch(env_id, {**settings, "split_seed": split}, len(seeds), copy=False)
    returns = []
    for name in AGENTS:
        plays = play_sessions(make_agent(name, env), env, seeds, True, lambda over: None)
        returns.append(plays.groupby("episode")["reward"].sum().to_numpy())
    env.close()
    return np.array(returns)

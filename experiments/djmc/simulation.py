"""The simulation published with DJ-MC: several agents play to the same listeners.

Liebman, Saar-Tsechansky and Stone 2015: playlists of 10, 30 and 50 songs from a corpus of 1,000. DJ-MC, with
query sizes of 10 songs and 10 transitions and a planning horizon of 10, is compared with an agent that
greedily plays the song with the highest song reward according to the initial queries, and with random play.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import wilcoxon

from segue.agents import make_agent
from segue.experiments.analysis.bootstrap import mean_interval
from segue.experiments.runs.batches import make_batch
from segue.experiments.study.file_format.protocol import FIRST_EPISODE_SEED

LENGTHS = (10, 30, 50)
CORPUS = 1000
_QUERIES = {"query_songs": 10, "query_transitions": 10}
AGENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "DJ-MC": ("djmc", _QUERIES),
    "DJ-MC, one step": ("djmc-myopic", _QUERIES),
    "greedy by song": ("djmc", {"horizon": 0, "update_online": False, "query_songs": 10}),
    "random": ("random", {}),
}
"""Agent and settings by the name used in tables."""
COMPARED = (
    ("DJ-MC", "greedy by song"),
    ("greedy by song", "random"),
    ("DJ-MC", "random"),
    ("DJ-MC, one step", "greedy by song"),
    ("DJ-MC, one step", "DJ-MC"),
)
"""Pairs of agents to compare, the published order first."""


def simulate(
    listeners: Sequence[int],
    weight: float,
    report_progress: Callable[[], None],
    rollouts: int = 10_000,
    corpus: int = CORPUS,
) -> pd.DataFrame:
    """Lets every agent play 50 songs to the same listeners.

    Args:
        listeners: Numbers of the listeners.
        weight: Weight of the transition reward; 1 is as published.
        report_progress: Called after each song.
        rollouts: Rollouts of DJ-MC per decision.
        corpus: Songs in the corpus; one of them is the silent start, the others can be played.

    Returns:
        One row per listener, agent and length: weight, agent, listener, songs, reward and song_reward (sums
        over the playlist), seconds (CPU time per decision).
    """
    extra = {"djmc": {"rollouts": rollouts}}
    parts = [
        _play(name, listeners, weight, report_progress, extra.get(agent, {}), corpus)
        for name, (agent, _) in AGENTS.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _play(
    name: str,
    listeners: Sequence[int],
    weight: float,
    report_progress: Callable[[], None],
    extra: dict[str, Any],
    corpus: int,
) -> pd.DataFrame:
    settings = {
        "catalog": f"synthetic:{corpus}",
        "pool_size": corpus - 1,
        "length": max(LENGTHS),
        "listener": {"preset": "djmc", "terms": {"transition_bins": {"weight": weight}}},
        "reward": "utility",
    }
    env = make_batch("segue/DJMC-v0", settings, len(listeners))
    agent_name, agent_settings = AGENTS[name]
    agent = make_agent(agent_name, env, **agent_settings, **extra)
    observation, _ = env.reset(seed=[FIRST_EPISODE_SEED + listener for listener in listeners])
    heard = env.unwrapped.layout.context_slice("last_listened")
    state, starts = None, np.ones(len(listeners), bool)
    rewards, songs, seconds = [], [], 0.0
    for _ in range(max(LENGTHS)):
        started = time.process_time()
        slots, state = agent.predict(observation, state, starts)
        seconds += time.process_time() - started
        observation, reward, _, _, _ = env.step(slots)
        # In the paper the agent observes the reward of a song, in our environments the fraction heard.
        observation["context"][:, heard] = reward[:, None]
        starts = np.zeros(len(listeners), bool)
        rewards.append(reward)
        songs.append(env.unwrapped.result.utilities["utility_song_bins"])
        report_progress()
    env.close()
    total, by_song = np.cumsum(rewards, axis=0), np.cumsum(songs, axis=0)
    rows = {
        "weight": weight,
        "agent": name,
        "listener": list(listeners),
        "seconds": seconds / (max(LENGTHS) * len(listeners)),
    }
    return pd.concat(
        [
            pd.DataFrame({**rows, "songs": n, "reward": total[n - 1], "song_reward": by_song[n - 1]})
            for n in LENGTHS
        ],
        ignore_index=True,
    )


def summary(played: pd.DataFrame) -> pd.DataFrame:
    """Averages over listeners.

    Returns:
        One row per weight, length and agent: mean, low and high (95 % bootstrap interval) of the cumulative
        reward, above_random with above_low and above_high, song_reward (mean of the reward of songs alone),
        listeners, and seconds (median CPU time per decision).
    """
    return pd.DataFrame(_summary_rows(played))


def _summary_rows(played: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for (weight, songs), here in played.groupby(["weight", "songs"]):
        table = here.pivot_table(index="listener", columns="agent", values="reward")
        for agent in AGENTS:
            group = here[here["agent"] == agent]
            interval = mean_interval(table[agent].to_numpy())
            above = mean_interval((table[agent] - table["random"]).to_numpy())
            yield {
                "weight": weight,
                "songs": songs,
                "agent": agent,
                "mean": interval.estimate,
                "low": interval.low,
                "high": interval.high,
                "above_random": above.estimate,
                "above_low": above.low,
                "above_high": above.high,
                "song_reward": group["song_reward"].mean(),
                "listeners": len(group),
                "seconds": group["seconds"].median(),
            }


def ordering(played: pd.DataFrame) -> pd.DataFrame:
    """Compares agents on the same listeners.

    Returns:
        One row per weight, length and pair of `COMPARED`: better and worse (as published), difference with
        low and high (95 % bootstrap interval), won (share of listeners for whom the better agent earns more),
        p (two-sided Wilcoxon test).
    """
    return pd.DataFrame(_ordering_rows(played))


def _ordering_rows(played: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for (weight, songs), group in played.groupby(["weight", "songs"]):
        table = group.pivot_table(index="listener", columns="agent", values="reward")
        for better, worse in COMPARED:
            apart = (table[better] - table[worse]).to_numpy()
            interval = mean_interval(apart)
            yield {
                "weight": weight,
                "songs": songs,
                "better": better,
                "worse": worse,
                "difference": interval.estimate,
                "low": interval.low,
                "high": interval.high,
                "won": float((apart > 0).mean()),
                "p": float(wilcoxon(apart).pvalue) if apart.any() else 1.0,
            }

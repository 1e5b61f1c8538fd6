"""Why an agent chose a track, where it can say so: the sessions of the report are played once more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segue.experiments.analysis.example_sessions import median_seed
from segue.experiments.runs.evaluate import make_batch
from segue.experiments.runs.run import read_record
from segue.experiments.study.results import Results

SHOWN = 3
"""Candidates that are named: the one that was played and the next best."""

Reasons = list[list[tuple[int, float]]]
"""For each play of a session the best candidates: row of the catalogue and score, the highest first."""


def explained(
    results: Results, runs: Path, environment: str, agents: Sequence[str], episodes: Sequence[int]
) -> tuple[dict[tuple[int, str], Reasons], pd.DataFrame]:
    """Asks the agents that can explain a choice about every choice in some sessions.

    Args:
        results: The tables of the study.
        runs: The folder of its runs.
        environment: Label of the environment.
        agents: Labels of the agents.
        episodes: Seeds of the sessions.

    Returns:
        Reasons by session and agent, and the tracks of the catalogue. A session is left out if the agent's
        explanation would have been another choice, as that of an agent whose memory it leaves out.
    """
    found: dict[tuple[int, str], Reasons] = {}
    here = results.runs[results.runs["environment"] == environment]
    env, catalog = None, pd.DataFrame()
    for label in [agent for agent in agents if (here["agent"] == agent).any()]:
        seed = median_seed(results, environment, label)
        (folder,) = here.loc[(here["agent"] == label) & (here["seed"] == seed), "folder"]
        spec = read_record(runs / str(folder))["spec"]
        if env is None:
            env = make_batch(spec["environment"], spec["environment_settings"], 1)
            catalog = env.unwrapped.sessions.catalog.tracks
        agent = _agent(spec, runs / str(folder), env)
        plays = results.plays[
            (results.plays["environment"] == environment) & (results.plays["agent"] == label)
        ]
        for episode in episodes if hasattr(agent, "explain") else ():
            played = plays[(plays["seed"] == seed) & (plays["episode"] == episode)].sort_values("position")
            reasons = _replay(agent, env, episode, played["index"].to_numpy())
            if reasons is not None:
                found[episode, label] = reasons
    if env is not None:
        env.close()
    return found, catalog


def _agent(spec: dict[str, Any], folder: Path, env: Any) -> Any:
    """The agent of a run, for one session."""
    from segue.agents import load_agent, make_agent

    if spec["model"] is not None:
        return load_agent(folder / "model", env, seed=spec["seed"])
    return make_agent(spec["agent"], env, seed=spec["seed"], **spec["agent_settings"])


def _replay(agent: Any, env: Any, episode: int, played: Any) -> Reasons | None:
    """Plays a session again and asks before each track; None where the answer is not what was played."""
    observation, _ = env.reset(seed=[episode])
    reasons: Reasons = []
    for track in played:
        scores = agent.explain(observation)["score"].to_numpy()
        order = np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")[:SHOWN]
        order = order[np.isfinite(scores[order])]
        pool = env.unwrapped.sessions.pool[0]
        if not len(order) or pool[order[0]] != track:
            return None
        reasons.append([(int(pool[slot]), round(float(scores[slot]), 3)) for slot in order])
        observation, *_ = env.step(order[:1])
    return reasons

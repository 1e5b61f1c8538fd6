"""Sentences that every caption needs: how many runs and sessions, and what an interval is."""

from __future__ import annotations

from collections.abc import Sequence

from segue.experiments.config import StudyConfig
from segue.experiments.results import Results


def counts(results: Results, study: StudyConfig) -> str:
    """States the number of training seeds and of sessions."""
    learned = results.runs[results.runs["learned"]]
    seeds = learned.groupby("agent")["seed"].nunique()
    if seeds.empty:
        return f"n = {study.evaluation.episodes} sessions, the same for every agent."
    few, many = int(seeds.min()), int(seeds.max())
    number = str(few) if few == many else f"{few} to {many}"
    return (
        f"n = {number} training seeds for each agent that learns, "
        f"each evaluated on the same {study.evaluation.episodes} sessions."
    )


def shown(agents: Sequence[str], study: StudyConfig) -> str:
    """Says that a figure leaves agents out, where it does; begins with a space."""
    left_out = len(study.agents) - len(agents)
    if not left_out:
        return ""
    return (
        " Drawn are the anchors and the best of the agents that learned and of the rules; "
        f"{left_out} more are in the numbers."
    )


def interval(study: StudyConfig) -> str:
    """Says what the bars and bands are."""
    return (
        "Bars: 95 % percentile bootstrap intervals over training seeds and sessions "
        f"({study.resamples:,} resamples)."
    )

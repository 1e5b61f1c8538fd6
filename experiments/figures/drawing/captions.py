"""Sentences that every caption needs: how many runs and sessions, and what an interval is."""

from __future__ import annotations

from collections.abc import Sequence

from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


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
    """Says which agents a figure shows, where it does not show all; begins with a space."""
    if len(agents) == len(study.agents):
        return ""
    return f" Of {len(study.agents)} agents the anchors and the best that learned or follow a rule are drawn."


def interval(study: StudyConfig) -> str:
    """Says what the bars and bands are."""
    return (
        "Bars: 95 % percentile bootstrap intervals over training seeds and sessions "
        f"({study.resamples:,} resamples)."
    )

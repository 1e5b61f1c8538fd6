"""Sentences of the captions: number of runs and sessions, agents shown, and the kind of interval."""

from __future__ import annotations

from collections.abc import Sequence

from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


def counts(results: Results, study: StudyConfig) -> str:
    """States the number of training seeds and of sessions."""
    learned = results.runs[results.runs["learned"]]
    seeds = learned.groupby("agent")["seed"].nunique()
    if seeds.empty:
        runs = results.runs.groupby("agent")["seed"].nunique().max()
        return f"n = {runs} runs of {study.evaluation.episodes} sessions, the same for every agent."
    few, many = int(seeds.min()), int(seeds.max())
    number = str(few) if few == many else f"{few} to {many}"
    return (
        f"n = {number} training seeds per learned agent, "
        f"each evaluated on {study.evaluation.episodes} sessions, the same for every agent."
    )


def shown(agents: Sequence[str], study: StudyConfig) -> str:
    """States which agents a figure shows, if it does not show all; begins with a space."""
    if len(agents) == len(study.agents):
        return ""
    return (
        f" {len(agents)} of {len(study.agents)} agents are shown: the anchors, the best reference, and the "
        "best learned agents and baselines."
    )


BARS, BANDS = "Bars: 95 % intervals over runs.", "Bands: 95 % intervals over runs."
GIVEN_TRACKS = " They take the tracks that the runs share as given."
"""Follows `BARS` or `BANDS` where intervals do not count what is common to the splits of one catalogue."""

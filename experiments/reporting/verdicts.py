"""Verdicts on the best agent against the baselines: the headline, and one verdict per environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from segue.experiments.analysis.agent_roles import baselines, learners
from segue.experiments.formatting import format_interval, join_words, number
from segue.experiments.reporting.pairs import difference_text, paired_differences
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

SPELT_OUT = 4
"""Up to this many baselines are named in a sentence; of more, the headline gives the number."""


@dataclass(frozen=True)
class EnvironmentVerdict:
    """The best agent against the best baseline of one environment.

    Attributes:
        environment: Label of the environment.
        agent: The best agent of the study.
        score: Its normalised score with the interval.
        rival: The baseline with the highest score in this environment.
        rival_score: The score of that baseline with the interval.
        difference: Paired difference in return with the interval.
        verdict: `better`, `worse` or `no clear difference`.
    """

    environment: str
    agent: str
    score: str
    rival: str
    rival_score: str
    difference: str
    verdict: str


def headline(results: Results, best: str, rivals: list[str]) -> str:
    """Answers in one sentence whether the best agent beats the baselines.

    Args:
        results: The tables of the study.
        best: The best agent of the study.
        rivals: The baselines, the best first.
    """
    if not learners(results):
        return f"{best} is the best agent without access to hidden state."
    if not rivals:
        return f"{best} is the best learned agent; there is no baseline to compare it with."
    won, lost = _environments_won(results, best, rivals)
    if won and lost:
        return (
            f"The best learned agent, {best}, beats every baseline on {join_words(won)}, "
            f"but not on {join_words(lost, 'or')}."
        )
    beaten = [rival for rival in rivals if _beats(paired_differences(results, best, rival))]
    rest = [rival for rival in rivals if rival not in beaten]
    if not beaten:
        return (
            "No learned agent beats the baselines: "
            f"the best of them, {best}, is not shown to beat {join_words(rest[:SPELT_OUT], 'or')}."
        )
    if not rest:
        return f"The best learned agent, {best}, beats every baseline: {join_words(beaten)}."
    named = join_words(beaten) if len(beaten) <= SPELT_OUT else f"{len(beaten)} of {len(rivals)} baselines"
    return (
        f"The best learned agent, {best}, beats {named}, but is not shown to beat {join_words(rest, 'or')}."
    )


def environment_verdicts(results: Results, study: StudyConfig, best: str) -> list[EnvironmentVerdict]:
    """Compares the best agent with the best baseline of each environment, if there are several."""
    rivals = [agent for agent in baselines(results) if agent != best]
    if len(study.environments) == 1 or not rivals:
        return []
    met = {row["environment"] for rival in rivals for row in paired_differences(results, best, rival)}
    labels = [environment.label for environment in study.environments]
    return [_environment_verdict(results, label, best, rivals) for label in labels if label in met]


def _environment_verdict(
    results: Results, environment: str, best: str, rivals: list[str]
) -> EnvironmentVerdict:
    """Compares the best agent with the best baseline of one environment."""
    rows = results.scores[results.scores["environment"] == environment].to_dict("records")
    scores = {row["agent"]: row for row in rows}
    rival = max((agent for agent in rivals if agent in scores), key=lambda agent: scores[agent]["score"])
    pairs = paired_differences(results, best, rival)
    (row,) = (row for row in pairs if row["environment"] == environment)
    verdict = "better" if row["low"] > 0 else "worse" if row["high"] < 0 else "no clear difference"
    own, theirs = (
        f"{number(scores[agent]['score'])} {format_interval(scores[agent]['low'], scores[agent]['high'])}"
        for agent in (best, rival)
    )
    return EnvironmentVerdict(environment, best, own, rival, theirs, difference_text(row), verdict)


def _environments_won(results: Results, best: str, rivals: list[str]) -> tuple[list[str], list[str]]:
    """Returns the environments in which an agent beats all rivals, and those in which it does not."""
    won: dict[str, bool] = {}
    for rival in rivals:
        for row in paired_differences(results, best, rival):
            won[row["environment"]] = won.get(row["environment"], True) and row["low"] > 0
    return [name for name, all_beaten in won.items() if all_beaten], [n for n, yes in won.items() if not yes]


def _beats(rows: list[dict[str, Any]]) -> bool:
    """Whether an agent is better in every environment that both have met."""
    return bool(rows) and all(row["low"] > 0 for row in rows)

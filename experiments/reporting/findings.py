"""The findings of a study in words: which agent is best, by how much, how certain that is, where it loses."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from segue.envs.core.step_result import UTILITY
from segue.experiments.analysis.agent_roles import baselines, best_agent, oracles, ranked, references
from segue.experiments.formatting import format_interval, join_words, number, per_cent, signed
from segue.experiments.reporting.pairs import difference_text, paired_differences, place_text
from segue.experiments.reporting.verdicts import (
    SPELT_OUT,
    EnvironmentVerdict,
    environment_verdicts,
    headline,
)
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

ENOUGH_SEEDS = 10
"""With fewer training seeds than this the report warns against claims."""


@dataclass(frozen=True)
class Findings:
    """The head of a report.

    Attributes:
        headline: The answer in one sentence.
        verdicts: The answer by environment, if there are several and a baseline to compare with.
        details: By how much and how sure, then where the best agent loses.
        warnings: What limits the conclusions.
    """

    headline: str
    verdicts: list[EnvironmentVerdict] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def findings(results: Results, study: StudyConfig) -> Findings:
    """Puts the tables of a study into words.

    Args:
        results: The tables of the study.
        study: The study.

    Returns:
        The head of its report.
    """
    best = best_agent(results)
    rivals = [agent for agent in ranked(results, baselines(results)) if agent != best]
    details = [_score(results, study, best)]
    if len(study.environments) == 1 or not rivals:
        details += [_comparison(results, best, rival) for rival in rivals[:SPELT_OUT]]
    details += _not_shown(results, best, rivals) + _trailed(results, study, best)
    details += _listeners_lost(results, best, rivals) + _groups_lost(results, study, best)
    details += _order(results, best)
    verdicts = environment_verdicts(results, study, best)
    return Findings(headline(results, best, rivals), verdicts, details, _warnings(results))


def _score(results: Results, study: StudyConfig, agent: str) -> str:
    """States the normalised score, over all environments if there are several."""
    row = results.scores[results.scores["agent"] == agent].iloc[-1]
    where = f" over the {len(study.environments)} environments" if len(study.environments) > 1 else ""
    score = f"{number(row['score'])} {format_interval(row['low'], row['high'])}".strip()
    scale = f"0 is {study.evaluation.lower} and 1 is {study.evaluation.upper}"
    return f"Its normalised score{where} is {score}, where {scale} (95 % interval in brackets)."


def _comparison(results: Results, agent: str, rival: str) -> str:
    """States the paired difference from one rival, and how sure it is."""
    rows, parts = paired_differences(results, agent, rival), []
    for row in rows:
        side = "is above 0" if row["low"] > 0 else "is below 0" if row["high"] < 0 else "includes 0"
        parts.append(f"{difference_text(row)}{place_text(row, rows)} (the interval {side})")
    return f"Difference in return per session from {rival}, on the same listeners: {join_words(parts)}."


def _not_shown(results: Results, agent: str, rivals: list[str]) -> list[str]:
    """States which baselines an agent is not shown to beat, by environment."""
    unbeaten: dict[str, list[str]] = {}
    for rival in rivals:
        for row in paired_differences(results, agent, rival):
            if row["low"] <= 0:
                unbeaten.setdefault(str(row["environment"]), []).append(rival)
    if not unbeaten:
        return []
    several = results.differences["environment"].nunique() > 1
    places = {name: f" ({name})" if several else "" for name in unbeaten}
    parts = [f"{join_words(others, 'or')}{places[name]}" for name, others in unbeaten.items()]
    return [f"It is not shown to beat {'; '.join(parts)}."]


def _trailed(results: Results, study: StudyConfig, agent: str) -> list[str]:
    """States how far an agent trails the best reference and the upper anchor."""
    knows = dict.fromkeys(ranked(results, references(results))[:1], "knows the listener population")
    if study.evaluation.upper in oracles(results):
        knows[study.evaluation.upper] = "sees the hidden listener"
    sentences = []
    for other, known in knows.items():
        rows = paired_differences(results, agent, other)
        if any(row["difference"] < 0 for row in rows):
            differences = join_words(difference_text(row) + place_text(row, rows) for row in rows)
            sentences.append(f"It trails {other}, which {known}: {differences}.")
    return sentences


def _listeners_lost(results: Results, agent: str, rivals: list[str]) -> list[str]:
    """States for which share of the listeners the best baseline does better, and in which term."""
    wins = [row["sessions_won"] for row in paired_differences(results, agent, rivals[0])] if rivals else []
    if not wins:
        return []
    lost = per_cent(1.0 - sum(wins) / len(wins))
    sentence = f"The best baseline, {rivals[0]}, does better for {lost} of the listeners."
    return [sentence, *_worst_term(results.episodes, agent, rivals)]


def _groups_lost(results: Results, study: StudyConfig, agent: str) -> list[str]:
    """Names the groups of listeners for whom an agent is worse than the lower anchor."""
    if results.groups.empty:
        return []
    rows = results.groups[results.groups["agent"] == agent].to_dict("records")
    lost = [f"{row['group']}{place_text(row, rows)} ({difference_text(row)})" for row in rows if row["worse"]]
    lower = study.evaluation.lower
    if not lost:
        return [f"{agent} is not shown to be worse than {lower} for any group of listeners."]
    return [f"{agent} is worse than {lower} for these groups of listeners: {join_words(lost)}."]


def _order(results: Results, agent: str) -> list[str]:
    """States the gain and the regret of an agent's order, apart from its choice of tracks."""
    if results.order.empty:
        return []
    rows = results.order[results.order["agent"] == agent].to_dict("records")
    if not rows:
        return []
    gains = [
        f"{signed(row['gain'])} {format_interval(row['gain_low'], row['gain_high'])}{place_text(row, rows)}"
        for row in rows
    ]
    regrets = [
        f"{number(row['regret'])} {format_interval(row['regret_low'], row['regret_high'])}"
        f"{place_text(row, rows)}"
        for row in rows
    ]
    return [
        f"The order of {agent} gains {join_words(gains)} in return per session over a random order of the "
        f"same tracks; the best order found would add another {join_words(regrets)}."
    ]


def _worst_term(episodes: pd.DataFrame, agent: str, rivals: list[str]) -> list[str]:
    """Names the term in which a baseline is furthest ahead, if there is one."""
    terms = [str(name) for name in episodes if str(name).startswith(UTILITY) and name != f"{UTILITY}bias"]
    groups = episodes.groupby("agent")[terms].mean().to_dict("index")
    means = {
        (str(name), str(term)): float(mean) for name, row in groups.items() for term, mean in row.items()
    }
    ahead = [(means[rival, term] - means[agent, term], rival, term) for rival in rivals for term in terms]
    most, rival, term = max(ahead, default=(0.0, "", ""))
    if most <= 0:
        return []
    own, theirs, name = means[agent, term], means[rival, term], term.removeprefix(UTILITY)
    return [
        f"{agent} loses most in the term “{name}”: "
        f"{signed(own)} per track, against {signed(theirs)} for {rival}."
    ]


def _warnings(results: Results) -> list[str]:
    """States what limits the conclusions."""
    warnings = []
    seeds = results.runs[results.runs["learned"]].groupby("agent")["seed"].nunique()
    few = seeds[seeds < ENOUGH_SEEDS]
    if not few.empty:
        counts = f"{few.min()}" if few.min() == few.max() else f"{few.min()} to {few.max()}"
        whose = "" if len(few) == len(seeds) else f" of {join_words(few.index)}"
        warnings.append(
            f"Only {counts} training seeds{whose}: intervals over so few seeds are too narrow. "
            f"Use at least {ENOUGH_SEEDS} before making claims."
        )
    if results.runs["revision"].nunique() > 1:
        warnings.append("The runs were made by different revisions of the code.")
    if results.runs["dirty"].any():
        warnings.append("Some runs were made by code that differs from the recorded revision.")
    return warnings

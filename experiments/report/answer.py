"""The answer of a study in words: which agent, by how much, how sure, and where it loses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from segue.experiments.config import StudyConfig
from segue.experiments.results import Results
from segue.experiments.subjects import baselines, learners, oracles, ranked
from segue.experiments.words import listed, number, per_cent, signed, span

ENOUGH_SEEDS = 10
"""Fewer training seeds than this are too few to claim anything."""


@dataclass(frozen=True)
class Answer:
    """The first lines of a report.

    Attributes:
        headline: The answer in one sentence.
        details: By how much and how sure, then where it loses.
        warnings: What a reader has to know before believing it.
    """

    headline: str
    details: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def answer(results: Results, study: StudyConfig) -> Answer:
    """Puts the tables of a study into words.

    Args:
        results: The tables of the study.
        study: The study.

    Returns:
        The first lines of its report.
    """
    learned, plain = ranked(results, learners(results)), ranked(results, baselines(results))
    # An agent that learned comes first: whether it beats the simple ones is what a study asks.
    best = (learned or plain or ranked(results, oracles(results)))[0]
    rivals = [agent for agent in plain if agent != best]
    headline = f"{best} is the best agent that sees no hidden state."
    if learned:
        headline = _verdict(results, best, rivals)
    details = [_score(results, study, best)]
    details += [_comparison(results, best, rival) for rival in rivals]
    details += _losses(results, best, rivals)
    return Answer(headline, details, _warnings(results))


def records(results: Results, agent: str, other: str) -> list[dict[str, Any]]:
    """Rows of the paired differences of two agents, one an environment."""
    table = results.differences
    rows = table[(table["agent"] == agent) & (table["other"] == other)]
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def _verdict(results: Results, best: str, rivals: list[str]) -> str:
    """Says whether the best learned agent beats the simple ones, in every environment."""
    if not rivals:
        return f"{best} is the best learned agent; there is no simple agent to compare it with."
    beaten = [rival for rival in rivals if all(row["low"] > 0 for row in records(results, best, rival))]
    rest = [rival for rival in rivals if rival not in beaten]
    if not beaten:
        return (
            "No learned agent beats the simple ones: "
            f"the best of them, {best}, is not shown to beat {listed(rest, 'or')}."
        )
    if rest:
        not_shown = f"but is not shown to beat {listed(rest, 'or')}"
        return f"The best learned agent, {best}, beats {listed(beaten)}, {not_shown}."
    return f"The best learned agent, {best}, beats every simple agent: {listed(beaten)}."


def _score(results: Results, study: StudyConfig, agent: str) -> str:
    """States the normalised score in each environment."""
    rows = results.scores[results.scores["agent"] == agent].to_dict("records")
    scores = []
    for row in rows:
        score = f"{number(row['score'])} {span(row['low'], row['high'])}".strip()
        scores.append(score + _where(row, rows))
    scale = f"0 is {study.evaluation.lower}, 1 is {study.evaluation.upper}"
    return f"Its normalised score is {listed(scores)}, where {scale}; in brackets the 95 % interval."


def _comparison(results: Results, agent: str, rival: str) -> str:
    """States the paired difference from one rival, and how sure it is."""
    rows, parts = records(results, agent, rival), []
    for row in rows:
        side = "is above 0" if row["low"] > 0 else "is below 0" if row["high"] < 0 else "includes 0"
        parts.append(f"{_difference(row)}{_where(row, rows)} (the interval {side})")
    return f"Return a session against {rival}, on the same listeners: {listed(parts)}."


def _difference(row: dict[str, Any]) -> str:
    return f"{signed(row['difference'])} {span(row['low'], row['high'])}".strip()


def _where(row: dict[Any, Any], rows: list[dict[Any, Any]]) -> str:
    return f" on {row['environment']}" if len(rows) > 1 else ""


def _losses(results: Results, agent: str, rivals: list[str]) -> list[str]:
    """Says where an agent loses: to whom, for which share of the listeners, and in which term."""
    said = []
    for other in oracles(results):
        rows = records(results, agent, other)
        if any(row["difference"] < 0 for row in rows):
            behind = listed(_difference(row) + _where(row, rows) for row in rows)
            said.append(f"It stays behind {other}, which sees the hidden listener: {behind}.")
    if rivals:
        wins = [row["sessions_won"] for row in records(results, agent, rivals[0])]
        lost = per_cent(1.0 - sum(wins) / len(wins))
        said.append(f"For {lost} of the listeners the best simple agent, {rivals[0]}, does better.")
        said += _worst_term(results.episodes, agent, rivals)
    return said


def _worst_term(episodes: pd.DataFrame, agent: str, rivals: list[str]) -> list[str]:
    """Names the term in which a rival is furthest ahead, if there is one."""
    terms = [str(name) for name in episodes if str(name).startswith("reward_") and name != "reward_bias"]
    groups = episodes.groupby("agent")[terms].mean().to_dict("index")
    means = {
        (str(name), str(term)): float(mean) for name, row in groups.items() for term, mean in row.items()
    }
    ahead = [(means[rival, term] - means[agent, term], rival, term) for rival in rivals for term in terms]
    most, rival, term = max(ahead, default=(0.0, "", ""))
    if most <= 0:
        return []
    own, theirs, name = means[agent, term], means[rival, term], term.removeprefix("reward_")
    both = f"{signed(own)} a track, against {signed(theirs)} with {rival}"
    return [f"It loses most in the term “{name}”: {both}."]


def _warnings(results: Results) -> list[str]:
    """What limits the conclusions."""
    said = []
    seeds = results.runs[results.runs["learned"]].groupby("agent")["seed"].nunique()
    few = seeds[seeds < ENOUGH_SEEDS]
    if not few.empty:
        counts = f"{few.min()}" if few.min() == few.max() else f"{few.min()} to {few.max()}"
        said.append(
            f"Only {counts} training seeds: intervals over so few are too narrow. "
            f"Use at least {ENOUGH_SEEDS} for anything that you claim."
        )
    if results.runs["revision"].nunique() > 1:
        said.append("The runs were made by different revisions of the code.")
    if results.runs["dirty"].any():
        said.append("Some runs were made by code that differs from the recorded revision.")
    return said

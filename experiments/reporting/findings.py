"""The answer of a study in words: which agent, by how much, how sure, and where it loses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from segue.experiments.analysis.agent_roles import (
    baselines,
    best_agent,
    learners,
    oracles,
    ranked,
    upper_bounds,
)
from segue.experiments.formatting import format_interval, join_words, number, per_cent, signed
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

ENOUGH_SEEDS = 10
"""Fewer training seeds than this are too few to claim anything."""
SPELT_OUT = 4
"""Of more simple agents than this the headline gives the number, and the details the best few."""


@dataclass(frozen=True)
class EnvironmentVerdict:
    """One environment at a glance: the best agent against the best rule there.

    Attributes:
        environment: Label of the environment.
        agent: The agent that the study is about.
        score: Its normalised score with the interval.
        rival: The rule with the highest score there.
        rival_score: The score of that rule with the interval.
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


@dataclass(frozen=True)
class Findings:
    """The first lines of a report.

    Attributes:
        headline: The answer in one sentence.
        glances: The answer by environment, where there are several and a rule to compare with.
        details: By how much and how sure, then where it loses.
        warnings: What a reader has to know before believing it.
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
        The first lines of its report.
    """
    best = best_agent(results)
    rivals = [agent for agent in ranked(results, baselines(results)) if agent != best]
    headline = f"{best} is the best agent that sees no hidden state."
    if learners(results):
        headline = _verdict(results, best, rivals)
    details = [_score(results, study, best)]
    if len(study.environments) == 1 or not rivals:
        details += [_comparison(results, best, rival) for rival in rivals[:SPELT_OUT]]
    details += _not_won(results, best, rivals) + _behind(results, study, best)
    details += _listeners_lost(results, best, rivals) + _groups_lost(results, study, best)
    details += _order(results, best)
    return Findings(headline, _environment_verdicts(results, study, best), details, _warnings(results))


def records(results: Results, agent: str, other: str) -> list[dict[str, Any]]:
    """Rows of the paired differences of two agents, one an environment."""
    table = results.differences
    rows = table[(table["agent"] == agent) & (table["other"] == other)]
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def _verdict(results: Results, best: str, rivals: list[str]) -> str:
    """Says whether the best learned agent beats the simple ones, in every environment."""
    if not rivals:
        return f"{best} is the best learned agent; there is no simple agent to compare it with."
    conquered, lost = _environments_won(results, best, rivals)
    if conquered and lost:
        return (
            f"The best learned agent, {best}, beats every simple agent on {join_words(conquered)}, "
            f"but not on {join_words(lost, 'or')}."
        )
    beaten = [rival for rival in rivals if _beats(records(results, best, rival))]
    rest = [rival for rival in rivals if rival not in beaten]
    if not beaten:
        return (
            "No learned agent beats the simple ones: "
            f"the best of them, {best}, is not shown to beat {join_words(rest[:SPELT_OUT], 'or')}."
        )
    won = join_words(beaten) if len(beaten) <= SPELT_OUT else f"{len(beaten)} of {len(rivals)} simple agents"
    if rest:
        return (
            f"The best learned agent, {best}, beats {won}, but is not shown to beat {join_words(rest, 'or')}."
        )
    return f"The best learned agent, {best}, beats every simple agent: {join_words(beaten)}."


def _environments_won(results: Results, best: str, rivals: list[str]) -> tuple[list[str], list[str]]:
    """Environments in which an agent beats every rival that is there, and those in which it does not."""
    won: dict[str, bool] = {}
    for rival in rivals:
        for row in records(results, best, rival):
            won[row["environment"]] = won.get(row["environment"], True) and row["low"] > 0
    return [name for name, all_beaten in won.items() if all_beaten], [n for n, yes in won.items() if not yes]


def _beats(rows: list[dict[str, Any]]) -> bool:
    """Whether an agent is better on every environment that both have met."""
    return bool(rows) and all(row["low"] > 0 for row in rows)


def _environment_verdicts(results: Results, study: StudyConfig, best: str) -> list[EnvironmentVerdict]:
    """Holds the best agent against the best rule of each environment."""
    rules = [agent for agent in baselines(results) if agent != best]
    if len(study.environments) == 1 or not rules:
        return []
    met = {row["environment"] for rule in rules for row in records(results, best, rule)}
    labels = [environment.label for environment in study.environments]
    return [_environment_verdict(results, label, best, rules) for label in labels if label in met]


def _environment_verdict(
    results: Results, environment: str, best: str, rules: list[str]
) -> EnvironmentVerdict:
    """Holds the best agent against the best rule of one environment."""
    rows = results.scores[results.scores["environment"] == environment].to_dict("records")
    scores = {row["agent"]: row for row in rows}
    rival = max((rule for rule in rules if rule in scores), key=lambda rule: scores[rule]["score"])
    (row,) = (row for row in records(results, best, rival) if row["environment"] == environment)
    verdict = "better" if row["low"] > 0 else "worse" if row["high"] < 0 else "no clear difference"
    own, theirs = (
        f"{number(scores[agent]['score'])} {format_interval(scores[agent]['low'], scores[agent]['high'])}"
        for agent in (best, rival)
    )
    return EnvironmentVerdict(environment, best, own, rival, theirs, _difference(row), verdict)


def _score(results: Results, study: StudyConfig, agent: str) -> str:
    """States the normalised score, over all environments where there are several."""
    row = results.scores[results.scores["agent"] == agent].iloc[-1]
    where = f" over the {len(study.environments)} environments" if len(study.environments) > 1 else ""
    score = f"{number(row['score'])} {format_interval(row['low'], row['high'])}".strip()
    scale = f"0 is {study.evaluation.lower}, 1 is {study.evaluation.upper}"
    return f"Its normalised score{where} is {score}, where {scale}; in brackets the 95 % interval."


def _comparison(results: Results, agent: str, rival: str) -> str:
    """States the paired difference from one rival, and how sure it is."""
    rows, parts = records(results, agent, rival), []
    for row in rows:
        side = "is above 0" if row["low"] > 0 else "is below 0" if row["high"] < 0 else "includes 0"
        parts.append(f"{_difference(row)}{_where(row, rows)} (the interval {side})")
    return f"Return a session against {rival}, on the same listeners: {join_words(parts)}."


def _difference(row: dict[Any, Any]) -> str:
    return f"{signed(row['difference'])} {format_interval(row['low'], row['high'])}".strip()


def _where(row: dict[Any, Any], rows: list[dict[Any, Any]]) -> str:
    several = len({other["environment"] for other in rows}) > 1
    return f" on {row['environment']}" if several else ""


def _not_won(results: Results, agent: str, rivals: list[str]) -> list[str]:
    """Says where an agent is not shown to beat a rule, by environment."""
    open_: dict[str, list[str]] = {}
    for rival in rivals:
        for row in records(results, agent, rival):
            if row["low"] <= 0:
                open_.setdefault(str(row["environment"]), []).append(rival)
    if not open_:
        return []
    several = results.differences["environment"].nunique() > 1
    places = {name: f" ({name})" if several else "" for name in open_}
    parts = [f"{join_words(others, 'or')}{places[name]}" for name, others in open_.items()]
    return [f"It is not shown to beat {'; '.join(parts)}."]


def _behind(results: Results, study: StudyConfig, agent: str) -> list[str]:
    """Says how far an agent stays behind the best ceiling and the upper anchor."""
    reasons = dict.fromkeys(ranked(results, upper_bounds(results))[:1], "which knows how listeners are drawn")
    if study.evaluation.upper in oracles(results):
        reasons[study.evaluation.upper] = "which sees the hidden listener"
    said = []
    for other, reason in reasons.items():
        rows = records(results, agent, other)
        if any(row["difference"] < 0 for row in rows):
            behind = join_words(_difference(row) + _where(row, rows) for row in rows)
            said.append(f"It stays behind {other}, {reason}: {behind}.")
    return said


def _listeners_lost(results: Results, agent: str, rivals: list[str]) -> list[str]:
    """Says for which share of the listeners a rule does better, and in which term."""
    wins = [row["sessions_won"] for row in records(results, agent, rivals[0])] if rivals else []
    if not wins:
        return []
    lost = per_cent(1.0 - sum(wins) / len(wins))
    said = f"For {lost} of the listeners the best simple agent, {rivals[0]}, does better."
    return [said, *_worst_term(results.episodes, agent, rivals)]


def _groups_lost(results: Results, study: StudyConfig, agent: str) -> list[str]:
    """Names the groups of listeners for whom an agent is worse than the lower anchor."""
    if results.groups.empty:
        return []
    rows = results.groups[results.groups["agent"] == agent].to_dict("records")
    lost = [f"{row['group']}{_where(row, rows)} ({_difference(row)})" for row in rows if row["worse"]]
    lower = study.evaluation.lower
    if not lost:
        return [f"There is no group of listeners for whom it is shown to be worse than {lower}."]
    return [f"It is worse than {lower} for these groups of listeners: {join_words(lost)}."]


def _order(results: Results, agent: str) -> list[str]:
    """Says what an agent's order is worth, apart from its choice of tracks."""
    if results.order.empty:
        return []
    rows = results.order[results.order["agent"] == agent].to_dict("records")
    gains = [
        f"{signed(row['gain'])} {format_interval(row['gain_low'], row['gain_high'])}{_where(row, rows)}"
        for row in rows
    ]
    regrets = [
        f"{number(row['regret'])} {format_interval(row['regret_low'], row['regret_high'])}{_where(row, rows)}"
        for row in rows
    ]
    if not rows:
        return []
    return [
        f"Its order, rather than a random one of the same tracks, is worth {join_words(gains)} a session; "
        f"the best order would be worth another {join_words(regrets)}."
    ]


def _worst_term(episodes: pd.DataFrame, agent: str, rivals: list[str]) -> list[str]:
    """Names the term in which a rival is furthest ahead, if there is one."""
    terms = [str(name) for name in episodes if str(name).startswith("utility_") and name != "utility_bias"]
    groups = episodes.groupby("agent")[terms].mean().to_dict("index")
    means = {
        (str(name), str(term)): float(mean) for name, row in groups.items() for term, mean in row.items()
    }
    ahead = [(means[rival, term] - means[agent, term], rival, term) for rival in rivals for term in terms]
    most, rival, term = max(ahead, default=(0.0, "", ""))
    if most <= 0:
        return []
    own, theirs, name = means[agent, term], means[rival, term], term.removeprefix("utility_")
    both = f"{signed(own)} a track, against {signed(theirs)} with {rival}"
    return [f"It loses most in the term “{name}”: {both}."]


def _warnings(results: Results) -> list[str]:
    """What limits the conclusions."""
    said = []
    seeds = results.runs[results.runs["learned"]].groupby("agent")["seed"].nunique()
    few = seeds[seeds < ENOUGH_SEEDS]
    if not few.empty:
        counts = f"{few.min()}" if few.min() == few.max() else f"{few.min()} to {few.max()}"
        whose = "" if len(few) == len(seeds) else f" of {join_words(few.index)}"
        said.append(
            f"Only {counts} training seeds{whose}: intervals over so few are too narrow. "
            f"Use at least {ENOUGH_SEEDS} for anything that you claim."
        )
    if results.runs["revision"].nunique() > 1:
        said.append("The runs were made by different revisions of the code.")
    if results.runs["dirty"].any():
        said.append("Some runs were made by code that differs from the recorded revision.")
    return said

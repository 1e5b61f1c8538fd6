"""The findings of a study in words: which agent is best, by how much, how certain that is, where it loses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from segue.experiments.analysis.agent_roles import (
    baselines,
    best_agent,
    best_baselines,
    chosen,
    oracles,
    references,
)
from segue.experiments.analysis.statistics.runs import ALL
from segue.experiments.formatting import format_interval, join_labels, join_words, number, quoted, signed
from segue.experiments.reporting.losses import groups_lost, listeners_lost, worst_term
from segue.experiments.reporting.pairs import (
    by_side,
    compared,
    difference_text,
    paired_differences,
    place_text,
    side,
)
from segue.experiments.reporting.verdicts import (
    SPELT_OUT,
    EnvironmentVerdict,
    environment_verdicts,
    headline,
    peers_of,
    where_chosen,
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
    rivals = chosen(results, [agent for agent in baselines(results) if agent != best])
    details = [_score(results, study, best), *_told_apart(results, best)]
    if len(study.environments) == 1 or not rivals:
        details += [text for rival in rivals[:SPELT_OUT] for text in _comparison(results, best, rival)]
    details += _not_shown(results, best, rivals) + _trailed(results, study, best)
    details += listeners_lost(results, best) + worst_term(results, best, best_baselines(results, best))
    details += groups_lost(results, study, best) + _order(results, best)
    verdicts = environment_verdicts(results, study, best)
    return Findings(headline(results, best, rivals), verdicts, details, _warnings(results, study))


def _score(results: Results, study: StudyConfig, agent: str) -> str:
    """States the normalised score, over all environments if there are several."""
    row = results.scores[results.scores["agent"] == agent].iloc[-1]
    where = f" on {quoted(row['environment'])}" if len(study.environments) > 1 else ""
    if row["environment"] == ALL:
        where = f", the mean of the {len(study.environments)} environments,"
    score = f"{number(row['score'])} {format_interval(row['low'], row['high'])}".strip()
    scale = f"0 is {quoted(study.evaluation.lower)} and 1 is {quoted(study.evaluation.upper)}"
    if row["seeds"] == 1:
        return f"Its normalised score{where} is {score} in its one run, where {scale}."
    kind = f"{row['statistic']} over {row['seeds']} runs"
    return f"Its normalised score{where} is {score}, where {scale} ({kind}; 95 % interval in brackets)."


def _told_apart(results: Results, best: str) -> list[str]:
    """States by how much the best agent differs from those that it is not shown to score above."""
    peers = peers_of(results, best)
    parts = [
        f"{difference_text(row)} from {quoted(other)}"
        for other in [*peers.alike, *peers.ahead]
        for row in compared(results, best, other)
        if row["unit"] == "score"
    ]
    unknown = []
    if peers.apart:
        apart = join_labels(peers.apart)
        unknown = [f"{apart} cannot be compared with {quoted(best)}: they lack two runs in common."]
    if not parts:
        return unknown
    return [
        *unknown,
        f"The difference in score of {quoted(best)}, which did best {where_chosen(results, best)}, is "
        f"{join_words(parts)}.",
    ]


def _comparison(results: Results, agent: str, rival: str) -> list[str]:
    """States the paired difference from one rival, and how sure it is."""
    rows = [row for row in compared(results, agent, rival) if row["unit"] == "return"]
    words = {"above": "is above 0", "below": "is below 0", "undecided": "includes 0"}
    parts = [
        f"{difference_text(row)}{place_text(row, rows)}"
        + (f" (the interval {words[side(row)]})" if row["runs"] > 1 else " (one run)")
        for row in rows
    ]
    if not parts:
        return []
    start = f"Difference in return per session from {quoted(rival)}, on the same listeners"
    return [f"{start}: {join_words(parts)}."]


def _not_shown(results: Results, agent: str, rivals: list[str]) -> list[str]:
    """States which baselines an agent is not shown to beat, by environment."""
    unbeaten: dict[str, list[str]] = {}
    for rival in rivals:
        for row in compared(results, agent, rival):
            if row["unit"] == "return" and side(row) != "above":
                unbeaten.setdefault(str(row["environment"]), []).append(rival)
    if not unbeaten:
        return []
    several = results.differences["environment"].nunique() > 1
    places = {name: f" ({name})" if several else "" for name in unbeaten}
    parts = [f"{join_labels(others, 'or')}{places[name]}" for name, others in unbeaten.items()]
    return [f"It is not shown to beat {'; '.join(parts)}."]


def _trailed(results: Results, study: StudyConfig, agent: str) -> list[str]:
    """States how far an agent trails the best reference and the upper anchor, or that it does not."""
    knows = dict.fromkeys(chosen(results, references(results))[:1], "knows the listener population")
    if study.evaluation.upper in oracles(results):
        knows[study.evaluation.upper] = "sees the hidden listener"
    starts = {
        "below": "It trails {}, which {}",
        "above": "It is ahead of {}, which {}",
        "undecided": "It is not shown to differ from {}, which {}",
    }
    sentences = []
    for other, known in knows.items():
        rows = compared(results, agent, other) or paired_differences(results, agent, other)
        for where, differences in by_side(rows).items():
            sentences.append(f"{starts[where].format(quoted(other), known)}: {differences}.")
    return sentences


def _order(results: Results, agent: str) -> list[str]:
    """States the gain and the regret of an agent's order, apart from its choice of tracks."""
    if results.order.empty:
        return []
    rows = results.order[results.order["agent"] == agent].to_dict("records")
    gains: dict[str, list[str]] = {}
    for row in rows:
        found = {"difference": row["gain"], "low": row["gain_low"], "high": row["gain_high"]}
        text = f"{signed(row['gain'])} {format_interval(row['gain_low'], row['gain_high'])}".strip()
        gains.setdefault(side(found), []).append(text + place_text(row, rows))
    verbs = {
        "above": "gains {} in return per session over a random order of the same tracks",
        "below": "loses {} in return per session against a random order of the same tracks",
        "undecided": "is not shown to gain or lose against a random order of the same tracks: {}",
    }
    sentences = [
        f"The order of {quoted(agent)} {verbs[where].format(join_words(texts))} ({_sessions(rows)})."
        for where, texts in gains.items()
    ]
    regrets = [_regret(row, rows) for row in rows]
    bound = f"A bound from search on what a better order would add is {join_words(regrets)}."
    return [*sentences, bound] if rows else []


def _sessions(rows: list[dict[Any, Any]]) -> str:
    """States on how many sessions the numbers about the order rest."""
    texts = []
    for row in rows:
        left_out = row["without_order"]
        more = f", {left_out} more with a single track left out" if left_out else ""
        texts.append(f"{row['sessions']}{place_text(row, rows)}{more}")
    return f"sessions: {'; '.join(texts)}"


def _regret(row: dict[Any, Any], rows: list[dict[Any, Any]]) -> str:
    interval = format_interval(row["regret_low"], row["regret_high"])
    return f"{number(row['regret'])} {interval}".strip() + place_text(row, rows)


def _warnings(results: Results, study: StudyConfig) -> list[str]:
    """States what limits the conclusions."""
    warnings = []
    seeds = results.runs.groupby("agent")["seed"].nunique()
    if seeds.max() == 1:
        warnings.append("One run per agent: there are no intervals. Use at least 10 training seeds.")
    few = seeds[seeds.index.isin(results.runs.loc[results.runs["learned"], "agent"].unique())]
    all_learned, few = len(few), few[few < ENOUGH_SEEDS]
    if not few.empty and seeds.max() > 1:
        counts = f"{few.min()}" if few.min() == few.max() else f"{few.min()} to {few.max()}"
        whose = "" if len(few) == all_learned else f" of {join_labels(map(str, few.index))}"
        one = " One run has no interval." if few.min() == 1 else ""
        warnings.append(
            f"Only {counts} training seeds{whose}: their intervals are wide, and a training that fails now "
            f"and then may not have been seen.{one} Use at least {ENOUGH_SEEDS} before making claims."
        )
    everywhere = [environment.label for environment in study.environments]
    fixed = [each.label for each in study.environments if study.test_split(each) is None]
    fixed = fixed if study.evaluation.split_per_run else everywhere
    if fixed:
        where = "" if fixed == everywhere else f" on {join_labels(fixed)}"
        warnings.append(
            f"All runs{where} play with the same tracks: the intervals say nothing about other tracks."
        )
    if results.runs["revision"].nunique() > 1:
        warnings.append("The runs were made by different revisions of the code.")
    if results.runs["dirty"].any():
        warnings.append("Some runs were made by code that differs from the recorded revision.")
    return warnings

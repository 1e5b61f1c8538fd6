"""Verdicts on the best agent: the headline, and one verdict per environment.

What they claim follows from `Results.comparisons`, whose intervals hold all at once, so that of twelve equal
agents none is called the best in more than 5 % of the reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from segue.experiments.analysis.agent_roles import baselines, best_baselines, contenders, learners
from segue.experiments.formatting import format_interval, join_words, number
from segue.experiments.reporting.pairs import compared, difference_text, side
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

SPELT_OUT = 4
"""Up to this many agents are named in a sentence; of more, it gives the number."""


@dataclass(frozen=True)
class EnvironmentVerdict:
    """The best agent against the best baseline of one environment.

    Attributes:
        environment: Label of the environment.
        agent: The best agent of the study.
        score: Its normalised score with the interval.
        rival: The baseline that does best in this environment, by validation.
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
    if results.runs["seed"].nunique() == 1:
        return "There is one run per agent: no agent is shown to be better than another."
    peers = indistinguishable(results, best)
    if not learners(results):
        return _without_learning(best, peers)
    if not rivals:
        return f"{_named(best, peers)}; there is no baseline to compare with."
    beaten = _beaten(results, best, rivals)
    if not beaten:
        return _none_beaten(results, best, peers, rivals)
    together = [peer for peer in peers if beaten <= _beaten(results, peer, rivals)]
    if peers and together != peers:
        claim = _claim(results, best, rivals, "s")
        return f"{_named(best, peers)}; {best}, the best {where_chosen(results)}, {claim}."
    subject = _subject([best, *peers])
    which = ", which cannot be told apart," if peers else ","
    word, ending = ("agents", "") if peers else ("agent", "s")
    return f"The best learned {word}, {subject}{which} {_claim(results, best, rivals, ending)}."


def where_chosen(results: Results) -> str:
    """Says by which sessions the best agent was chosen."""
    return "in the test" if results.validation_scores.empty else "in validation"


def indistinguishable(results: Results, best: str) -> list[str]:
    """Returns the contenders whose score is not shown to differ from that of the best one."""
    return [
        agent
        for agent in contenders(results)
        if agent != best and any(row["low"] <= 0 for row in _scores_apart(results, best, agent))
    ]


def _scores_apart(results: Results, agent: str, other: str) -> list[dict[str, Any]]:
    return [row for row in compared(results, agent, other) if row["unit"] == "score"]


def _without_learning(best: str, peers: list[str]) -> str:
    """Answers for a study in which nothing was learned."""
    if not peers:
        return f"{best} is the best agent without access to hidden state."
    return (
        f"The best agents without access to hidden state, {_subject([best, *peers])}, cannot be told apart."
    )


def _named(best: str, peers: list[str]) -> str:
    """Names the best learned agents."""
    if not peers:
        return f"The best learned agent is {best}"
    return f"The best learned agents, {_subject([best, *peers])}, cannot be told apart"


def _subject(agents: list[str]) -> str:
    """Joins the names of agents, or of the first and the number of the others."""
    if len(agents) <= SPELT_OUT:
        return join_words(agents)
    return f"{agents[0]} and {len(agents) - 1} others"


def _beaten(results: Results, agent: str, rivals: list[str]) -> set[tuple[str, str]]:
    """Returns the environments and rivals where an agent is shown to be better."""
    return {
        (str(row["environment"]), rival)
        for rival in rivals
        for row in compared(results, agent, rival)
        if row["unit"] == "return" and side(row) == "above"
    }


def _met(results: Results, agent: str, rivals: list[str]) -> set[tuple[str, str]]:
    """Returns the environments and rivals in which an agent is compared."""
    return {
        (str(row["environment"]), rival)
        for rival in rivals
        for row in compared(results, agent, rival)
        if row["unit"] == "return"
    }


def _none_beaten(results: Results, best: str, peers: list[str], rivals: list[str]) -> str:
    """Says that the best learned agents are not shown to beat any baseline."""
    some = any(_beaten(results, agent, rivals) for agent in learners(results))
    others = join_words(rivals, "or") if len(rivals) <= SPELT_OUT else f"any of the {len(rivals)} baselines"
    if some:
        return (
            f"{_named(best, peers)}; {best}, the best {where_chosen(results)}, is not shown to beat {others}."
        )
    return f"No learned agent is shown to beat any baseline; {best} did best {where_chosen(results)}."


def _claim(results: Results, agent: str, rivals: list[str], ending: str) -> str:
    """Says which baselines an agent beats, where it is shown to beat any.

    Args:
        results: The tables of the study.
        agent: The agent.
        rivals: The baselines.
        ending: That of the verb, `s` in the singular.
    """
    met, beaten = _met(results, agent, rivals), _beaten(results, agent, rivals)
    environments = list(dict.fromkeys(str(name) for name in results.scores["environment"]))
    where = [name for name in environments if any(place == name for place, _ in met)]
    won = [name for name in where if {pair for pair in met if pair[0] == name} <= beaten]
    everywhere = [rival for rival in rivals if {pair for pair in met if pair[1] == rival} <= beaten]
    not_shown = "is not shown to" if ending else "are not shown to"
    if won == where:
        named = join_words(everywhere) if len(everywhere) <= SPELT_OUT else f"all {len(everywhere)}"
        return f"beat{ending} every baseline: {named}"
    if won:
        lost = [name for name in where if name not in won]
        return (
            f"beat{ending} every baseline on {join_words(won)}, but {not_shown} on {join_words(lost, 'or')}"
        )
    if everywhere:
        rest = [rival for rival in rivals if rival not in everywhere]
        few = len(everywhere) <= SPELT_OUT
        named = join_words(everywhere) if few else f"{len(everywhere)} of {len(rivals)} baselines"
        return f"beat{ending} {named}, but {not_shown} beat {join_words(rest, 'or')}"
    places = [name for name in where if any(place == name for place, _ in beaten)]
    return f"beat{ending} some baselines on {join_words(places)}, but {not_shown} beat all of them anywhere"


def environment_verdicts(results: Results, study: StudyConfig, best: str) -> list[EnvironmentVerdict]:
    """Compares the best agent with the best baseline of each environment, if there are several."""
    if len(study.environments) == 1 or best in baselines(results):
        return []
    found = best_baselines(results, best)
    labels = [environment.label for environment in study.environments]
    return [_environment_verdict(results, label, best, found[label]) for label in labels if label in found]


def _environment_verdict(results: Results, environment: str, best: str, rival: str) -> EnvironmentVerdict:
    """Compares the best agent with the best baseline of one environment."""
    rows = results.scores[results.scores["environment"] == environment].to_dict("records")
    scores = {row["agent"]: row for row in rows}
    (row,) = (row for row in compared(results, best, rival) if row["environment"] == environment)
    verdict = {"above": "better", "below": "worse", "undecided": "no clear difference"}[side(row)]
    own, theirs = (
        f"{number(scores[agent]['score'])} {format_interval(scores[agent]['low'], scores[agent]['high'])}"
        for agent in (best, rival)
    )
    return EnvironmentVerdict(environment, best, own, rival, theirs, difference_text(row), verdict)

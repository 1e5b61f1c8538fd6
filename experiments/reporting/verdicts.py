"""Verdicts on the best agent: the headline, and one verdict per environment.

What they claim follows from `Results.comparisons`, whose intervals hold all at once, so that of twelve equal
agents none is called the best in more than 5 % of the reports.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from segue.experiments.analysis.agent_roles import (
    baselines,
    best_baselines,
    comparable_validation,
    contenders,
    learners,
)
from segue.experiments.formatting import counted, format_interval, join_labels, join_words, number, quoted
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


@dataclass(frozen=True)
class Peers:
    """How the other contenders compare with the best one, by their scores in the test.

    Attributes:
        alike: Not shown to differ from it.
        ahead: Shown to score higher, although it did best in validation.
        apart: Not compared with it, for want of two common runs.
    """

    alike: list[str]
    ahead: list[str]
    apart: list[str]


def headline(results: Results, best: str, rivals: list[str]) -> str:
    """Answers in one sentence whether the best agent beats the baselines.

    Args:
        results: The tables of the study.
        best: The best agent of the study.
        rivals: The baselines, the best first.
    """
    if results.runs["seed"].nunique() == 1:
        return "There is one run per agent: no agent is shown to be better than another."
    peers = peers_of(results, best)
    if not learners(results):
        return _without_learning(results, best, peers)
    ahead = f"; in the test, {_subject(results, peers.ahead)} scored higher" if peers.ahead else ""
    return f"{_against_baselines(results, best, peers, rivals)}{ahead}."


def _against_baselines(results: Results, best: str, peers: Peers, rivals: list[str]) -> str:
    """Says which baselines the best learned agents beat."""
    if not rivals:
        named = _did_best(results, best) if peers.ahead else _named(results, best, peers)
        return f"{named}; there is no baseline to compare with"
    beaten, met = _beaten(results, best, rivals), _met(results, best, rivals)
    if not beaten:
        return _none_beaten(results, best, peers, rivals)
    together = [
        peer
        for peer in peers.alike
        if beaten == _beaten(results, peer, rivals) and met == _met(results, peer, rivals)
    ]
    if peers.ahead or together != peers.alike:
        return f"{_chosen(results, best, peers)} {_claim(results, best, rivals, 's')}"
    which = ", which cannot be told apart," if together else ","
    word, ending = ("agents", "") if together else ("agent", "s")
    subject = f"The best {_compared(peers)}learned {word}, {_subject(results, [best, *together])}{which}"
    return f"{subject} {_claim(results, best, rivals, ending)}"


def where_chosen(results: Results, best: str) -> str:
    """Says by which sessions the best agent was chosen."""
    validated = comparable_validation(results, contenders(results))
    return "in validation" if best in validated else "in the test"


def peers_of(results: Results, best: str) -> Peers:
    """Divides the other contenders by how their score compares with that of the best one."""
    found: dict[str, list[str]] = {"below": [], "undecided": [], "above": [], "unknown": []}
    for agent in contenders(results):
        if agent != best:
            rows = [row for row in compared(results, best, agent) if row["unit"] == "score"]
            known = bool(rows) and not math.isnan(rows[0]["low"])
            found[side(rows[0]) if known else "unknown"].append(agent)
    return Peers(found["undecided"], found["below"], found["unknown"])


def _without_learning(results: Results, best: str, peers: Peers) -> str:
    """Answers for a study in which nothing was learned."""
    if best not in baselines(results):
        return f"There is neither a learned agent nor a baseline; {quoted(best)} did best."
    if peers.ahead:
        ahead = _subject(results, peers.ahead)
        return f"{quoted(best)} is the best baseline in validation; in the test, {ahead} scored higher."
    if not peers.alike:
        return f"{quoted(best)} is the best {_compared(peers)}baseline."
    subject = _subject(results, [best, *peers.alike])
    return f"The best {_compared(peers)}baselines, {subject}, cannot be told apart."


def _named(results: Results, best: str, peers: Peers) -> str:
    """Names the best learned agents."""
    if not peers.alike:
        return f"The best {_compared(peers)}learned agent is {quoted(best)}"
    subject = _subject(results, [best, *peers.alike])
    return f"The best {_compared(peers)}learned agents, {subject}, cannot be told apart"


def _chosen(results: Results, best: str, peers: Peers) -> str:
    """Names the best learned agents, and ends with the one of which a verb can follow."""
    where = where_chosen(results, best)
    if peers.ahead:
        return f"{quoted(best)}, the learned agent that did best {where},"
    return f"{_named(results, best, peers)}; {quoted(best)}, the best {where},"


def _did_best(results: Results, best: str) -> str:
    return f"{quoted(best)} did best {where_chosen(results, best)}"


def _compared(peers: Peers) -> str:
    """Restricts a claim to the agents that were compared, if others were not."""
    return "compared " if peers.apart else ""


def _subject(results: Results, agents: list[str]) -> str:
    """Joins the names of agents, or of the first and the number of the others.

    Few runs show little, so that an agent with fewer than the first is named with their number.
    """
    if len(agents) > SPELT_OUT:
        return f"{quoted(agents[0])} and {len(agents) - 1} others"
    runs = results.runs.groupby("agent")["seed"].nunique()
    return join_words(
        quoted(agent) + (f" ({counted(runs[agent], 'run')})" if runs[agent] < runs[agents[0]] else "")
        for agent in agents
    )


def _beaten(results: Results, agent: str, rivals: list[str]) -> set[tuple[str, str]]:
    """Returns the environments and rivals where an agent is shown to be better."""
    return {place for place, row in _comparisons(results, agent, rivals) if side(row) == "above"}


def _met(results: Results, agent: str, rivals: list[str]) -> set[tuple[str, str]]:
    """Returns the environments and rivals in which an agent is compared."""
    return {place for place, _ in _comparisons(results, agent, rivals)}


def _comparisons(
    results: Results, agent: str, rivals: list[str]
) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """Yields environment and rival of each comparison of an agent in units of return, and its row."""
    for rival in rivals:
        for row in compared(results, agent, rival):
            if row["unit"] == "return":
                yield (str(row["environment"]), rival), row


def _none_beaten(results: Results, best: str, peers: Peers, rivals: list[str]) -> str:
    """Says that the best learned agents are not shown to beat any baseline."""
    some = any(_beaten(results, agent, rivals) for agent in learners(results))
    others = join_labels(rivals, "or") if len(rivals) <= SPELT_OUT else f"any of the {len(rivals)} baselines"
    if some:
        return f"{_chosen(results, best, peers)} is not shown to beat {others}"
    return f"No learned agent is shown to beat any baseline; {_did_best(results, best)}"


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
    known = [rival for rival in rivals if any(rival == other for _, other in met)]
    everywhere = [rival for rival in known if {pair for pair in met if pair[1] == rival} <= beaten]
    every = "every baseline" if known == rivals else "every baseline that was met"
    not_shown = "is not shown to" if ending else "are not shown to"
    if len(rivals) == 1:
        every = join_labels(rivals)
        if won == where:
            return f"beat{ending} the only baseline, {every}"
    if won == where:
        named = join_labels(everywhere) if len(everywhere) <= SPELT_OUT else f"all {len(everywhere)}"
        return f"beat{ending} {every}: {named}"
    if won:
        lost = [name for name in where if name not in won]
        return f"beat{ending} {every} on {join_labels(won)}, but {not_shown} on {join_labels(lost, 'or')}"
    if everywhere:
        rest = [rival for rival in known if rival not in everywhere]
        few = len(everywhere) <= SPELT_OUT
        named = join_labels(everywhere) if few else f"{len(everywhere)} of {len(known)} baselines"
        return f"beat{ending} {named}, but {not_shown} beat {join_labels(rest, 'or')}"
    places = [name for name in where if any(place == name for place, _ in beaten)]
    return f"beat{ending} some baselines on {join_labels(places)}, but {not_shown} beat all of them anywhere"


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

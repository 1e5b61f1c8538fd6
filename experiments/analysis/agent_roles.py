"""Which agents a study is about, and which are its yardsticks."""

from __future__ import annotations

import itertools

from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


def oracles(results: Results) -> list[str]:
    """Agents that see the hidden listener: yardsticks, not competitors."""
    return _labels(results, results.runs["sees_listener"])


def learners(results: Results) -> list[str]:
    """Agents that were trained."""
    return _labels(results, results.runs["learned"])


def upper_bounds(results: Results) -> list[str]:
    """Agents that see no hidden state but are told how listeners are drawn: what is left to reach for."""
    return _labels(results, results.runs["knows_population"])


def baselines(results: Results) -> list[str]:
    """Rules that any agent should beat: they neither learn, nor see the listener, nor know the population."""
    runs = results.runs
    return _labels(results, ~(runs["learned"] | runs["sees_listener"] | runs["knows_population"]))


def roles(results: Results) -> dict[str, str]:
    """Says of each agent in a word what it is: `learned`, `oracle`, `ceiling` or `rule`."""
    groups = {"learned": learners, "oracle": oracles, "upper bound": upper_bounds, "baseline": baselines}
    return {agent: kind for kind, members in groups.items() for agent in members(results)}


def plotted_agents(results: Results, study: StudyConfig, most: int = 8) -> list[str]:
    """Picks the agents for figures in which not all can be told apart.

    Args:
        results: The tables of the study.
        study: The study.
        most: Agents to pick, at least 3.

    Returns:
        All agents if they are few enough; else the two anchors, the best ceiling, and the best of the agents
        that learned and of the rules in turn. In the order of the study.
    """
    everyone = [agent.label for agent in study.agents]
    if len(everyone) <= most:
        return everyone
    learned, plain = ranked(results, learners(results)), ranked(results, baselines(results))
    first = [study.evaluation.lower, study.evaluation.upper, *ranked(results, upper_bounds(results))[:1]]
    turns = [agent for pair in itertools.zip_longest(learned, plain) for agent in pair if agent]
    rest = ranked(results, oracles(results) + upper_bounds(results))
    picked = list(dict.fromkeys([*first, *turns, *rest]))[:most]
    return [agent for agent in everyone if agent in picked]


def ranked(results: Results, agents: list[str]) -> list[str]:
    """Sorts agents by their score, the best first; over all environments if they met all."""
    # The rows over all environments come last.
    overall = results.scores.drop_duplicates("agent", keep="last")
    scores = dict(zip(overall["agent"], overall["score"], strict=True))
    return sorted(agents, key=lambda agent: -scores[agent])


def best_agent(results: Results, environment: str | None = None) -> str:
    """The agent that a study is about: the best that learned, else the best rule, else the best at all.

    One that learned comes first: whether it beats the simple ones is what a study asks.

    Args:
        results: The tables of the study.
        environment: Label of an environment that the agent must have met; None for any.
    """
    runs = results.runs
    met = set(runs["agent"] if environment is None else runs.loc[runs["environment"] == environment, "agent"])
    groups = (learners(results), baselines(results), upper_bounds(results), oracles(results))
    return next(agent for group in groups for agent in ranked(results, group) if agent in met)


def _labels(results: Results, chosen: object) -> list[str]:
    return [str(label) for label in results.runs.loc[chosen, "agent"].unique()]  # type: ignore[index]

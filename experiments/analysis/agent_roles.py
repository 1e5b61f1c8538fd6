"""Roles of the agents of a study: learned agents, baselines, references and oracles."""

from __future__ import annotations

import itertools

from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


def oracles(results: Results) -> list[str]:
    """Returns the agents that see the hidden listener, and so do not compete."""
    return _labels(results, results.runs["sees_listener"])


def learners(results: Results) -> list[str]:
    """Returns the agents that were trained."""
    return _labels(results, results.runs["learned"])


def references(results: Results) -> list[str]:
    """Returns the agents that know the listener population but see no hidden state."""
    return _labels(results, results.runs["knows_population"])


def baselines(results: Results) -> list[str]:
    """Returns the agents that neither learn nor see the listener nor know the population."""
    runs = results.runs
    return _labels(results, ~(runs["learned"] | runs["sees_listener"] | runs["knows_population"]))


def contenders(results: Results) -> list[str]:
    """Returns the agents of which a verdict names the best: those that learned, or else the baselines."""
    return learners(results) or baselines(results)


def rivals(results: Results) -> list[str]:
    """Returns the agents that a verdict compares the contenders with."""
    return (baselines(results) if learners(results) else []) + references(results)


def roles(results: Results) -> dict[str, str]:
    """Returns the role of each agent: `learned`, `oracle`, `reference` or `baseline`."""
    groups = {"learned": learners, "oracle": oracles, "reference": references, "baseline": baselines}
    return {agent: role for role, members in groups.items() for agent in members(results)}


def plotted_agents(results: Results, study: StudyConfig, most: int = 8) -> list[str]:
    """Chooses the agents for figures in which many agents could not be told apart.

    Args:
        results: The tables of the study.
        study: The study.
        most: Number of agents to choose, at least 3.

    Returns:
        All agents if they are few enough; else the two anchors, the best reference, and the best learned
        agents and baselines in turn. In the order of the study.
    """
    everyone = [agent.label for agent in study.agents]
    if len(everyone) <= most:
        return everyone
    learned, simple = ranked(results, learners(results)), ranked(results, baselines(results))
    first = [study.evaluation.lower, study.evaluation.upper, *ranked(results, references(results))[:1]]
    turns = [agent for pair in itertools.zip_longest(learned, simple) for agent in pair if agent]
    rest = ranked(results, oracles(results) + references(results))
    chosen = list(dict.fromkeys([*first, *turns, *rest]))[:most]
    return [agent for agent in everyone if agent in chosen]


def ranked(results: Results, agents: list[str]) -> list[str]:
    """Sorts agents by their score, the best first; by the score over all environments if they met all."""
    # The rows over all environments come last.
    overall = results.scores.drop_duplicates("agent", keep="last")
    scores = dict(zip(overall["agent"], overall["score"], strict=True))
    return sorted(agents, key=lambda agent: -scores[agent])


def chosen(results: Results, agents: list[str], environment: str | None = None) -> list[str]:
    """Sorts agents by their score in validation, the best first, so that the test chooses none.

    Args:
        results: The tables of the study.
        agents: Labels of the agents.
        environment: Label of the environment whose validation counts; None for the mean over all.

    Returns:
        The agents; those without a comparable validation last, by their score in the test.
    """
    scores = comparable_validation(results, agents, environment)
    validated = sorted((agent for agent in agents if agent in scores), key=lambda agent: -scores[agent])
    rest = [agent for agent in agents if agent not in scores]
    if environment is None or not rest:
        return validated + ranked(results, rest)
    here = results.scores[results.scores["environment"] == environment]
    test = dict(zip(here["agent"], here["score"], strict=True))
    return validated + sorted((agent for agent in rest if agent in test), key=lambda agent: -test[agent])


def comparable_validation(
    results: Results, agents: list[str], environment: str | None = None
) -> dict[str, float]:
    """Returns the mean score in validation by agent, where all those that were validated were validated.

    Args:
        results: The tables of the study.
        agents: Labels of the agents.
        environment: Label of the environment whose validation counts; None for all that they share.

    Returns:
        A score for each agent with validation; empty if these have no environment in common, as agents that
        were trained in different ones.
    """
    table = results.validation_scores
    if table.empty:
        return {}
    table = table[table["agent"].isin(agents)].dropna(subset="score")
    if environment is not None:
        table = table[table["environment"] == environment]
    met = table.groupby("environment")["agent"].nunique()
    shared = met.index[met == table["agent"].nunique()]
    means = table[table["environment"].isin(shared)].groupby("agent")["score"].mean()
    return {str(agent): float(score) for agent, score in means.items()}


def best_agent(results: Results, environment: str | None = None) -> str:
    """Returns the agent that a study is about: the best learned one, else the best baseline, else the best.

    A learned agent comes first, since the question of a study is whether it beats the baselines. The best is
    the one that did best in validation.

    Args:
        results: The tables of the study.
        environment: Label of an environment that the agent must have met; None for any.
    """
    runs = results.runs
    met = set(runs["agent"] if environment is None else runs.loc[runs["environment"] == environment, "agent"])
    groups = (learners(results), baselines(results), references(results), oracles(results))
    return next(agent for group in groups for agent in chosen(results, group) if agent in met)


def best_baselines(results: Results, agent: str) -> dict[str, str]:
    """Returns the best baseline of each environment that an agent has met, by validation."""
    runs, simple = results.runs, [each for each in baselines(results) if each != agent]
    found: dict[str, str] = {}
    for environment in runs.loc[runs["agent"] == agent, "environment"].unique():
        met = set(runs.loc[runs["environment"] == environment, "agent"])
        order = chosen(results, [each for each in simple if each in met], str(environment))
        found |= {str(environment): order[0]} if order else {}
    return found


def _labels(results: Results, chosen: object) -> list[str]:
    return [str(label) for label in results.runs.loc[chosen, "agent"].unique()]  # type: ignore[index]

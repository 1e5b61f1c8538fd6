"""Which agents a study is about, and which are its yardsticks."""

from __future__ import annotations

from segue.experiments.results import Results


def oracles(results: Results) -> list[str]:
    """Agents that see the hidden listener: yardsticks, not competitors."""
    return _labels(results, results.runs["sees_listener"])


def learners(results: Results) -> list[str]:
    """Agents that were trained."""
    return _labels(results, results.runs["learned"])


def baselines(results: Results) -> list[str]:
    """Agents that neither learn nor see the listener."""
    return _labels(results, ~(results.runs["learned"] | results.runs["sees_listener"]))


def ranked(results: Results, agents: list[str]) -> list[str]:
    """Sorts agents by their score, the best first; over all environments where there are several."""
    overall = results.scores[results.scores["environment"] == results.scores["environment"].iloc[-1]]
    scores = dict(zip(overall["agent"], overall["score"], strict=True))
    return sorted(agents, key=lambda agent: -scores[agent])


def subjects(results: Results) -> list[str]:
    """The agents to compare with all others: those that learned, else the best that sees no hidden state."""
    return (
        learners(results) or ranked(results, baselines(results))[:1] or ranked(results, oracles(results))[:1]
    )


def _labels(results: Results, chosen: object) -> list[str]:
    return [str(label) for label in results.runs.loc[chosen, "agent"].unique()]  # type: ignore[index]

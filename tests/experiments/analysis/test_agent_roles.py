"""Roles of agents, the best agent, and the agents that figures show."""

import dataclasses

import pandas as pd
import pytest

from segue.experiments.analysis.agent_roles import (
    best_agent,
    best_baselines,
    comparable_validation,
    plotted_agents,
    ranked,
    roles,
)
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


@pytest.fixture
def make_results():
    """Makes results that hold scores and runs only, from the scores of the agents in each environment."""

    def make(scores, learned=(), sees_listener=(), knows_population=()) -> Results:
        rows = [
            {"environment": environment, "agent": agent, "score": score}
            for environment, agents in scores.items()
            for agent, score in agents.items()
        ]
        table, nothing = pd.DataFrame(rows), pd.DataFrame()
        runs = table.assign(
            learned=table["agent"].isin(learned),
            sees_listener=table["agent"].isin(sees_listener),
            knows_population=table["agent"].isin(knows_population),
        )
        return Results(table, nothing, nothing, nothing, nothing, nothing, runs)

    return make


def test_roles_follow_from_what_agents_know(make_results):
    scores = {"here": {"random": 0, "smooth": 1, "planner": 4, "ppo": 3, "seer": 6}}
    results = make_results(scores, ["ppo"], ["seer"], ["planner"])
    assert roles(results) == {
        "ppo": "learned",
        "seer": "oracle",
        "planner": "reference",
        "random": "baseline",
        "smooth": "baseline",
    }


def test_the_best_agent_is_a_learned_one_if_there_is_any(make_results):
    results = make_results(
        {"one": {"smooth": 4, "ppo": 3, "dqn": 2, "seer": 6}, "two": {"smooth": 1, "seer": 6}},
        ["ppo", "dqn"],
        ["seer"],
    )
    assert best_agent(results) == "ppo"
    assert best_agent(results, "two") == "smooth"


def test_agents_are_ranked_by_the_scores_over_all_environments(make_results):
    results = make_results({"one": {"a": 1, "b": 2, "c": 5}, "all environments": {"a": 3, "b": 2}})
    assert ranked(results, ["a", "b", "c"]) == ["c", "a", "b"]


def test_of_many_agents_the_anchors_and_the_best_of_each_role_are_plotted(make_results):
    agents = {"random": 0, "seer": 20, **{f"baseline {k}": k / 10 for k in range(9)}, "ppo": 0.05}
    study = StudyConfig.model_validate(
        {
            "name": "many",
            "environments": [{"id": "segue/Playlist-v0"}],
            "agents": [{"name": agent} for agent in agents],
            "evaluation": {"upper": "seer"},
        }
    )
    results = make_results({"one": agents}, ["ppo"], ["seer"])
    chosen = plotted_agents(results, study, most=5)
    assert chosen == ["random", "seer", "baseline 7", "baseline 8", "ppo"]
    assert plotted_agents(results, study, most=12) == list(agents)


def test_validation_chooses_the_best_agent_and_not_the_test(make_results):
    results = make_results({"one": {"ppo": 4, "dqn": 3, "smooth": 2, "random": 0}}, ["ppo", "dqn"])
    rows = [("one", "ppo", 0.1), ("one", "dqn", 0.7), ("one", "smooth", 0.1), ("one", "random", 0.2)]
    validation = pd.DataFrame(rows, columns=["environment", "agent", "score"])
    validated = dataclasses.replace(results, validation_scores=validation)
    assert best_agent(results) == "ppo"
    assert best_agent(validated) == "dqn"
    assert best_baselines(results, "ppo") == {"one": "smooth"}
    assert best_baselines(validated, "ppo") == {"one": "random"}


def validated(results: Results, scores: dict[str, dict[str, float]]) -> Results:
    """Adds scores in validation, by environment and agent."""
    rows = [
        (environment, agent, 1, score, score)
        for environment, agents in scores.items()
        for agent, score in agents.items()
    ]
    columns = ["environment", "agent", "runs", "return", "score"]
    return dataclasses.replace(results, validation_scores=pd.DataFrame(rows, columns=columns))


def test_validation_in_different_environments_chooses_no_agent(make_results):
    played = {name: {"random": 0, "ppo": 3, "dqn": 2} for name in ("one", "two")}
    results = make_results(played, ["ppo", "dqn"])
    apart = validated(results, {"one": {"ppo": 0.2}, "two": {"dqn": 0.9}})
    assert comparable_validation(apart, ["ppo", "dqn"]) == {}
    assert best_agent(apart) == "ppo"
    shared = validated(results, {"one": {"ppo": 0.2, "dqn": 0.3}, "two": {"ppo": 0.9}})
    assert comparable_validation(shared, ["ppo", "dqn"]) == {"ppo": 0.2, "dqn": 0.3}
    assert best_agent(shared) == "dqn"

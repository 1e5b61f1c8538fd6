"""Every sentence of a verdict follows from an interval: with intervals on both sides of each border."""

import dataclasses

import pandas as pd
import pytest

from segue.experiments.analysis.statistics.runs import ALL
from segue.experiments.reporting.findings import findings
from segue.experiments.reporting.verdicts import headline
from segue.experiments.study.results import Results

ABOVE, AROUND, BELOW = (0.01, 1.0), (-0.01, 1.0), (-1.0, -0.01)
UNKNOWN = (float("nan"), float("nan"))
ROLES = {"ppo": "learned", "dqn": "learned", "smooth": "baseline", "random": "baseline"}


def made(against, among=None, environments=("e",), runs=10, validation=None) -> Results:
    """Results whose comparisons have given intervals.

    Args:
        against: The interval by (learned agent, baseline), in each environment or by environment.
        among: That of the score of ppo minus that of dqn; None if there is no dqn.
        environments: Labels of the environments.
        runs: Number of runs.
        validation: Score in validation by agent.
    """
    agents = [agent for agent in ROLES if agent != "dqn" or among is not None]
    rows = []
    for (agent, other), interval in against.items():
        for name in environments:
            ends = interval[name] if isinstance(interval, dict) else interval
            rows.append((name, agent, other, "return", sum(ends) / 2, *ends, runs, 0.99))
    if among is not None:
        everywhere = ALL if len(environments) > 1 else environments[0]
        rows.append((everywhere, "ppo", "dqn", "score", sum(among) / 2, *among, runs, 0.99))
    names = ["environment", "agent", "other", "unit", "difference", "low", "high", "runs", "confidence"]
    table = pd.DataFrame(
        [(name, agent, seed) for name in environments for agent in agents for seed in range(runs)],
        columns=["environment", "agent", "seed"],
    )
    roles = table["agent"].map(ROLES)
    table = table.assign(learned=roles == "learned", sees_listener=False, knows_population=False)
    scores = pd.DataFrame(
        [(name, agent, 0.5) for name in environments for agent in agents],
        columns=["environment", "agent", "score"],
    )
    valid = [("e", agent, runs, 0.0, score) for agent, score in (validation or {"ppo": 1, "dqn": 0}).items()]
    nothing = pd.DataFrame()
    return Results(
        scores,
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
        table,
        validation_scores=pd.DataFrame(valid, columns=["environment", "agent", "runs", "return", "score"]),
        comparisons=pd.DataFrame(rows, columns=names),
    )


def said(results: Results, best="ppo") -> str:
    return headline(results, best, ["smooth", "random"])


@pytest.mark.parametrize(
    ("smooth", "random", "expected"),
    [
        (ABOVE, ABOVE, "The best learned agent, ppo, beats every baseline: smooth and random."),
        (AROUND, ABOVE, "The best learned agent, ppo, beats random, but is not shown to beat smooth."),
        (ABOVE, AROUND, "The best learned agent, ppo, beats smooth, but is not shown to beat random."),
        (BELOW, ABOVE, "The best learned agent, ppo, beats random, but is not shown to beat smooth."),
        (AROUND, AROUND, "No learned agent is shown to beat any baseline; ppo did best in validation."),
        (BELOW, BELOW, "No learned agent is shown to beat any baseline; ppo did best in validation."),
    ],
)
def test_one_learned_agent_against_baselines(smooth, random, expected):
    assert said(made({("ppo", "smooth"): smooth, ("ppo", "random"): random})) == expected


def pairs(ppo, dqn):
    return {(a, b): ends for a, ends in (("ppo", ppo), ("dqn", dqn)) for b in ("smooth", "random")}


@pytest.mark.parametrize(
    ("ppo", "dqn", "among", "expected"),
    [
        (ABOVE, ABOVE, ABOVE, "The best learned agent, ppo, beats every baseline: smooth and random."),
        (
            ABOVE,
            ABOVE,
            AROUND,
            "The best learned agents, ppo and dqn, which cannot be told apart, beat every baseline: "
            "smooth and random.",
        ),
        (
            ABOVE,
            AROUND,
            AROUND,
            "The best learned agents, ppo and dqn, cannot be told apart; ppo, the best in validation, beats "
            "every baseline: smooth and random.",
        ),
        (
            AROUND,
            ABOVE,
            AROUND,
            "The best learned agents, ppo and dqn, cannot be told apart; ppo, the best in validation, is not "
            "shown to beat smooth or random.",
        ),
        (AROUND, BELOW, ABOVE, "No learned agent is shown to beat any baseline; ppo did best in validation."),
        (
            ABOVE,
            ABOVE,
            BELOW,
            "ppo, the learned agent that did best in validation, beats every baseline: smooth and random; in "
            "the test, dqn scored higher.",
        ),
        (
            ABOVE,
            ABOVE,
            UNKNOWN,
            "The best compared learned agent, ppo, beats every baseline: smooth and random.",
        ),
    ],
)
def test_agents_that_cannot_be_told_apart_are_named_together(ppo, dqn, among, expected):
    assert said(made(pairs(ppo, dqn), among)) == expected


def test_an_agent_with_fewer_runs_is_named_with_their_number():
    results = made(pairs(ABOVE, AROUND), AROUND)
    table = results.runs
    few = dataclasses.replace(results, runs=table[(table["agent"] != "dqn") | (table["seed"] < 3)])
    assert said(few).startswith("The best learned agents, ppo and dqn (3 runs), cannot be told apart; ppo")


def test_a_label_with_a_comma_is_quoted():
    results = made(pairs(ABOVE, AROUND), AROUND)
    named = {"ppo": "ppo, 1 layer", "smooth": "smooth, loud"}
    tables = ("runs", "comparisons", "validation_scores")
    results = dataclasses.replace(results, **{name: getattr(results, name).replace(named) for name in tables})
    assert headline(results, "ppo, 1 layer", ["smooth, loud", "random"]) == (
        "The best learned agents, “ppo, 1 layer” and dqn, cannot be told apart; “ppo, 1 layer”, the best in "
        "validation, beats every baseline: “smooth, loud” and random."
    )


def test_the_best_agent_is_chosen_in_validation_whatever_the_test_says():
    results = made(pairs(ABOVE, ABOVE), BELOW, validation={"ppo": 0.1, "dqn": 0.9})
    from segue.experiments.analysis.agent_roles import best_agent

    assert best_agent(results) == "dqn"
    assert said(results, "dqn") == "The best learned agent, dqn, beats every baseline: smooth and random."


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        (ABOVE, ABOVE, "beats every baseline: smooth and random."),
        (ABOVE, AROUND, "beats every baseline on one, but is not shown to on two."),
        (BELOW, ABOVE, "beats every baseline on two, but is not shown to on one."),
    ],
)
def test_environments_are_told_apart(one, two, expected):
    ends = {"one": one, "two": two}
    results = made({("ppo", b): ends for b in ("smooth", "random")}, environments=("one", "two"))
    assert said(results) == f"The best learned agent, ppo, {expected}"


def test_single_wins_in_different_environments_are_no_win_over_all():
    results = made(
        {
            ("ppo", "smooth"): {"one": ABOVE, "two": AROUND},
            ("ppo", "random"): {"one": AROUND, "two": ABOVE},
        },
        environments=("one", "two"),
    )
    assert said(results) == (
        "The best learned agent, ppo, beats some baselines on one and two, but is not shown to beat all of "
        "them anywhere."
    )


def test_one_run_shows_nothing():
    results = made({("ppo", "smooth"): ABOVE, ("ppo", "random"): ABOVE}, runs=1)
    assert said(results) == "There is one run per agent: no agent is shown to be better than another."


@pytest.mark.parametrize(
    ("lead", "noise", "expected"),
    [
        (1.0, 0.1, "It is ahead of planner, which knows the listener population: "),
        (-1.0, 0.1, "It trails planner, which knows the listener population: "),
        (0.0, 3.0, "It is not shown to differ from planner, which knows the listener population: "),
    ],
)
def test_a_reference_is_trailed_passed_or_neither(make_results, make_study, lead, noise, expected):
    leads = {"one": {"random": 0, "baseline": 1, "planner": 3 - lead, "ppo": 3, "seer": 9}}
    results = make_results(leads, references=["planner"])
    table = results.comparisons
    chosen = (table["agent"] == "ppo") & (table["other"] == "planner")
    table.loc[chosen, ["low", "high"]] = [lead - noise, lead + noise]
    found = findings(
        dataclasses.replace(results, comparisons=table), make_study(leads["one"], environments=["one"])
    )
    assert any(detail.startswith(expected) for detail in found.details)


def test_one_run_has_estimates_but_no_intervals(make_results, make_study):
    leads = {"one": {"random": 0, "baseline": 1, "ppo": 3, "seer": 6}}
    found = findings(make_results(leads, runs=1), make_study(leads["one"], environments=["one"]))
    assert found.details[0] == (
        "Its normalised score is 0.50 in its one run, where 0 is random and 1 is seer."
    )
    assert any(detail.endswith("+2.00 (one run).") for detail in found.details)
    assert found.warnings[0].startswith("One run per agent: there are no intervals.")


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        (ABOVE, ABOVE, "beats the only baseline, random."),
        (ABOVE, AROUND, "beats random on one, but is not shown to on two."),
    ],
)
def test_the_only_baseline_is_called_so(one, two, expected):
    results = made({("ppo", "random"): {"one": one, "two": two}}, environments=("one", "two"))
    assert headline(results, "ppo", ["random"]) == f"The best learned agent, ppo, {expected}"

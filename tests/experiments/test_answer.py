"""The first lines of a report say what the numbers say."""

import dataclasses

import numpy as np

from segue.experiments.formatting import format_interval, join_words, number, per_cent, signed
from segue.experiments.reporting.findings import findings
from segue.experiments.study.config import StudyConfig

LISTENERS = np.random.default_rng(5).normal(0.0, 1.0, 60)
RANDOM, ORACLE = LISTENERS, LISTENERS + 4.0


def study(*agents: str) -> StudyConfig:
    return StudyConfig.model_validate(
        {
            "name": "made up",
            "environments": [{"id": "segue/Playlist-v0", "label": "e"}],
            "agents": [{"name": agent} for agent in agents],
            "evaluation": {"episodes": 60, "lower": "random", "upper": "oracle"},
        }
    )


def returns(**agents) -> dict[str, list[list[float]]]:
    played = {"random": [RANDOM], **{name: np.atleast_2d(values) for name, values in agents.items()}}
    return {name: [list(seed) for seed in values] for name, values in {**played, "oracle": [ORACLE]}.items()}


def test_a_learned_agent_that_beats_all_is_named_with_its_lead(make_results):
    rule = LISTENERS + 1.0
    results = make_results(returns(rule=rule, ppo=[LISTENERS + 2.0] * 10), learned=("ppo",))
    said = findings(results, study("random", "baseline", "ppo", "oracle"))
    assert said.headline == "The best learned agent, ppo, beats every simple agent: rule and random."
    assert "0.50" in said.details[0]
    assert any(
        "against rule" in detail and "+1.00" in detail and "above 0" in detail for detail in said.details
    )
    assert any("stays behind oracle" in detail for detail in said.details)
    assert said.warnings == []


def test_the_first_line_says_if_learning_did_not_pay(make_results):
    noise = np.random.default_rng(1).normal(0.0, 1.0, (3, 60))
    results = make_results(returns(rule=LISTENERS + 1.0, ppo=LISTENERS - 0.5 + noise), learned=("ppo",))
    said = findings(results, study("random", "baseline", "ppo", "oracle"))
    assert said.headline.startswith("No learned agent beats the simple ones")
    assert any("below 0" in detail for detail in said.details)
    assert "Only 3 training seeds" in said.warnings[0]


def test_a_warning_names_those_of_the_agents_that_have_few_seeds(make_results):
    many, few = [LISTENERS + 2.0] * 10, [LISTENERS + 1.5] * 3
    results = make_results(returns(ppo=many, dqn=few), learned=("ppo", "dqn"))
    said = findings(results, study("random", "ppo", "dqn", "oracle"))
    assert said.warnings[0].startswith("Only 3 training seeds of dqn: ")


def test_a_partial_win_names_both_sides(make_results):
    results = make_results(returns(rule=LISTENERS + 3.0, ppo=[LISTENERS + 1.0] * 10), learned=("ppo",))
    said = findings(results, study("random", "baseline", "ppo", "oracle"))
    assert said.headline == "The best learned agent, ppo, beats random, but is not shown to beat rule."
    assert any(detail.startswith("For 100 % of the listeners") for detail in said.details)
    assert any("term “taste”" in detail for detail in said.details)


def test_without_learned_agents_the_best_rule_is_named(make_results):
    results = make_results(returns(rule=LISTENERS + 1.0))
    said = findings(results, study("random", "baseline", "oracle"))
    assert said.headline == "rule is the best agent that sees no hidden state."


def test_runs_of_changed_code_are_warned_of(make_results):
    results = make_results(returns(ppo=[LISTENERS] * 10), learned=("ppo",))
    results = dataclasses.replace(results, runs=results.runs.assign(dirty=True))
    assert any(
        "differs from the recorded" in said
        for said in findings(results, study("random", "ppo", "oracle")).warnings
    )


def test_numbers_in_prose():
    assert number(-1234.5) == "\N{MINUS SIGN}1,234.50"
    assert number(-0.001) == "0.00"
    assert number(float("nan")) == "\N{EN DASH}"
    assert signed(0.5) == "+0.50"
    assert format_interval(-1.0, 2.0) == "[\N{MINUS SIGN}1.00, 2.00]"
    assert format_interval(float("nan"), float("nan")) == ""
    assert per_cent(0.295) == "30 %"
    assert join_words(["a"]) == "a"
    assert join_words(["a", "b", "c"], "or") == "a, b or c"

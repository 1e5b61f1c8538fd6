"""The sentences at the head of a report say what the numbers say."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from segue.experiments.reporting.findings import findings

ONE_SPLIT = "All runs play with the same tracks: the intervals say nothing about other tracks."
LISTENERS = np.random.default_rng(5).normal(0.0, 1.0, 60)


@pytest.fixture
def made(make_study, results_of_returns):
    """Returns the findings on agents with given returns, beside random and an oracle."""

    def make(learned=(), change=None, **agents):
        returns = {"random": [LISTENERS], **{name: np.atleast_2d(rows) for name, rows in agents.items()}}
        returns["oracle"] = [LISTENERS + 4.0]
        results = results_of_returns(
            {name: [list(row) for row in rows] for name, rows in returns.items()}, learned
        )
        return findings(change(results) if change else results, make_study(returns, ["e"], upper="oracle"))

    return make


def test_a_learned_agent_that_beats_all_is_named_with_its_lead(made):
    found = made(learned=["ppo"], smooth=LISTENERS + 1.0, ppo=[LISTENERS + 2.0] * 10)
    assert found.headline == "The best learned agent, ppo, beats every baseline: smooth and random."
    assert found.details[:2] == [
        "Its normalised score is 0.50 [0.50, 0.50], where 0 is random and 1 is oracle "
        "(interquartile mean over 10 runs; 95 % interval in brackets).",
        "Difference in return per session from smooth, on the same listeners: +1.00 [1.00, 1.00] "
        "(the interval is above 0).",
    ]
    trailed = "It trails oracle, which sees the hidden listener: −2.00 [−2.00, −2.00]."
    assert trailed in found.details
    assert found.warnings == [ONE_SPLIT]


def test_the_headline_says_if_learning_did_not_pay(made):
    noise = np.random.default_rng(1).normal(0.0, 1.0, (3, 60))
    found = made(learned=["ppo"], smooth=LISTENERS + 1.0, ppo=LISTENERS - 0.5 + noise)
    assert found.headline == "No learned agent is shown to beat any baseline; ppo did best in the test."
    assert "It is not shown to beat smooth or random." in found.details
    assert found.warnings[0].startswith("Only 3 training seeds: ")


def test_a_warning_names_the_agents_that_have_few_seeds(made):
    found = made(learned=["ppo", "dqn"], ppo=[LISTENERS + 2.0] * 10, dqn=[LISTENERS + 1.5] * 3)
    assert found.warnings[0].startswith("Only 3 training seeds of dqn: ")


def test_a_partial_win_names_both_sides(made):
    found = made(learned=["ppo"], smooth=LISTENERS + 3.0, ppo=[LISTENERS + 1.0] * 10)
    assert found.headline == "The best learned agent, ppo, beats random, but is not shown to beat smooth."
    assert "It is not shown to beat smooth." in found.details
    assert "The best baseline, smooth, does better for 100 % [99, 100] of the listeners." in found.details
    assert any(detail.startswith("ppo loses most in the term “taste”: ") for detail in found.details)


def test_without_learned_agents_the_best_baseline_is_named(made):
    found = made(smooth=[LISTENERS + 1.0] * 3)
    assert found.headline == "smooth is the best baseline."


def test_changed_code_is_warned_about(made):
    def dirty(results):
        return dataclasses.replace(results, runs=results.runs.assign(dirty=True))

    found = made(learned=["ppo"], ppo=[LISTENERS] * 10, change=dirty)
    dirt = "Some runs were made by code that differs from the recorded revision."
    assert found.warnings == [ONE_SPLIT, dirt]


def test_every_environment_has_its_verdict(make_results, make_study):
    found = findings(make_results(), make_study())
    assert (
        found.headline
        == "The best learned agent, ppo, beats every baseline on one, but is not shown to on two."
    )
    assert [(each.environment, each.rival, each.verdict) for each in found.verdicts] == [
        ("one", "baseline", "better"),
        ("two", "baseline", "worse"),
    ]
    assert found.verdicts[0].difference == "+2.00 [2.00, 2.00]"
    assert "It is not shown to beat baseline (two)." in found.details


def test_an_environment_that_the_best_agent_missed_has_no_verdict(make_results, make_study):
    leads = {
        "one": {"random": 0, "baseline": 1, "ppo": 3, "seer": 6},
        "two": {"random": 0, "baseline": 2, "seer": 5},
    }
    found = findings(make_results(leads), make_study())
    assert [verdict.environment for verdict in found.verdicts] == ["one"]


def test_a_reference_is_not_a_baseline_to_beat(make_results, make_study):
    leads = {"one": {"random": 0, "baseline": 1, "planner": 4, "ppo": 3, "seer": 6}}
    found = findings(make_results(leads, references=["planner"]), make_study(leads["one"], ["one"]))
    assert found.headline == "The best learned agent, ppo, beats every baseline: baseline and random."
    trailed = "It trails planner, which knows the listener population: −1.00 [−1.00, −1.00]."
    assert trailed in found.details


def test_groups_of_listeners_that_an_agent_fails_are_named(make_results, make_study):
    about = {"environment": "one", "agent": "ppo", "split": "choosiness"}
    groups = pd.DataFrame(
        [
            {**about, "group": "choosy", "difference": -2.0, "low": -3.0, "high": -1.0, "worse": True},
            {**about, "group": "least choosy", "difference": 0.0, "low": -1.0, "high": 1.0, "worse": False},
        ]
    )
    found = findings(dataclasses.replace(make_results(), groups=groups), make_study())
    named = "ppo is worse than random for these groups of listeners: choosy (−2.00 [−3.00, −1.00])."
    assert named in found.details
    none = dataclasses.replace(make_results(), groups=groups.assign(worse=False))
    sentence = "ppo is not shown to be worse than random for any group of listeners."
    assert sentence in findings(none, make_study()).details


@pytest.mark.parametrize(
    ("low", "high", "sentence"),
    [
        (
            0.1,
            0.9,
            "The order of ppo gains +0.50 [0.10, 0.90] in return per session over a random order of the ",
        ),
        (
            -0.1,
            0.9,
            "The order of ppo is not shown to gain or lose against a random order of the same tracks: ",
        ),
        (
            -0.9,
            -0.1,
            "The order of ppo loses +0.50 [−0.90, −0.10] in return per session against a random order",
        ),
    ],
)
def test_gain_and_regret_of_the_order_are_stated(make_results, make_study, low, high, sentence):
    row = {"environment": "one", "agent": "ppo", "gain": 0.5, "gain_low": low, "gain_high": high}
    row |= {"regret": 2.0, "regret_low": 1.5, "regret_high": 2.5, "sessions": 37, "without_order": 3}
    found = findings(dataclasses.replace(make_results(), order=pd.DataFrame([row])), make_study())
    assert found.details[-2].startswith(sentence)
    assert found.details[-2].endswith("(sessions: 37, 3 more with a single track left out).")
    bound = "A bound from search on what a better order would add is 2.00 [1.50, 2.50]."
    assert found.details[-1] == bound

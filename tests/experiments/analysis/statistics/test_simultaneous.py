"""The common confidence of several intervals, and the family of comparisons of a verdict."""

import numpy as np
import pytest

from segue.experiments.analysis.statistics.runs import ALL, Runs
from segue.experiments.analysis.statistics.simultaneous import joint_confidence
from segue.experiments.analysis.statistics.verdict_family import family_table


def unrelated(count, runs, seed=0):
    values = np.random.default_rng(seed).normal(size=(count, runs, 1))
    return [Runs(np.arange(runs), each) for each in values]


def test_one_comparison_needs_no_more_than_its_own_confidence():
    assert joint_confidence(unrelated(1, 10)) == 0.95


def test_unrelated_comparisons_need_about_what_bonferroni_asks_for():
    level = 1 - joint_confidence(unrelated(10, 40), draws=4000)
    assert 0.05 / 10 <= level < 1.5 * 0.05 / 10


def test_the_same_comparison_many_times_needs_less():
    (one,) = unrelated(1, 40)
    level = 1 - joint_confidence([one] * 10, draws=4000)
    assert 2.5 * 0.05 / 10 < level <= 0.05


def test_agents_that_do_not_differ_at_all_are_left_out():
    never = Runs(np.arange(10), np.zeros((10, 1)))
    assert joint_confidence([never, *unrelated(1, 10)]) == 0.95


@pytest.fixture
def matrices():
    rng = np.random.default_rng(0)
    means = {"low": 0, "a": 3, "b": 3, "simple": 1, "planner": 5, "up": 6}
    return {
        name: {
            agent: Runs(np.arange(6), scale * (mean + 0.1 * rng.normal(size=(6, 20))), 0.3)
            for agent, mean in means.items()
        }
        for name, scale in (("one", 1), ("two", 10))
    }


def test_contenders_meet_rivals_in_each_environment_and_each_other_over_all(matrices):
    table = family_table(matrices, ["a", "b"], ["simple", "planner"], ("low", "up"), 500)
    rows = table.set_index(["environment", "agent", "other"])
    assert len(rows) == 2 * 2 * 2 + 1
    assert rows.loc[("two", "a", "simple"), "difference"] == pytest.approx(20, abs=1)
    assert rows.loc[("one", "b", "planner"), "high"] < 0
    among = rows.loc[(ALL, "a", "b")]
    assert among["unit"] == "score"
    assert among["low"] < 0 < among["high"]
    assert rows["confidence"].nunique() == 1
    assert 0.95 < rows["confidence"].iloc[0] <= 1 - 0.05 / len(rows)

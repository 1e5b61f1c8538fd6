"""Performance profiles and the probability of improvement, from a handful of sessions."""

import pandas as pd
import pytest

from segue.experiments.analysis.run_tables import improvement_table, profile_table
from segue.experiments.analysis.statistics.runs import ALL


def test_improvement_by_hand(episodes):
    table = improvement_table(episodes, {"learner"}).set_index(["environment", "agent", "other"])
    assert set(table.index) == {
        ("short", *pair)
        for pair in [
            ("learner", "random"),
            ("random", "learner"),
            ("learner", "oracle"),
            ("oracle", "learner"),
        ]
    }
    # Two of two runs: the lower end p of the exact interval solves p^2 = 0.025.
    always = table.loc[("short", "learner", "random"), ["probability", "low", "high"]]
    assert always.tolist() == pytest.approx([1, 0.025**0.5, 1])
    # The learner's runs have means 3 and 5, the oracle's has 5: lost and tied.
    against = table.loc[("short", "learner", "oracle")]
    assert against["probability"] == 0.25
    assert 0 <= against["low"] < 0.25 < against["high"] <= 1
    back = table.loc[("short", "oracle", "learner")]
    assert back["probability"] == 0.75
    assert back["low"] == 1 - against["high"]


def test_improvement_over_environments_is_the_mean(episodes):
    reversed_ = episodes.assign(environment="long", **{"return": -episodes["return"]})
    table = improvement_table(pd.concat([episodes, reversed_]), {"learner"})
    together = table[table["environment"] == ALL].set_index(["agent", "other"])["probability"]
    assert together["learner", "random"] == 0.5  # always here, never there
    # Means 3 and 5 against 5, then -3 and -5 against -5.
    assert together["learner", "oracle"] == (0.25 + 0.75) / 2


def test_profiles_by_hand(episodes):
    table = profile_table(episodes, "random", "oracle")
    learner = table[table["agent"] == "learner"].set_index("threshold")
    # Means of 3 and 5 between 1 and 5: the runs score 0.5 and 1.
    assert learner["share"].loc[[0.0, 0.45, 0.5, 0.95, 1.0]].tolist() == [1, 1, 0.5, 0.5, 0]
    assert (learner["low"] <= learner["share"]).all()
    assert (learner["share"] <= learner["high"]).all()
    oracle = table[table["agent"] == "oracle"].set_index("threshold")
    assert oracle.loc[0.95, ["share", "low", "high"]].tolist() == pytest.approx([1, 0.025**0.5, 1])

"""Scores and paired differences, from a handful of sessions that can be worked out by hand."""

import pandas as pd
import pytest

from segue.experiments.analysis.comparison import anchors_apart, difference_table, score_table
from segue.experiments.analysis.statistics.runs import ALL, runs_by_environment


def test_scores_by_hand(episodes):
    table = score_table(episodes, "random", "oracle").set_index("agent")
    assert list(table.index) == ["random", "learner", "oracle"]
    # Means: random 1, oracle 5, learner 3 and 5, so that its seeds score 0.5 and 1.
    assert table.loc["learner", "score"] == pytest.approx(0.75)
    assert table.loc["learner", "low"] < 0.75 < table.loc["learner", "high"]
    assert table.loc["learner", "seeds"] == 2
    assert table.loc["random", ["score", "low", "high"]].tolist() == [0, 0, 0]
    assert table.loc["oracle", ["score", "low", "high"]].tolist() == [1, 1, 1]


def test_several_environments_are_also_summarised_together(episodes):
    second = episodes.assign(environment="long")
    second["return"] *= 10
    table = score_table(pd.concat([episodes, second]), "random", "oracle")
    together = table[table["environment"] == ALL].set_index("agent")
    assert together.loc["learner", "score"] == pytest.approx(0.75)
    assert together.loc["learner", "episodes"] == 2 * 2 * 4


def test_the_score_over_all_environments_is_the_mean_of_theirs(sessions):
    """No environment is cut: the learner scores 1, 0.25, 0.5 and -1, and 0.1875 on average."""
    parts = []
    for place, value in enumerate((4.0, 1.0, 2.0, -4.0)):
        for agent, earned in {"random": 0.0, "learner": value, "oracle": 4.0}.items():
            parts.append(sessions(f"e{place}", agent, [[earned, earned]] * 4))
    table = score_table(pd.concat(parts), "random", "oracle")
    learner = table[table["agent"] == "learner"].set_index("environment")
    assert learner.loc[ALL, "score"] == pytest.approx((1 + 0.25 + 0.5 - 1) / 4)
    assert learner.loc["e0", "statistic"] == "interquartile mean"


def test_the_mean_of_fewer_than_four_runs_is_called_a_mean(episodes):
    table = score_table(episodes, "random", "oracle").set_index("agent")
    assert table.loc["learner", "statistic"] == "mean"


def test_anchors_are_compared_over_all_sessions(episodes):
    here = runs_by_environment(episodes)["short"]
    assert anchors_apart(here, "random", "oracle").above
    assert not anchors_apart(here, "oracle", "random").above


def test_differences_by_hand(episodes):
    table = difference_table(episodes).set_index(["agent", "other"])
    row = table.loc[("learner", "random")]
    assert row["difference"] == pytest.approx(3.0)
    assert row["low"] < 3 < row["high"]
    assert row["seeds"] == 2
    assert row["sessions_won"] == 1.0
    assert row["sessions_won_low"] < 1
    assert (row["runs_won"], row["runs_won_high"]) == (1, 1)
    assert row["runs_won_low"] == pytest.approx(0.025**0.5)
    # Seed 0 loses to the oracle in all four sessions; seed 1 ties, ties, loses, wins.
    against = table.loc[("learner", "oracle")]
    assert against["difference"] == pytest.approx(-1.0)
    assert against["sessions_won"] == pytest.approx((0 + 0.5 + 0.5 + 0 + 1) / 8)
    back = table.loc[("oracle", "learner")]
    assert back["difference"] == pytest.approx(1.0)
    assert back["low"] == -against["high"]
    assert back["sessions_won"] == pytest.approx(1 - against["sessions_won"])
    assert back["runs_won"] == 1 - against["runs_won"]

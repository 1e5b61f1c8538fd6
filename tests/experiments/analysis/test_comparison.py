"""Scores and paired differences, from a handful of sessions that can be worked out by hand."""

import pandas as pd
import pytest

from segue.experiments.analysis.comparison import ALL, difference_table, return_matrix, score_table


def test_matrix_puts_seeds_in_rows_and_episodes_in_columns(episodes):
    shuffled = episodes.sample(frac=1.0, random_state=3)
    assert return_matrix(shuffled, "short", "learner").tolist() == [[2, 4, 2, 4], [4, 6, 4, 6]]


def test_scores_by_hand(episodes):
    table = score_table(episodes, "random", "oracle", 200).set_index("agent")
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
    table = score_table(pd.concat([episodes, second]), "random", "oracle", 200)
    together = table[table["environment"] == ALL].set_index("agent")
    assert together.loc["learner", "score"] == pytest.approx(0.75)
    assert together.loc["learner", "episodes"] == 8


def test_differences_by_hand(episodes):
    table = difference_table(episodes, 200).set_index(["agent", "other"])
    row = table.loc[("learner", "random")]
    assert row["difference"] == pytest.approx(3.0)
    assert row["low"] > 0
    assert row["sessions_won"] == 1.0
    assert row["runs_won"] == 1.0
    # Seed 0 loses to the oracle in all four sessions; seed 1 ties, ties, loses, wins.
    against = table.loc[("learner", "oracle")]
    assert against["difference"] == pytest.approx(-1.0)
    assert against["sessions_won"] == pytest.approx((0 + 0.5 + 0.5 + 0 + 1) / 8)
    back = table.loc[("oracle", "learner")]
    assert back["difference"] == pytest.approx(1.0)
    assert back["low"] == -against["high"]
    assert back["sessions_won"] == pytest.approx(1 - against["sessions_won"])
    assert back["seeds"] == 1

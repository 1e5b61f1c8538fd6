"""The further tables of a study, from a handful of sessions that can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from segue.experiments.analysis.comparison import ALL
from segue.experiments.analysis.listener_groups import group_table
from segue.experiments.analysis.listener_traits import SPLITS
from segue.experiments.analysis.metric_tables import metrics_table, order_summary, smoothness_table
from segue.experiments.analysis.run_tables import improvement_table, profile_table


def sessions(environment, agent, returns_by_seed, **more):
    rows = [
        {"environment": environment, "agent": agent, "seed": seed, "episode": 100 + e, "return": value}
        for seed, returns in enumerate(returns_by_seed)
        for e, value in enumerate(returns)
    ]
    return pd.DataFrame(rows).assign(**more)


@pytest.fixture
def episodes():
    return pd.concat(
        [
            sessions("short", "random", [[0, 2, 1, 1]]),
            sessions("short", "learner", [[2, 4, 2, 4], [4, 6, 4, 6]]),
            sessions("short", "oracle", [[4, 6, 5, 5]]),
        ],
        ignore_index=True,
    )


def test_improvement_by_hand(episodes):
    table = improvement_table(episodes, {"learner"}, 200).set_index(["environment", "agent", "other"])
    assert set(table.index) == {
        ("short", *pair)
        for pair in [
            ("learner", "random"),
            ("random", "learner"),
            ("learner", "oracle"),
            ("oracle", "learner"),
        ]
    }
    assert table.loc[("short", "learner", "random"), ["probability", "low", "high"]].tolist() == [1, 1, 1]
    # The learner's runs have means 3 and 5, the oracle's has 5: lost and tied.
    against = table.loc[("short", "learner", "oracle")]
    assert against["probability"] == 0.25
    assert 0 <= against["low"] < 0.25 < against["high"] <= 1
    back = table.loc[("short", "oracle", "learner")]
    assert back["probability"] == 0.75
    assert back["low"] == 1 - against["high"]


def test_improvement_over_environments_is_the_mean(episodes):
    reversed_ = episodes.assign(environment="long", **{"return": -episodes["return"]})
    table = improvement_table(pd.concat([episodes, reversed_]), {"learner"}, 200)
    together = table[table["environment"] == ALL].set_index(["agent", "other"])["probability"]
    assert together["learner", "random"] == 0.5  # always here, never there
    # Means 3 and 5 against 5, then -3 and -5 against -5.
    assert together["learner", "oracle"] == (0.25 + 0.75) / 2


def test_profiles_by_hand(episodes):
    table = profile_table(episodes, "random", "oracle", 200)
    learner = table[table["agent"] == "learner"].set_index("threshold")
    # Means of 3 and 5 between 1 and 5: the runs score 0.5 and 1.
    assert learner["share"].loc[[0.0, 0.45, 0.5, 0.95, 1.0]].tolist() == [1, 1, 0.5, 0.5, 0]
    assert (learner["low"] <= learner["share"]).all()
    assert (learner["share"] <= learner["high"]).all()
    oracle = table[table["agent"] == "oracle"].set_index("threshold")
    assert oracle.loc[0.95, ["share", "low", "high"]].tolist() == [1, 1, 1]


def test_groups_say_for_whom_an_agent_is_worse():
    hard, easy = SPLITS["ease"][0], SPLITS["ease"][3]
    episodes = pd.concat(
        [sessions("e", "random", [[1, 2, 3, 4]]), sessions("e", "mine", [[0, 0.5, 5, 6], [0, 1, 7, 9]])]
    )
    listeners = pd.DataFrame(
        {
            "environment": "e",
            "episode": [103, 102, 101, 100],
            "ease": [4.0, 3, 2, 1],
            "ease_group": [easy, easy, hard, hard],
        }
    )
    table = group_table(episodes, listeners, "random", 300).set_index("group")
    assert set(table["agent"]) == {"mine"}
    # On episodes 100 and 101: means 0.25 and 0.5 against 1.5.
    assert table.loc[hard, "difference"] == pytest.approx(0.375 - 1.5)
    assert table.loc[hard, "worse"]
    assert table.loc[easy, "difference"] == pytest.approx(6.75 - 3.5)
    assert not table.loc[easy, "worse"]
    assert table.loc[easy, "sessions"] == 2


def test_metrics_by_hand():
    episodes = sessions("e", "a", [[1, 3], [5, 7]], completed=[1, 2, 2, 4], length=[2, 2, 4, 4], odd=np.nan)
    plays = pd.DataFrame(
        {"environment": "e", "agent": "a", "seed": [0, 0, 0, 1, 1, 1], "index": [7, 7, 8, 1, 2, 3]}
    )
    table = metrics_table(episodes, plays, {"e": 10}, 200).set_index("metric")
    assert table.loc["return", "mean"] == 4
    assert 1 <= table.loc["return", "low"] < 4 < table.loc["return", "high"] <= 7
    assert table.loc["completion", "mean"] == pytest.approx((0.5 + 1 + 0.5 + 1) / 4)
    assert table.loc["coverage", "mean"] == pytest.approx((2 / 10 + 3 / 10) / 2)
    assert "odd" not in table.index


def test_order_and_smoothness_by_hand():
    orders = sessions("e", "a", [[0, 0], [0, 0]]).drop(columns="return")
    orders = orders.assign(
        tracks=3,
        own=[3.0, 5, 4, 4],
        shuffled=[2.0, 3, 2, 3],
        best=[3.5, 5, 6, 4.5],
        shuffled_transition_distance_key=0.5,
    )
    row = order_summary(orders, 200).iloc[0]
    assert row[["own", "shuffled", "best", "gain", "regret"]].tolist() == [4, 2.5, 4.75, 1.5, 0.75]
    assert row["gain_low"] < 1.5 < row["gain_high"]
    assert row["sessions"] == 4
    episodes = sessions("e", "a", [[0, 0], [0, 0]]).assign(transition_distance_key=[0.1, 0.3, 0.2, 0.4])
    smooth = smoothness_table(episodes, orders.iloc[:3], 200).iloc[0]  # one session had a single track
    assert smooth["feature"] == "key"
    assert smooth["smoothness"] == pytest.approx(0.8)
    assert smooth["coherence"] == pytest.approx(0.5)
    assert smooth["difference"] == pytest.approx(0.3)

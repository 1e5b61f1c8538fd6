"""Metrics, order and smoothness of the agents, from a handful of sessions that can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from segue.experiments.analysis.metric_tables import metrics_table, order_summary, smoothness_table


def test_metrics_by_hand(sessions):
    episodes = sessions("e", "a", [[1, 3], [5, 7]], completed=[1, 2, 2, 4], length=[2, 2, 4, 4], odd=np.nan)
    plays = pd.DataFrame(
        {"environment": "e", "agent": "a", "seed": [0, 0, 0, 1, 1, 1], "index": [7, 7, 8, 1, 2, 3]}
    )
    table = metrics_table(episodes, plays, {("e", 0): 10, ("e", 1): 20}).set_index("metric")
    assert table.loc["return", "mean"] == 4
    # Two runs with means 2 and 6: 12.706 standard errors of 2, the variance doubled.
    half = 12.706 * 2 * 2**0.5
    assert table.loc["return", ["low", "high"]].tolist() == pytest.approx([4 - half, 4 + half], rel=1e-3)
    assert table.loc["completion", "mean"] == pytest.approx((0.5 + 1 + 0.5 + 1) / 4)
    assert table.loc["coverage", "mean"] == pytest.approx((2 / 10 + 3 / 20) / 2)
    assert "odd" not in table.index


def test_order_and_smoothness_by_hand(sessions):
    orders = sessions("e", "a", [[0, 0], [0, 0]]).drop(columns="return")
    orders = orders.assign(
        tracks=3,
        own=[3.0, 5, 4, 4],
        shuffled=[2.0, 3, 2, 3],
        best=[3.5, 5, 6, 4.5],
        shuffled_transition_distance_key=0.5,
    )
    row = order_summary(orders, {("e", "a"): 6}).iloc[0]
    assert row[["own", "shuffled", "best", "gain", "regret"]].tolist() == [4, 2.5, 4.75, 1.5, 0.75]
    assert row["gain_low"] == row["gain_high"] == 1.5  # both runs gain as much
    assert row["sessions"] == 4
    assert row["without_order"] == 2
    assert row["regret_low"] == 0  # a bound from search is not below what was played
    episodes = sessions("e", "a", [[0, 0], [0, 0]]).assign(transition_distance_key=[0.1, 0.3, 0.2, 0.4])
    smooth = smoothness_table(episodes, orders.iloc[:3]).iloc[0]  # one session had a single track
    assert smooth["feature"] == "key"
    assert smooth["smoothness"] == pytest.approx(((0.9 + 0.7) / 2 + 0.8) / 2)
    assert smooth["coherence"] == pytest.approx(0.5)
    assert smooth["difference"] == pytest.approx(0.3)

"""Scores in validation, from a handful of sessions."""

import pandas as pd
import pytest

from segue.experiments.analysis.statistics.validation import validation_scores


def test_agents_are_scored_after_their_last_step_run_by_run():
    rows = [
        *(("e", "low", seed, 0, 1, 2.0 * seed) for seed in (0, 1)),
        *(("e", "up", seed, 0, 1, 10.0) for seed in (0, 1)),
        ("e", "ppo", 0, 0, 1, 99.0),  # before training
        ("e", "ppo", 0, 512, 1, 4.0),
        ("e", "ppo", 0, 512, 2, 6.0),
        ("e", "ppo", 1, 512, 1, 6.0),
    ]
    columns = ["environment", "agent", "seed", "steps", "episode", "return"]
    table = validation_scores(pd.DataFrame(rows, columns=columns), "low", "up").set_index("agent")
    assert table.loc["ppo", "runs"] == 2
    assert table.loc["ppo", "return"] == 5.5
    assert table.loc["ppo", "score"] == pytest.approx((5 / 10 + 4 / 8) / 2)
    assert table.loc[["low", "up"], "score"].tolist() == [0, 1]


def test_a_study_without_validation_has_no_scores():
    assert validation_scores(pd.DataFrame(), "low", "up").empty

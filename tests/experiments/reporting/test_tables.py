"""The tables of a report: which agents and environments are where, and how numbers are written."""

import dataclasses

import pandas as pd

from segue.experiments.reporting.tables import (
    difference_tables,
    order_tables,
    overview,
    requested_tables,
    score_tables,
)


def test_the_overview_puts_the_best_first_and_environments_side_by_side(make_results, make_study):
    scores, differences = overview(make_results(), make_study())
    assert scores.head == ["agent", "role", "all", "one", "two"]
    assert [row[0] for row in scores.rows] == ["seer", "ppo", "baseline", "random"]
    assert [row[0] for row in differences.rows] == ["seer", "baseline", "random"]
    assert differences.rows[1][2:] == ["+2.00 [2.00, 2.00]", "−1.00 [−1.00, −1.00]"]


def test_there_is_a_table_per_environment(make_results, make_study):
    assert [table.title for table in score_tables(make_results(), make_study())] == ["one", "two"]
    assert difference_tables(make_results(), make_study())[0].rows[1][3:] == ["100 %", "100 %"]


def test_an_environment_that_an_agent_missed_has_a_dash(make_results, make_study):
    leads = {
        "one": {"random": 0, "baseline": 1, "ppo": 3, "seer": 6},
        "two": {"random": 0, "baseline": 2, "seer": 5},
    }
    scores, _ = overview(make_results(leads), make_study())
    assert next(row for row in scores.rows if row[0] == "ppo")[-1] == "\N{EN DASH}"


def test_gain_and_regret_of_orders_are_tabled(make_results, make_study):
    row = {"environment": "one", "agent": "ppo", "own": 3.0, "shuffled": 2.5, "best": 5.0}
    row["sessions"] = 37
    row |= {
        "gain": 0.5,
        "gain_low": 0.1,
        "gain_high": 0.9,
        "regret": 2.0,
        "regret_low": 1.5,
        "regret_high": 2.5,
    }
    results = dataclasses.replace(make_results(), order=pd.DataFrame([row]))
    (table,) = order_tables(results, make_study())
    assert table.rows == [
        ["ppo", "learned", "37", "3.00", "2.50", "5.00", "+0.50 [0.10, 0.90]", "2.00 [1.50, 2.50]"]
    ]


def test_requested_tables_are_shown_if_the_study_asks_for_them(make_results, make_study):
    cells = [
        ("How?", "score", row, column, mean, mean - 1, mean + 1)
        for row, column, mean in (("ppo", "1", 2.0), ("ppo", "20000", 3.0), ("baseline", "20000", 4.0))
    ]
    table = pd.DataFrame(cells, columns=["title", "value", "row", "column", "mean", "low", "high"])
    results = dataclasses.replace(make_results(), requested_tables=table)
    assert requested_tables(results, make_study()) == []
    (shown,) = requested_tables(results, make_study(tables=[{"title": "How?"}]))
    assert shown.head == ["", "1", "20,000"]
    assert shown.rows == [
        ["ppo", "2.00 [1.00, 3.00]", "3.00 [2.00, 4.00]"],
        ["baseline", "\N{EN DASH}", "4.00 [3.00, 5.00]"],
    ]

"""What the report is made of: which agents it is about, its first lines for many, its tables and sessions."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from segue.experiments.analysis.agent_roles import best_agent, plotted_agents, ranked, roles
from segue.experiments.analysis.comparison import difference_table, score_table
from segue.experiments.reporting.findings import findings
from segue.experiments.reporting.sessions import QUANTILES, chosen_sessions, sessions_json
from segue.experiments.reporting.tables import (
    difference_tables,
    order_tables,
    overview,
    requested_tables,
    score_tables,
)
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

EPISODES = 40
LISTENERS = np.random.default_rng(3).normal(0.0, 1.0, EPISODES)
LEADS = {
    "one": {"random": 0, "baseline": 1, "ppo": 3, "seer": 6},
    "two": {"random": 0, "baseline": 2, "ppo": 1, "seer": 5},
}
TERMS = ("utility_bias", "utility_taste", "utility_energy_arc")


def study(agents=("random", "baseline", "ppo", "seer"), environments=("one", "two")) -> StudyConfig:
    return StudyConfig.model_validate(
        {
            "name": "made up",
            "environments": [{"id": "segue/Playlist-v0", "label": label} for label in environments],
            "agents": [{"name": agent} for agent in agents],
            "evaluation": {"episodes": EPISODES, "lower": "random", "upper": "seer"},
        }
    )


def results(leads=LEADS, upper_bounds=(), title="A <b>song</b>") -> Results:
    """Made-up results: every agent earns what a listener gives, and its lead."""
    rows = [
        {"environment": env, "agent": agent, "seed": 0, "episode": k, "return": gift + lead, "length": 2}
        for env, agents in leads.items()
        for agent, lead in agents.items()
        for k, gift in enumerate(LISTENERS)
    ]
    episodes = pd.DataFrame(rows).assign(completed=1, skip_rate=0.5, left=False, diversity=0.2)
    episodes = episodes.assign(**dict.fromkeys(TERMS, episodes["return"]))
    plays = episodes[["environment", "agent", "seed", "episode", "return"]].rename(
        columns={"return": "reward"}
    )
    plays = pd.concat([plays.assign(position=k, index=k, skipped=k == 1, left=False) for k in (1, 0)])
    plays = plays.assign(track_id=[f"t{k}" for k in plays["index"]], listened=0.5)
    plays = plays.assign(**dict.fromkeys(TERMS, 0.25))
    tracks = pd.DataFrame(
        {"index": [0, 1], "track_id": ["t0", "t1"], "title": [title, None], "artist": [None, "x"]}
    )
    tracks = tracks.assign(tempo=[120.4, np.nan], energy=[0.5, np.nan], key=[0, np.nan], mode=[1, np.nan])
    runs = episodes.drop_duplicates(["environment", "agent"])[["environment", "agent", "seed"]]
    runs = runs.assign(
        learned=runs["agent"] == "ppo",
        sees_listener=runs["agent"] == "seer",
        knows_population=runs["agent"].isin(upper_bounds),
        revision="abc",
        dirty=False,
    )
    return Results(
        scores=score_table(episodes, "random", "seer", 100),
        differences=difference_table(episodes, 100),
        episodes=episodes,
        plays=plays,
        curves=pd.DataFrame(),
        tracks=pd.concat([tracks.assign(environment=env) for env in leads]),
        runs=runs,
    )


def test_agents_are_told_apart_by_what_they_know():
    found = results(
        {"one": {"random": 0, "baseline": 1, "wise": 4, "ppo": 3, "seer": 6}}, upper_bounds=["wise"]
    )
    said = {
        "ppo": "learned",
        "seer": "oracle",
        "wise": "upper bound",
        "random": "baseline",
        "baseline": "baseline",
    }
    assert roles(found) == said
    assert best_agent(found) == "ppo"
    told = findings(found, study(("random", "baseline", "wise", "ppo", "seer"), ("one",)))
    # A ceiling is no simple agent that one has to beat.
    assert told.headline == "The best learned agent, ppo, beats every simple agent: baseline and random."
    assert any("stays behind wise, which knows how listeners are drawn" in detail for detail in told.details)


def test_of_many_agents_anchors_and_the_best_of_each_kind_are_featured():
    agents = {"random": 0, "seer": 20, **{f"rule {k}": k / 10 for k in range(9)}, "ppo": 0.05}
    picked = plotted_agents(results({"one": agents}), study(agents, ("one",)), most=5)
    assert picked == ["random", "seer", "rule 7", "rule 8", "ppo"]


def test_every_environment_has_its_line_and_its_loss_is_told():
    said = findings(results(), study())
    assert said.headline == "The best learned agent, ppo, beats every simple agent on one, but not on two."
    assert [(verdict.environment, verdict.rival, verdict.verdict) for verdict in said.verdicts] == [
        ("one", "baseline", "better"),
        ("two", "baseline", "worse"),
    ]
    assert said.verdicts[0].difference == "+2.00 [2.00, 2.00]"
    assert "It is not shown to beat baseline (two)." in said.details


def test_groups_that_an_agent_fails_are_named():
    rows = [
        {
            "environment": "one",
            "agent": "ppo",
            "group": group,
            "difference": mean,
            "low": mean - 1,
            "high": mean + 1,
        }
        for group, mean in (("choosy", -2.0), ("least choosy", 0.0))
    ]
    groups = pd.DataFrame(rows).assign(split="choosiness", worse=[True, False])
    said = findings(dataclasses.replace(results(), groups=groups), study())
    assert any(
        detail.startswith("It is worse than random for these groups of listeners: choosy (")
        for detail in said.details
    )
    groups["worse"] = False
    said = findings(dataclasses.replace(results(), groups=groups), study())
    assert "There is no group of listeners for whom it is shown to be worse than random." in said.details


def test_the_worth_of_the_order_is_told_and_tabled():
    row = {"environment": "one", "agent": "ppo", "own": 3.0, "shuffled": 2.5, "best": 5.0, "sessions": 40}
    row |= {
        "gain": 0.5,
        "gain_low": 0.1,
        "gain_high": 0.9,
        "regret": 2.0,
        "regret_low": 1.5,
        "regret_high": 2.5,
    }
    found = dataclasses.replace(results(), order=pd.DataFrame([row]))
    assert any(
        "is worth +0.50 [0.10, 0.90] a session" in detail for detail in findings(found, study()).details
    )
    (table,) = order_tables(found, study())
    assert table.rows == [
        ["ppo", "learned", "3.00", "2.50", "5.00", "+0.50 [0.10, 0.90]", "2.00 [1.50, 2.50]"]
    ]


def test_tables_put_the_best_first_and_environments_side_by_side():
    scores, differences = overview(results(), study())
    assert scores.head == ["agent", "role", "all", "one", "two"]
    assert [row[0] for row in scores.rows] == ["seer", "ppo", "baseline", "random"]
    assert [row[0] for row in differences.rows] == ["seer", "baseline", "random"]
    assert differences.rows[1][2:] == [
        "+2.00 [2.00, 2.00]",
        "\N{MINUS SIGN}1.00 [\N{MINUS SIGN}1.00, \N{MINUS SIGN}1.00]",
    ]
    assert [table.title for table in score_tables(results(), study())] == ["one", "two"]
    assert difference_tables(results(), study())[0].rows[1][3:] == ["100 %", "100 %"]


def test_an_agent_may_have_missed_an_environment():
    leads = {"one": LEADS["one"], "two": {"random": 0, "baseline": 2, "seer": 5}}
    found = results(leads)
    assert set(ranked(found, ["ppo", "baseline", "random"])) == {"ppo", "baseline", "random"}
    assert best_agent(found, "two") == "baseline"
    said = findings(found, study())
    assert [glance.environment for glance in said.verdicts] == ["one"]
    scores, _ = overview(found, study())
    assert next(row for row in scores.rows if row[0] == "ppo")[2:][-1] == "\N{EN DASH}"
    rooms = json.loads(sessions_json(found, study()))["environments"]
    assert ["ppo" in next(iter(room["plays"].values())) for room in rooms] == [True, False]


def test_sessions_to_look_into_are_quantiles_and_the_typical_one_is_first():
    picked = chosen_sessions(results(), "one")
    assert [label for _, label in picked] == [f"{word} for ppo" for word in QUANTILES.values()]
    order = np.argsort(LISTENERS, kind="stable")
    assert [episode for episode, _ in picked] == [order[int(q * (EPISODES - 1))] for q in QUANTILES]


def test_sessions_hold_every_play_in_order_and_cannot_end_the_script():
    text = sessions_json(results(), study())
    assert "<" not in text
    content = json.loads(text)
    assert content["first"] == ["ppo", "baseline"]
    room = content["environments"][0]
    assert room["terms"] == ["taste", "energy_arc"]
    assert room["tracks"] == {
        "0": ["A <b>song</b>", "", 120.0, "8B", 0.5],
        "1": ["t1", "x", None, None, None],
    }
    plays = room["plays"][str(room["sessions"][0]["seed"])]["ppo"]
    assert [play[0] for play in plays] == [0, 1]
    assert plays[1][1:] == [0.5, 1, 0, pytest.approx(3 + np.sort(LISTENERS)[19], abs=1e-3), [0.25, 0.25]]


def test_a_study_that_asks_gets_its_answers_as_tables():
    cells = [
        ("How?", "score", row, column, mean, mean - 1, mean + 1)
        for row, column, mean in (("ppo", "1", 2.0), ("ppo", "2", 3.0), ("baseline", "2", 4.0))
    ]
    table = pd.DataFrame(cells, columns=["title", "value", "row", "column", "mean", "low", "high"])
    found = dataclasses.replace(results(), requested_tables=table)
    assert requested_tables(found, study()) == []
    asking = StudyConfig.model_validate(
        {**study().model_dump(exclude_unset=True), "tables": [{"title": "How?"}]}
    )
    (shown,) = requested_tables(found, asking)
    assert shown.head == ["", "1", "2"]
    assert shown.rows == [
        ["ppo", "2.00 [1.00, 3.00]", "3.00 [2.00, 4.00]"],
        ["baseline", "\N{EN DASH}", "4.00 [3.00, 5.00]"],
    ]

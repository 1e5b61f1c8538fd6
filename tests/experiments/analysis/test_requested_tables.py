"""The tables that a study asks for: which number is in which cell."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segue.experiments.analysis.requested_tables import ONSET, requested_table, save_wide, wide_tables
from segue.experiments.study.file_format.table_config import table_files
from segue.experiments.study.loader import load_study, parse_study
from segue.experiments.study.plan import plan_runs
from segue.experiments.study.results import Results
from segue.features.errors import UserError

CONFIGS = sorted((Path(__file__).parents[3] / "experiments" / "configs").glob("*.yaml"))

STUDY = """\
name: small
environments:
  - id: segue/Playlist-v0
    vary: {settings.listener.terms.transition.weight: [0, 2]}
agents:
  - name: random
  - name: dqn
    vary: {steps: [100, 200]}
  - name: greedy-oracle
"""


def study(tables):
    return parse_study(f"{STUDY}tables:\n{tables}", Path("small.yaml")).config


def results(config):
    """Results with score, difference and seconds 10 x (place of the agent) + (place of the environment)."""
    rows = [
        {"environment": environment.label, "agent": agent.label, "score": 10 * a + e}
        for e, environment in enumerate(config.environments)
        for a, agent in enumerate(config.agents)
    ]
    scores = pd.DataFrame(rows).assign(low=-1.0, high=99.0)
    runs = scores.rename(columns={"score": "train_seconds"})
    nothing = pd.DataFrame()
    return Results(scores, nothing, played(config), nothing, nothing, nothing, runs)


def played(config):
    """Three runs of two sessions each, with returns around the score of `results`."""
    rows = [
        {"environment": environment.label, "agent": agent.label, "seed": seed, "episode": 10 * seed + k}
        | {"return": (10 * a + e) * (1 + 0.1 * seed) + k}
        for e, environment in enumerate(config.environments)
        for a, agent in enumerate(config.agents)
        for seed in range(3)
        for k in range(2)
    ]
    return pd.DataFrame(rows)


def wide(tables):
    config = study(tables)
    (table,) = wide_tables(requested_table(results(config), config)).values()
    return table


def test_by_default_there_are_the_scores_by_agent_and_environment():
    config = parse_study(STUDY, Path("small.yaml")).config
    table = wide_tables(requested_table(results(config), config))["Normalised score"]
    assert table.columns.tolist() == ["Playlist, weight=0", "Playlist, weight=2"]
    assert table.index.tolist() == ["random", "dqn, steps=100", "dqn, steps=200", "greedy-oracle"]
    assert table.to_numpy().tolist() == [[0, 1], [10, 11], [20, 21], [30, 31]]


def test_columns_can_be_what_is_varied():
    table = wide("  - {title: x, columns: weight}")
    assert table.columns.tolist() == ["0", "2"]
    assert table.loc["dqn, steps=200"].tolist() == [20, 21]


def test_agents_that_are_not_varied_fill_all_columns():
    table = wide("  - {title: x, columns: steps, environments: ['Playlist, weight=2']}")
    assert table.index.tolist() == ["random", "dqn", "greedy-oracle"]
    assert table.columns.tolist() == ["100", "200"]
    assert table.to_numpy().tolist() == [[1, 1], [11, 21], [31, 31]]


def test_what_is_neither_in_rows_nor_in_columns_precedes_the_row():
    table = wide("  - {title: x, columns: steps, agents: [dqn]}")
    assert table.index.tolist() == ["Playlist, weight=0, dqn", "Playlist, weight=2, dqn"]
    assert table.loc["Playlist, weight=2, dqn"].tolist() == [11, 21]
    table = wide("  - {title: x, rows: weight, columns: steps, agents: [dqn, random]}")
    assert table.index.tolist() == ["random, 0", "random, 2", "dqn, 0", "dqn, 2"]


def test_differences_are_those_of_the_sessions_and_seconds_have_no_interval():
    config = study("  - {title: a, value: difference, against: random}\n  - {title: b, value: train_seconds}")
    table = requested_table(results(config), config)
    first = table[table["title"] == "a"].iloc[0]
    # dqn minus random in the first environment: 10, 11 and 12 in the three runs.
    assert first["row"] == "dqn, steps=100"
    assert first["mean"] == pytest.approx(11)
    assert first["low"] < 11 < first["high"]
    assert table.loc[table["title"] == "b", "low"].isna().all()


def test_each_environment_may_have_an_agent_of_its_own_to_compare_with():
    against = '{"Playlist, weight=0": random, "Playlist, weight=2": "dqn, steps=100"}'
    table = wide(f"  - {{title: a, value: difference, against: {against}, agents: [dqn]}}")
    # 10 x 1.1 and 20 x 1.1 above random, and 10 x 1.1 above dqn with 100 steps, which has none from itself.
    assert table.loc["dqn, steps=100"].tolist() == pytest.approx([11, np.nan], nan_ok=True)
    assert table.loc["dqn, steps=200"].tolist() == pytest.approx([22, 11])


def test_what_others_are_compared_with_keeps_its_place_and_has_no_row_of_its_own():
    table = wide(
        "  - {title: a, value: difference, against: 'dqn, steps=100', columns: steps, agents: [dqn]}"
    )
    assert table.columns.tolist() == ["100", "200"]
    assert table["100"].isna().all()
    assert table["200"].tolist() == pytest.approx([11, 11])
    table = wide("  - {title: a, value: difference, against: random}")
    assert "random" not in table.index


def test_what_is_lost_is_a_share_of_what_the_full_agent_gains():
    table = wide(
        "  - {title: a, value: lost, against: greedy-oracle, agents: [dqn], "
        "environments: ['Playlist, weight=0']}"
    )
    # Of the 30 that the oracle gains above random, dqn gains 10 and 20.
    assert table["Playlist, weight=0"].tolist() == pytest.approx([100 * 2 / 3, 100 / 3])


def test_a_change_of_score_is_that_from_one_environment_to_another():
    config = study("  - {title: a, value: score_change, against: 'Playlist, weight=0', agents: [dqn]}")
    made = results(config)
    sessions = made.episodes
    there = (sessions["environment"] == "Playlist, weight=2") & (sessions["agent"] == "dqn, steps=100")
    sessions.loc[there, "return"] += 6.0
    table = requested_table(made, config).set_index("row")
    # Scores of 1/3 and 2/3 in both, but for 6 of the 30 x (1, 1.1 or 1.2) that the oracle is above random.
    assert table.loc[table["column"] == "Playlist, weight=0", "mean"].isna().all()
    table = table[table["column"] == "Playlist, weight=2"]
    assert table.loc["dqn, steps=100", "mean"] == pytest.approx(np.mean([6 / 30, 6 / 33, 6 / 36]))
    assert table.loc["dqn, steps=200", "mean"] == pytest.approx(0.0)


def test_an_onset_is_a_column_of_its_own_and_its_intervals_hold_at_once():
    tables = "  - {title: x, value: difference, against: random, columns: weight, agents: [dqn]%s}"
    config, alone = study(tables % ", onset: true"), study(tables % "")
    made = results(config)
    sessions = made.episodes
    here = (sessions["environment"] == "Playlist, weight=0") & (sessions["agent"] == "dqn, steps=100")
    sessions.loc[here, "return"] -= 30.0
    table = requested_table(made, config).set_index(["row", "column"])
    single = requested_table(made, alone).set_index(["row", "column"])
    assert table.loc[("dqn, steps=100", ONSET), ["mean", "low", "high"]].tolist() == [2, 2, 2]
    assert table.loc[("dqn, steps=200", ONSET), ["mean", "low", "high"]].tolist() == [0, 0, 0]
    width, one = (each["high"] - each["low"] for each in (table, single))
    assert (width[one.index] > one).all()


def test_each_table_is_also_a_file(tmp_path):
    config = study("  - {title: 'By weight, in steps', columns: weight}")
    save_wide(requested_table(results(config), config), tmp_path)
    stored = pd.read_csv(tmp_path / "table-by-weight-in-steps.csv")
    assert stored.columns.tolist() == ["row", "0", "2"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("{title: x, value: scroe}", "did you mean 'score'?"),
        ("{title: x, value: difference}", "`against` must be given for a `difference`"),
        ("{title: x, value: difference, against: dqn}", "'dqn'"),
        ("{title: x, value: lost}", "`against` must be given for a `difference`, `lost`"),
        ("{title: x, value: difference, against: {'Playlist, weight=0': dqm}}", "unknown name 'dqm'"),
        ("{title: x, value: difference, against: {Playlist: random}}", "environment label 'Playlist'"),
        ("{title: x, value: score_change, against: random}", "'random'"),
        ("{title: x, onset: true}", "`onset` must be given for a `difference` only"),
        ("{title: x, columns: wieght}", "did you mean 'weight'?"),
        ("{title: x, agents: [dqm]}", "did you mean 'dqn'?"),
    ],
)
def test_a_table_that_cannot_be_made_is_refused_before_the_study(table, message):
    with pytest.raises(UserError) as caught:
        study(f"  - {table}")
    assert "line 11, tables[0]" in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_committed_studies_can_be_run(path):
    file = load_study(path)
    assert file.config.name == path.stem
    plan = plan_runs(file)
    met = {(spec.environment_label, spec.agent_label) for spec in plan.specs}
    assert {environment.label for environment in file.config.environments} == {e for e, _ in met}
    assert {agent.label for agent in file.config.agents} == {a for _, a in met}


def test_the_misspecification_study_uses_the_models_of_the_standard_one():
    def models(name):
        path = next(path for path in CONFIGS if path.stem == name)
        specs = [spec for spec in plan_runs(load_study(path)).specs if spec.agent == "maskable-ppo"]
        found = [(spec.agent_label, spec.model) for spec in specs if spec.model]
        # Only there are durations observed in one of the two.
        return {(label, model.key) for label, model in found if model.environment_label != "Session"}

    tuned = {key for label, key in models("standard") if label == "maskable-ppo"}
    assert len(tuned) == 3 * 10
    assert {key for _, key in models("misspecification")} == tuned


def test_files_of_tables_are_named_by_whole_words_of_their_titles():
    long = "Gain over the catalogue alone and a hundred thousand steps of training (return)"
    assert table_files(["Cost (ms)", long, "(ms)"]) == {
        "Cost (ms)": "table-cost.csv",
        long: "table-gain-over-the-catalogue-alone-and-a-hundred-thousand-steps.csv",
        "(ms)": "table-ms.csv",
    }


def test_titles_that_differ_in_their_remarks_alone_give_different_files():
    files = table_files(["Score (train)", "Score (test)", "Return"])
    assert list(files.values()) == ["table-score-train.csv", "table-score-test.csv", "table-return.csv"]

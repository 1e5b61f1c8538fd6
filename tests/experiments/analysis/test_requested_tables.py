"""The tables that a study asks for: which number is in which cell."""

from pathlib import Path

import pandas as pd
import pytest

from segue.experiments.analysis.requested_tables import requested_table, save_wide, wide_tables
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
    differences = scores.rename(columns={"score": "difference"}).assign(other="random")
    nothing = pd.DataFrame()
    return Results(scores, differences, nothing, nothing, nothing, nothing, runs)


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


def test_differences_and_seconds_come_from_their_tables():
    config = study("  - {title: a, value: difference, against: random}\n  - {title: b, value: train_seconds}")
    table = requested_table(results(config), config)
    first = table[table["title"] == "a"].iloc[1]
    assert first[["mean", "low", "high"]].tolist() == [1, -1, 99]
    assert table.loc[table["title"] == "b", "low"].isna().all()


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
        return {(spec.agent_label, spec.model.key) for spec in specs if spec.model}

    tuned = {key for label, key in models("standard") if label == "maskable-ppo"}
    assert {key for _, key in models("misspecification")} == tuned

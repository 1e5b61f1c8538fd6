"""The Markdown about kept results."""

import re
import shutil

import pandas as pd
import pytest

from segue.experiments.publish import publish
from segue.experiments.reporting.results_markdown import HEADLINE, section, summary

AGENTS = {  # role and score in two environments
    "random": ("baseline", 0.0, 0.0),
    "smooth": ("baseline", 0.3, -0.1),
    "content": ("baseline", 0.1, 0.4),
    "dqn": ("learned", 0.5, 0.6),
    "ppo": ("learned", 0.9, 0.1),
    "belief-planner": ("reference", 0.7, 0.7),
    "greedy-oracle": ("oracle", 0.8, 0.8),
    "oracle": ("oracle", 1.0, 1.0),
}
STUDY = """\
name: made-up
environments: [{id: segue/Playlist-v0}, {id: segue/Rebound-v0}]
agents: [{name: random}, {name: smooth}, {name: content}, {name: dqn}, {name: ppo}, {name: belief-planner},
  {name: greedy-oracle}, {name: oracle}]
evaluation: {episodes: 20, lower: random, upper: oracle}
"""


@pytest.fixture
def kept(tmp_path):
    """A folder of kept results with made-up scores; over both environments dqn is the best learned agent."""
    folder = tmp_path / "results" / "made-up"
    folder.mkdir(parents=True)
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    (folder / HEADLINE).write_text("A headline.\n", encoding="utf-8")
    rows, runs = [], []
    for agent, (role, first, second) in AGENTS.items():
        scores = {"Playlist": first, "Rebound": second, "all environments": (first + second) / 2}
        rows += [
            {"environment": name, "agent": agent, "score": score, "low": score - 0.1, "high": score + 0.1}
            for name, score in scores.items()
        ]
        flags = {"learned": "learned", "sees_listener": "oracle", "knows_population": "reference"}
        run = {"agent": agent, **{flag: role == wanted for flag, wanted in flags.items()}}
        runs.append({**run, "seed": 0, "steps": 1000 * (role == "learned"), "revision": "0123456789abcdef"})
    scores = pd.DataFrame(rows)
    order = ["Playlist", "Rebound", "all environments"]  # as in a study's table, all environments last
    scores = scores.sort_values("environment", key=lambda names: names.map(order.index), kind="stable")
    scores.to_csv(folder / "scores.csv", index=False)
    pd.DataFrame(runs).to_csv(folder / "runs.csv", index=False)
    return folder


def rows_of(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_summary_shows_the_anchors_and_the_best_agent_of_each_role(kept, tmp_path):
    head, *rows = rows_of(summary(kept, tmp_path / "README.md"))
    assert head == ["agent", "role", "all", "Playlist", "Rebound"]
    assert [row[:2] for row in rows] == [
        ["oracle", "oracle"],
        ["belief-planner", "reference"],
        ["dqn", "best of 2 learned agents"],
        ["content", "best of 3 baselines"],
        ["random", "baseline"],
    ]
    assert rows[2][2:] == ["0.55 [0.45, 0.65]", "0.50 [0.40, 0.60]", "0.60 [0.50, 0.70]"]


def test_the_summary_follows_the_scores(kept, tmp_path):
    scores = pd.read_csv(kept / "scores.csv")
    scores.loc[(scores["agent"] == "ppo") & (scores["environment"] == "all environments"), "score"] = 0.8
    scores.to_csv(kept / "scores.csv", index=False)
    agents = [row[0] for row in rows_of(summary(kept, tmp_path / "README.md"))]
    assert "ppo" in agents
    assert "dqn" not in agents


def test_the_section_shows_every_agent_best_first_with_the_headline(kept, tmp_path):
    text = section(kept, tmp_path / "docs" / "results.md")
    assert text.startswith("A headline.\n")
    agents = [row[0] for row in rows_of(text)[1:]]
    expected = ["oracle", "greedy-oracle", "belief-planner", "dqn", "ppo", "content", "smooth", "random"]
    assert agents == expected
    assert "Revision 0123456789." in text
    assert "1,000 steps per run" in text


def test_tables_without_scores_follow_those_of_all_agents_and_tables_of_scores_replace_them(kept, tmp_path):
    columns = ["title", "value", "row", "column", "mean", "low", "high"]
    table = pd.DataFrame([("Lacking", "lost", "dqn", "Playlist", 28.6, 10.0, 40.0)], columns=columns)
    table.to_csv(kept / "requested_tables.csv", index=False)
    lost = "tables: [{title: Lacking, value: lost, against: belief-planner, agents: [dqn]}]\n"
    (kept / "study.yaml").write_text(STUDY + lost, encoding="utf-8")
    scores, lacking = section(kept, tmp_path / "README.md").split("**Lacking**")
    assert "A headline." in scores
    assert [row[0] for row in rows_of(scores)][-1] == "random"
    assert rows_of(lacking)[1] == ["dqn", "28.60 [10.00, 40.00]"]
    (kept / "study.yaml").write_text(STUDY + "tables: [{title: Lacking}]\n", encoding="utf-8")
    text = section(kept, tmp_path / "README.md")
    assert text.startswith("**Lacking**")
    assert "A headline." not in text


def test_many_numbers_of_training_steps_are_a_range(kept, tmp_path):
    runs = pd.read_csv(kept / "runs.csv")
    (learned,) = (runs["steps"] > 0).to_numpy().nonzero()
    more = [runs.loc[learned[:1]].assign(steps=40_000 + k) for k in range(9)]
    pd.concat([runs, *more]).to_csv(kept / "runs.csv", index=False)
    text = section(kept, tmp_path / "docs" / "results.md")
    assert "Trained for 1,000 to 40,008 steps per run." in text


def test_links_are_relative_to_the_page(kept, tmp_path):
    (kept / "normalised_score.png").touch()
    text = section(kept, tmp_path / "docs" / "results.md")
    assert "](../results/made-up/normalised_score.png)" in text
    assert "[scores](../results/made-up/scores.csv)" in text


def test_tables_name_the_command_that_makes_them(kept, tmp_path):
    built_in = shutil.copytree(kept, kept.parent / "standard")
    for write in (section, summary):
        text = write(kept, tmp_path / "README.md")
        assert "Made by `segue compare made-up.yaml --out runs/made-up`." in text
        assert "Made by `segue compare standard --out runs/standard`." in write(
            built_in, tmp_path / "README.md"
        )


def test_the_section_of_a_real_study_has_its_scores_and_conditions(illustrated, tmp_path):
    kept = publish(illustrated, tmp_path / "results", [])
    text = section(kept, tmp_path / "README.md")
    assert text.startswith((kept / HEADLINE).read_text("utf-8"))
    scores = pd.read_csv(kept / "scores.csv").set_index("agent")
    low, high = scores.loc["smooth", ["low", "high"]]
    shown = f"{scores.loc['smooth', 'score']:.2f} [{low:.2f}, {high:.2f}]".replace("-", "\N{MINUS SIGN}")
    assert f"| smooth |  | {shown} |" in text
    assert "| maskable-ppo | 2 | " in text
    assert "512 steps per run" in text
    assert re.search(r"The study took .+ with \d+ process", text)


def test_other_versions_of_the_anchors_are_said_where_tables_are_joined(kept, tmp_path):
    rows = [("Playlist", "random", "return", 1.0), ("Playlist", "oracle", "return", 9.0)]
    columns = ["environment", "agent", "metric", "mean"]
    pd.DataFrame(rows, columns=columns).to_csv(kept / "metrics.csv", index=False)
    other = kept.parent / "later"
    shutil.copytree(kept, other)
    sentence = "The anchors are other versions than in later: do not compare the scores."
    assert sentence not in summary(kept, tmp_path / "README.md")
    rows[1] = ("Playlist", "oracle", "return", 9.1)
    pd.DataFrame(rows, columns=columns).to_csv(other / "metrics.csv", index=False)
    assert sentence in summary(kept, tmp_path / "README.md")
    study = (other / "study.yaml").read_text("utf-8").replace("episodes: 20", "episodes: 21")
    (other / "study.yaml").write_text(study, "utf-8")
    assert sentence not in summary(kept, tmp_path / "README.md")  # other sessions


def test_the_summary_takes_the_agent_that_validation_chose(kept, tmp_path):
    rows = [("Playlist", "ppo", 0.9), ("Playlist", "dqn", 0.1)]
    table = pd.DataFrame(rows, columns=["environment", "agent", "score"])
    table.to_csv(kept / "validation_scores.csv", index=False)
    agents = [row[0] for row in rows_of(summary(kept, tmp_path / "README.md"))]
    assert "ppo" in agents
    assert "dqn" not in agents

"""What is kept of a study, and what the README says of it."""

import re
import shutil

import pandas as pd
import pytest

from segue.experiments.publish import DJMC_FILES, HEADLINE, LARGE, marks, publish, section
from segue.features.errors import UserError


@pytest.fixture
def readme(tmp_path):
    path = tmp_path / "README.md"
    parts = [f"{mark}\nold\n" for name in ("small", "djmc") for mark in marks(name)]
    path.write_text("before\n" + "".join(parts) + "after\n", encoding="utf-8")
    return path


def between(readme, name: str) -> str:
    start, end = marks(name)
    return readme.read_text("utf-8").partition(start)[2].partition(end)[0]


def test_a_study_is_kept_small_and_the_readme_follows_from_what_is_kept(finished, tmp_path, readme):
    kept = publish(finished, tmp_path / "results", readme)
    assert kept == tmp_path / "results" / "small"
    assert (kept / "report.html").read_bytes() == (finished / "report.html").read_bytes()
    assert {"scores.csv", "differences.csv", "runs.csv"} <= {path.name for path in kept.iterdir()}
    assert not [name for name in LARGE if (kept / f"{name}.csv").exists()]
    assert (kept / "normalised_score.png").is_file()
    assert len(list((kept / "figures").glob("*.pdf"))) > 5
    assert between(readme, "small") == f"\n{section(kept)}"
    assert readme.read_text("utf-8").startswith("before\n")
    assert readme.read_text("utf-8").endswith("\nold\nafter\n")
    assert between(readme, "djmc") == "\nold\n"


def test_the_readme_has_the_scores_with_their_intervals_and_the_headline(finished, tmp_path, readme):
    kept = publish(finished, tmp_path / "results", readme)
    text = between(readme, "small")
    assert text.startswith(f"\n{(kept / HEADLINE).read_text('utf-8')}")
    scores = pd.read_csv(kept / "scores.csv").set_index("agent")
    low, high = scores.loc["smooth", ["low", "high"]]
    shown = f"{scores.loc['smooth', 'score']:.2f} [{low:.2f}, {high:.2f}]".replace("-", "\N{MINUS SIGN}")
    assert f"| smooth |  | {shown} |" in text
    assert "| maskable-ppo | 2 | " in text
    assert "512 training steps a run" in text
    assert re.search(r"It took .+ with \d+ process", text)


def test_the_readme_says_what_was_taken_from_other_studies(finished, tmp_path, readme):
    kept = publish(finished, tmp_path / "results", readme)
    assert "reused" not in section(kept)
    timing = pd.read_csv(kept / "timing.csv").assign(reused=2, runs=5)
    timing.to_csv(kept / "timing.csv", index=False)
    assert "; 2 of its 5 runs were taken from other studies." in section(kept)


def test_nothing_of_an_earlier_study_stays_behind(finished, tmp_path, readme):
    kept = publish(finished, tmp_path / "results", readme)
    (kept / "old.csv").write_text("old")
    publish(finished, tmp_path / "results", readme)
    assert not (kept / "old.csv").exists()


def test_a_study_without_marks_leaves_the_readme_as_it_is(finished, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("nothing", encoding="utf-8")
    publish(finished, tmp_path / "results", readme)
    assert readme.read_text("utf-8") == "nothing"


def test_an_unfinished_study_is_refused_and_keeps_what_is_there(finished, tmp_path, readme):
    unfinished = tmp_path / "unfinished"
    shutil.copytree(finished, unfinished)
    (unfinished / "report.html").unlink()
    kept = publish(finished, tmp_path / "results", readme)
    with pytest.raises(UserError, match=r"no .*report\.html"):
        publish(unfinished, tmp_path / "results", readme)
    assert (kept / "report.html").is_file()


def test_the_simulation_of_djmc_is_kept_with_its_ordering(tmp_path, readme):
    folder = tmp_path / "simulation"
    folder.mkdir()
    for name in DJMC_FILES:
        (folder / name).write_text("x", encoding="utf-8")
    rows = [
        {
            "weight": weight,
            "songs": songs,
            "agent": agent,
            "mean": 10 * songs,
            "low": songs,
            "high": 20 * songs,
        }
        for weight in (1.0, 16.0)
        for songs in (10, 50)
        for agent in ("DJ-MC", "random")
    ]
    pd.DataFrame(rows).assign(listeners=40).to_csv(folder / "summary.csv", index=False)
    order = {"weight": 1.0, "songs": 50, "better": "DJ-MC", "worse": "random", "difference": 2.5}
    order |= {"low": 1.0, "high": 4.0, "p": 0.0004}
    pd.DataFrame([order]).to_csv(folder / "ordering.csv", index=False)
    kept = publish(folder, tmp_path / "results", readme)
    assert sorted(path.name for path in kept.iterdir()) == sorted(DJMC_FILES)
    text = between(readme, "djmc")
    assert text == f"\n{section(kept)}"
    assert "| DJ-MC | 100.0 [10.0, 200.0] | 500.0 [50.0, 1,000.0] |" in text
    assert "DJ-MC over random +2.5 [1.0, 4.0] (p = 0.0004)" in text
    assert "40 listeners" in text

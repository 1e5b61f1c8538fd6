"""Keeping the results of a study and updating the pages that show them."""

import json
import shutil

import pandas as pd
import pytest

from segue.experiments.publish import DJMC_FILES, DJMC_PLAYLISTS, LARGE, marks, publish, update_page
from segue.experiments.reporting.results_markdown import FIGURES, section, summary
from segue.features.errors import UserError


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.md"
    pairs = [("summary", "small"), ("results", "small"), ("results", "djmc")]
    parts = [f"{start}\nold\n{end}\n" for start, end in (marks(kind, name) for kind, name in pairs)]
    path.write_text("before\n" + "".join(parts) + "after\n", encoding="utf-8")
    return path


def between(page, kind: str, name: str) -> str:
    start, end = marks(kind, name)
    return page.read_text("utf-8").partition(start)[2].partition(end)[0]


def test_the_small_files_of_a_study_are_kept(illustrated, tmp_path, page):
    kept = publish(illustrated, tmp_path / "results", [page])
    assert kept == tmp_path / "results" / "small"
    assert {"scores.csv", "differences.csv", "runs.csv"} <= {path.name for path in kept.iterdir()}
    assert not [name for name in LARGE if (kept / f"{name}.csv").exists()]
    assert all((kept / name).is_file() for name in FIGURES)
    assert {path.suffix for path in kept.iterdir()} <= {".csv", ".png", ".txt", ".yaml"}


@pytest.mark.parametrize("part", ["runs", "models"])
def test_what_other_code_made_is_refused_and_the_kept_files_stay(part, illustrated, tmp_path, page):
    kept = publish(illustrated, tmp_path / "results", [page])
    before = page.read_text("utf-8")
    study = shutil.copytree(illustrated, tmp_path / "study")
    if part == "runs":
        runs = pd.read_csv(study / "results" / "runs.csv")
        runs.loc[3, "code"] = "0123456789ab"
        runs.to_csv(study / "results" / "runs.csv", index=False)
    else:
        record = next(study.glob("models/*/config.json"))
        record.write_text(json.dumps({**json.loads(record.read_text("utf-8")), "code": "0123456789ab"}))
    with pytest.raises(UserError, match=r"1 of 10 runs and models .* code \(0123456789ab; this is \w+\)"):
        publish(study, tmp_path / "results", [page])
    assert (kept / "scores.csv").is_file()
    assert page.read_text("utf-8") == before


@pytest.fixture
def partly_of_other_code(illustrated, tmp_path):
    """A study in which other code made all runs of one agent."""
    study = shutil.copytree(illustrated, tmp_path / "study")
    runs = pd.read_csv(study / "results" / "runs.csv")
    runs.loc[runs["agent"] == "smooth", "code"] = "0123456789ab"
    runs.to_csv(study / "results" / "runs.csv", index=False)
    return study


def test_runs_of_other_code_are_published_if_they_come_out_the_same(
    partly_of_other_code, illustrated, tmp_path, page
):
    study = partly_of_other_code
    with pytest.raises(UserError, match="show with --again that the numbers are the same"):
        publish(study, tmp_path / "results", [page])
    again = shutil.copytree(illustrated, tmp_path / "again")
    first, *_ = sorted(again.glob("runs/*--smooth--*"))
    shutil.rmtree(first)
    kept = publish(study, tmp_path / "results", [page], again)
    (row,) = pd.read_csv(kept / "made_again.csv").to_dict("records")
    total = len(list(illustrated.glob("runs/*--smooth--*")))
    assert row == {"runs_of_other_code": total, "made_again": total - 1}
    assert f"{total} runs are of earlier code; {total - 1} of them" in between(page, "results", "small")


def test_runs_of_other_code_that_come_out_differently_are_refused(
    partly_of_other_code, illustrated, tmp_path, page
):
    again = shutil.copytree(illustrated, tmp_path / "again")
    first, second, *_ = sorted(again.glob("runs/*--smooth--*"))
    shutil.rmtree(first)
    second.rename(first)  # the run of another seed under the name of this one
    with pytest.raises(UserError, match=f"{first.name} gets other numbers from this code"):
        publish(partly_of_other_code, tmp_path / "results", [page], again)


def test_every_agent_of_other_code_has_to_be_made_again(partly_of_other_code, illustrated, tmp_path, page):
    again = shutil.copytree(illustrated, tmp_path / "again")
    for run in again.glob("runs/*--smooth--*"):
        shutil.rmtree(run)
    with pytest.raises(UserError, match="lacks runs of this code for smooth on "):
        publish(partly_of_other_code, tmp_path / "results", [page], again)
    assert not (tmp_path / "results").exists()


def test_only_the_text_between_the_marks_of_the_study_changes(illustrated, tmp_path, page):
    kept = publish(illustrated, tmp_path / "results", [page])
    assert between(page, "summary", "small") == f"\n{summary(kept, page)}"
    assert between(page, "results", "small") == f"\n{section(kept, page)}"
    assert between(page, "results", "djmc") == "\nold\n"
    text = page.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    update_page(page, kept)
    assert page.read_text("utf-8") == text


def test_files_of_an_earlier_study_are_removed(illustrated, tmp_path, page):
    kept = publish(illustrated, tmp_path / "results", [page])
    (kept / "old.csv").write_text("old")
    publish(illustrated, tmp_path / "results", [page])
    assert not (kept / "old.csv").exists()


def test_a_page_without_marks_is_not_changed(illustrated, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing", encoding="utf-8")
    publish(illustrated, tmp_path / "results", [page])
    assert page.read_text("utf-8") == "nothing"


def test_an_unfinished_study_is_refused_and_the_kept_files_stay(illustrated, tmp_path, page):
    unfinished = tmp_path / "unfinished"
    shutil.copytree(illustrated, unfinished)
    (unfinished / "report.html").unlink()
    kept = publish(illustrated, tmp_path / "results", [page])
    with pytest.raises(UserError, match=r"report\.html is missing"):
        publish(unfinished, tmp_path / "results", [page])
    assert (kept / "scores.csv").is_file()


def test_the_djmc_simulation_is_kept_with_its_ordering(tmp_path, page):
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
    kept = publish(folder, tmp_path / "results", [page])
    assert sorted(path.name for path in kept.iterdir()) == sorted(DJMC_FILES)
    text = between(page, "results", "djmc")
    assert "| DJ-MC | 100.0 [10.0, 200.0] | 500.0 [50.0, 1,000.0] |" in text
    assert "DJ-MC over random +2.5 [1.0, 4.0] (p = 0.0004)" in text
    assert "40 listeners" in text
    assert "(results/djmc/summary.csv)" in text
    played = {"favourites_of": 999, "agent": "DJ-MC", "songs": 50, "listeners": 20, "mean": 90.0, "low": 80.0}
    played |= {"high": 99.0, "over_greedy": -2.5, "over_low": -3.0, "over_high": -2.0}
    rows = [
        played | {"horizon": horizon, "share": share} for horizon, share in ((2, 0.5), (2, 1.0), (5, 1.0))
    ]
    more = tmp_path / "playlists"
    more.mkdir()
    pd.DataFrame(rows).to_csv(more / DJMC_PLAYLISTS, index=False)
    publish(more, tmp_path / "results", [page])
    assert sorted(path.name for path in kept.iterdir()) == sorted([*DJMC_FILES, DJMC_PLAYLISTS])
    assert "40 listeners" in between(page, "results", "djmc")
    cell = "90.0 (−2.5 [−3.0, −2.0])"
    assert f"| 999 | DJ-MC | 2 | {cell} | {cell} |" in between(page, "results", "djmc")
    assert f"| 999 | DJ-MC | 5 |  | {cell} |" in between(page, "results", "djmc")


def test_a_study_without_the_figure_of_the_pages_is_refused(finished, tmp_path, page):
    with pytest.raises(UserError, match=r"no normalised_score\.png.*png among the figure_formats"):
        publish(finished, tmp_path / "results", [page])
    assert not (tmp_path / "results").exists()


def test_a_study_with_tables_of_its_own_is_shown_by_them(illustrated, tmp_path, page):
    study = shutil.copytree(illustrated, tmp_path / "study")
    with (study / "study.yaml").open("a") as file:
        file.write("tables: [{title: By weight, heat_map: true}]\n")
    cells = [("By weight", "score", "smooth", column, 0.5, 0.4, 0.6) for column in ("0", "0.6")]
    columns = ["title", "value", "row", "column", "mean", "low", "high"]
    pd.DataFrame(cells, columns=columns).to_csv(study / "results" / "requested_tables.csv", index=False)
    shutil.copy(study / "figures" / "normalised_score.png", study / "figures" / "heat_maps.png")
    kept = publish(study, tmp_path / "results", [page])
    assert [path.name for path in kept.glob("*.png")] == ["heat_maps.png"]
    text = between(page, "results", "small")
    assert "**By weight**\n\n|  | 0 | 0.6 |\n" in text
    assert "| smooth | 0.50 [0.40, 0.60] | 0.50 [0.40, 0.60] |" in text
    assert "heat_maps.png)" in text
    assert "normalised_score.png" not in text


def test_the_trials_of_searches_are_kept_in_one_table(tmp_path):
    page = tmp_path / "page.md"
    start, end = marks("results", "tuning")
    page.write_text(f"{start}\n{end}\n")
    for agent, best in (("ppo", 0.7), ("dqn", 0.6), ("ppo", 0.8)):
        search = tmp_path / "search"
        (search / "models" / "one").mkdir(parents=True, exist_ok=True)
        (search / "best.yaml").write_text("gamma: 0.8\n")
        about = {"agent": agent, "environments": ["segue/Playlist-v0", "segue/DJSet-v0"], "steps": 500}
        (search / "search.json").write_text(json.dumps(about))
        (search / "models" / "one" / "config.json").write_text('{"steps": 512, "train_seconds": 1.024}')
        trials = [(2, "complete", best), (1, "complete", 0.5), (3, "pruned", 0.9)]
        table = pd.DataFrame(trials, columns=["trial", "state", "score"])
        table.to_csv(search / "trials.csv", index=False)
        kept = publish(search, tmp_path / "results", [page])
    assert {path.name for path in kept.iterdir()} == {"ppo.csv", "dqn.csv", "searches.csv"}
    rows = between(page, "results", "tuning").splitlines()[3:]
    environments = "segue/Playlist-v0 and segue/DJSet-v0"
    assert rows == [
        f"| [dqn](results/tuning/dqn.csv) | {environments} | 3 | 500 | 0.500 | 0.600 | 2.00 |",
        f"| [ppo](results/tuning/ppo.csv) | {environments} | 3 | 500 | 0.500 | 0.800 | 2.00 |",
    ]

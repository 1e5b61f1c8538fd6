"""Keeps the results of a finished study in the repository and updates the pages that show them.

usage: python experiments/publish.py runs/standard   # a study that `segue compare` made
       python experiments/publish.py runs/standard --again runs/again   # one with runs of other code, too
       python experiments/publish.py runs/djmc       # the output of `experiments/djmc/reproduce.py`
       python experiments/publish.py runs/tune       # the output of `segue tune`
       python experiments/publish.py                 # only rewrite the pages, from the kept results

A study is published by the code that made it. If a change of the code should not have changed the numbers of
some runs, these may be reused: `--again` then names a study in which this code made at least one run of each
agent in each environment again, with its training, and every play has to be the same.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from segue.experiments.console import errors_in_one_sentence
from segue.experiments.execution.same_numbers import compare_with_runs_made_again
from segue.experiments.formatting import join_words
from segue.experiments.reporting.findings import findings
from segue.experiments.reporting.other_results_markdown import SEARCHES
from segue.experiments.reporting.results_markdown import (
    FIGURES,
    HEADLINE,
    MADE_AGAIN,
    TABLE_FIGURES,
    section,
    summary,
)
from segue.experiments.runs.spec import slug
from segue.experiments.storage.provenance import current_provenance
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.loader import load_study
from segue.experiments.study.results import Results, write_csv
from segue.experiments.tuning.folder import SearchFolder
from segue.features.errors import UserError
from segue.features.source_tree import source_folder

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", ROOT / "docs" / "results.md")
"""Pages with marks for results."""
LARGE = ("episodes", "plays", "tracks", "curves", "listeners", "explanations", "validation")
"""Tables that are not kept; repeating the study makes them again."""
DJMC_FILES = ("summary.csv", "ordering.csv", *(f"cumulative_reward.{kind}" for kind in ("png", "pdf", "csv")))
DJMC_PLAYLISTS = "playlists.csv"
"""What `reproduce.py --listeners-from` writes; it is kept beside `DJMC_FILES`."""
WRITERS = {"summary": summary, "results": section}
"""The two kinds of marks, and the function that writes the text between them."""


def publish(folder: Path, results: Path, pages: Sequence[Path], again: Path | None = None) -> Path:
    """Keeps the small files of a folder and updates the pages that have marks for it.

    Args:
        folder: The output folder of `segue compare`, `segue tune` or `experiments/djmc/reproduce.py`.
        results: The folder of all kept results.
        pages: Markdown files. A page without marks for this study is not changed.
        again: A study with runs that this code made again, if other code made some of the study's.

    Returns:
        The folder that was written, `results` / the name of the study, or `tuning` for a search.

    Raises:
        UserError: The folder is not a finished study, or other code made it.
    """
    if StudyFolder(folder).study.is_file():
        StudyFolder(folder).refuse_old_version()
        kept = results / slug(load_study(StudyFolder(folder).study).config.name)
        _keep_study(StudyFolder(folder), kept, again)
    elif SearchFolder(folder).search.is_file():
        kept = results / "tuning"
        _keep_search(SearchFolder(folder), kept)
    else:
        kept = results / "djmc"
        names = (DJMC_PLAYLISTS,) if (folder / DJMC_PLAYLISTS).is_file() else DJMC_FILES
        _require([folder / name for name in names])
        kept.mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copy(folder / name, kept / name)
    for page in pages:
        update_page(page, kept)
    return kept


def marks(kind: str, name: str) -> tuple[str, str]:
    """Returns the lines before and after the text about a study; `kind` is a key of `WRITERS`."""
    return f"<!-- {kind} of {name} -->", f"<!-- end of {name} -->"


def update_page(page: Path, kept: Path) -> None:
    """Rewrites the text between the marks that a page has for a folder of kept results."""
    text = page.read_text("utf-8")
    for kind, write in WRITERS.items():
        start, end = marks(kind, kept.name)
        if start in text:
            before, _, rest = text.partition(start)
            text = f"{before}{start}\n{write(kept, page)}{end}{rest.partition(end)[2]}"
    page.write_text(text, "utf-8")


def _keep_study(study: StudyFolder, kept: Path, again: Path | None) -> None:
    """Copies the small tables, and the figures of the pages as PNG; the command makes the report again."""
    config = load_study(study.study).config
    _require([study.report, study.results / "scores.csv", study.results / "runs.csv"])
    compared = _compared_with_other_code(study, again)
    names = [name for name in TABLE_FIGURES if config.tables and (study.figures / name).is_file()]
    figures = [study.figures / name for name in names or FIGURES]
    if not figures[0].is_file():
        raise UserError(
            f"{study.path} has no {figures[0].name}, which the pages show; report on it again with png among "
            "the figure_formats."
        )
    _empty(kept)
    for path in (study.study, *figures):
        shutil.copy(path, kept / path.name)
    for path in sorted(study.results.glob("*.csv")):
        if path.stem not in LARGE and path.stat().st_size > 1:
            shutil.copy(path, kept / path.name)
    if compared is not None:
        write_csv(pd.DataFrame([compared]), kept / MADE_AGAIN)
    (kept / HEADLINE).write_text(findings(Results.load(study.results), config).headline + "\n", "utf-8")


def _keep_search(search: SearchFolder, kept: Path) -> None:
    """Copies the trials of a search, and adds a row about it to the table of searches."""
    _require([search.path / "trials.csv", search.path / "best.yaml"])
    about = json.loads(search.search.read_text("utf-8"))
    trials = pd.read_csv(search.path / "trials.csv")
    records = pd.DataFrame(
        json.loads(path.read_text("utf-8")) for path in sorted(search.models.glob("*/config.json"))
    )
    row = {
        "agent": about["agent"],
        "environments": " ".join(about["environments"]),
        "trials": len(trials),
        "steps": about["steps"],
        "score_before": float(trials.loc[trials["trial"] == 1, "score"].item()),
        "best_score": float(trials.loc[trials["state"] == "complete", "score"].max()),
        # The median: some trainings may have been slowed by what else the machine did.
        "seconds_per_1000_steps": 1000 * (records["train_seconds"] / records["steps"]).median(),
    }
    kept.mkdir(parents=True, exist_ok=True)
    shutil.copy(search.path / "trials.csv", kept / f"{about['agent']}.csv")
    table = kept / SEARCHES
    others = pd.read_csv(table).to_dict("records") if table.is_file() else []
    rows = [each for each in others if each["agent"] != row["agent"]]
    write_csv(pd.DataFrame([*rows, row]).sort_values("agent"), table)


def _compared_with_other_code(study: StudyFolder, again: Path | None) -> dict[str, int] | None:
    """Refuses a study with runs of other code, unless enough of them were made again and came out the same.

    Returns:
        How many runs other code made, and how many of them were compared; None if it made none.

    Raises:
        UserError: Other code made some of them, and they were not made again, or came out differently.
    """
    ours = current_provenance()["code"]
    runs = pd.read_csv(study.results / "runs.csv", dtype={"code": str})
    models = {
        path.parent.name: json.loads(path.read_text("utf-8"))["code"]
        for path in study.models.glob("*/config.json")
    }
    made_by = [*runs["code"], *models.values()]
    others = sorted(set(made_by) - {ours})
    if not others:
        return None
    if again is None:
        count = sum(code != ours for code in made_by)
        raise UserError(
            f"{count} of {len(made_by)} runs and models in {study.path} were made by other code "
            f"({join_words(others)}; this is {ours}); publish from the revision that made them, make them "
            "again with `segue compare --fresh`, or show with --again that the numbers are the same."
        )
    theirs = runs[(runs["code"] != ours) | (runs["model"].map(models).fillna(ours) != ours)]
    compared = compare_with_runs_made_again(study, theirs, StudyFolder(again), ours)
    return {"runs_of_other_code": len(theirs), "made_again": compared}


def _require(files: list[Path]) -> None:
    for file in files:
        if not file.is_file():
            raise UserError(f"{file} is missing; give the folder of a finished study.")


def _empty(folder: Path) -> None:
    """Makes an empty folder; files of an earlier study are removed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def main() -> None:
    """Publishes one folder, or rewrites the pages."""
    results = ROOT / "experiments" / "results"
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        help="output of `segue compare` or `reproduce.py`; without it, only the pages are rewritten",
    )
    parser.add_argument("--again", type=Path, help="a study in which this code made runs of other code again")
    arguments = parser.parse_args()
    folder: Path | None = arguments.folder
    source_folder(__file__)
    if folder is not None:
        print(f"Kept in {publish(folder, results, PAGES, arguments.again)}.")
        return
    for kept in sorted(path for path in results.iterdir() if path.is_dir()):
        for page in PAGES:
            update_page(page, kept)


if __name__ == "__main__":
    with errors_in_one_sentence("publish"):
        main()

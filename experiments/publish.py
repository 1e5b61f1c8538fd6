"""Keeps the results of a finished study in the repository and updates the pages that show them.

usage: python experiments/publish.py runs/standard   # a study that `segue compare` made
       python experiments/publish.py runs/djmc       # the output of `experiments/djmc/reproduce.py`
       python experiments/publish.py                 # only rewrite the pages, from the kept results
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from segue.experiments.formatting import join_words
from segue.experiments.reporting.findings import findings
from segue.experiments.reporting.results_markdown import FIGURE, HEADLINE, section, summary
from segue.experiments.runs.spec import slug
from segue.experiments.storage.provenance import current_provenance
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.loader import load_study
from segue.experiments.study.results import Results
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


def publish(folder: Path, results: Path, pages: Sequence[Path]) -> Path:
    """Keeps the small files of a folder and updates the pages that have marks for it.

    Args:
        folder: The output folder of `segue compare` or of `experiments/djmc/reproduce.py`.
        results: The folder of all kept results.
        pages: Markdown files. A page without marks for this study is not changed.

    Returns:
        The folder that was written, `results` / the name of the study.

    Raises:
        UserError: The folder is not a finished study, or other code made it.
    """
    if StudyFolder(folder).study.is_file():
        StudyFolder(folder).refuse_old_version()
        kept = results / slug(load_study(StudyFolder(folder).study).config.name)
        _keep_study(StudyFolder(folder), kept)
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


def _keep_study(study: StudyFolder, kept: Path) -> None:
    """Copies the small tables, and the figure of the pages as PNG; the command makes the report again."""
    figure, config = study.figures / FIGURE, load_study(study.study).config
    _require([study.report, study.results / "scores.csv", study.results / "runs.csv"])
    _refuse_other_code(study)
    if not figure.is_file():
        raise UserError(
            f"{study.path} has no {figure.name}, which the pages show; report on it again with png among the "
            "figure_formats."
        )
    _empty(kept)
    for path in (study.study, figure):
        shutil.copy(path, kept / path.name)
    for path in sorted(study.results.glob("*.csv")):
        if path.stem not in LARGE and path.stat().st_size > 1:
            shutil.copy(path, kept / path.name)
    (kept / HEADLINE).write_text(findings(Results.load(study.results), config).headline + "\n", "utf-8")


def _refuse_other_code(study: StudyFolder) -> None:
    """Refuses a study whose runs were not all made by the code of this checkout.

    Raises:
        UserError: Other code made some of them.
    """
    ours = current_provenance()["code"]
    made_by = [str(code) for code in pd.read_csv(study.results / "runs.csv")["code"]]
    made_by += [json.loads(path.read_text("utf-8"))["code"] for path in study.models.glob("*/config.json")]
    if others := sorted(set(made_by) - {ours}):
        count = sum(code != ours for code in made_by)
        raise UserError(
            f"{count} of {len(made_by)} runs and models in {study.path} were made by other code "
            f"({join_words(others)}; this is {ours}); publish from the revision that made them, or make them "
            "again with `segue compare --fresh`."
        )


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
    folder = parser.parse_args().folder
    source_folder(__file__)
    if folder is not None:
        print(f"Kept in {publish(folder, results, PAGES)}.")
        return
    for kept in sorted(path for path in results.iterdir() if path.is_dir()):
        for page in PAGES:
            update_page(page, kept)


if __name__ == "__main__":
    main()

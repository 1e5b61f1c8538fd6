"""Keeps what a finished study found in the repository, and writes the README's part about it.

usage: python experiments/publish.py runs/standard   # a study that `segue compare` made
       python experiments/publish.py runs/djmc       # what `experiments/djmc/reproduce.py` made
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from segue.experiments.analysis.comparison import ALL
from segue.experiments.formatting import duration, format_interval, join_words, number, signed
from segue.experiments.reporting.findings import findings
from segue.experiments.runs.spec import slug
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.loader import read_study
from segue.experiments.study.results import Results
from segue.features.errors import UserError

ROOT = Path(__file__).parents[1]
LARGE = ("episodes", "plays", "tracks", "curves", "listeners", "explanations")
"""Tables that stay out of the repository: the runs make them again."""
FIGURE = "normalised_score"
"""The figure that the README shows."""
HEADLINE = "headline.txt"
DJMC_FILES = ("summary.csv", "ordering.csv", *(f"cumulative_reward.{kind}" for kind in ("png", "pdf", "csv")))


def publish(folder: Path, results: Path, readme: Path) -> Path:
    """Keeps a folder's small files and updates the README between the marks of that name.

    Args:
        folder: What `segue compare` or `reproduce_djmc.py` wrote.
        results: The folder of all that is kept.
        readme: The README; without marks for this study it stays as it is.

    Returns:
        The folder that was written, `results` / the name of the study.

    Raises:
        UserError: The folder is not a finished study.
    """
    if StudyFolder(folder).study.is_file():
        kept = results / slug(read_study(StudyFolder(folder).study).config.name)
        _keep_study(StudyFolder(folder), kept)
    else:
        kept = results / "djmc"
        _require([folder / name for name in DJMC_FILES])
        _emptied(kept)
        for name in DJMC_FILES:
            shutil.copy(folder / name, kept / name)
    text = readme.read_text("utf-8")
    start, end = marks(kept.name)
    if start in text and end in text:
        before, _, rest = text.partition(start)
        readme.write_text(f"{before}{start}\n{section(kept)}{end}{rest.partition(end)[2]}", "utf-8")
    return kept


def marks(name: str) -> tuple[str, str]:
    """What stands in the README before and after the part about a study."""
    return f"<!-- results of {name} -->", f"<!-- end of {name} -->"


def section(kept: Path) -> str:
    """Writes the README's part about what is kept in a folder, from the files in it alone."""
    return _study_section(kept) if (kept / "study.yaml").is_file() else _djmc_section(kept)


def _keep_study(study: StudyFolder, kept: Path) -> None:
    """Copies the report, the small tables, the figures as PDF, and the README's figure."""
    figure = study.figures / f"{FIGURE}.png"
    _require([study.report, study.results / "scores.csv", figure])
    _emptied(kept)
    for path in (study.study, study.report, figure):
        shutil.copy(path, kept / path.name)
    for path in sorted(study.results.glob("*.csv")):
        if path.stem not in LARGE and path.stat().st_size > 1:
            shutil.copy(path, kept / path.name)
    (kept / "figures").mkdir()
    for path in sorted(study.figures.glob("*.pdf")):
        shutil.copy(path, kept / "figures" / path.name)
    config = read_study(study.study).config
    (kept / HEADLINE).write_text(findings(Results.load(study.results), config).headline + "\n", "utf-8")


def _study_section(kept: Path) -> str:
    """The headline, a table of normalised scores, the figure, and what stands behind them."""
    config = read_study(kept / "study.yaml").config
    scores, runs = (pd.read_csv(kept / f"{table}.csv") for table in ("scores", "runs"))
    names = [str(name) for name in scores["environment"].unique()]
    names = names[-1:] + names[:-1]  # all environments together come first
    cells = {
        (
            row["environment"],
            row["agent"],
        ): f"{number(row['score'])} {format_interval(row['low'], row['high'])}".strip()
        for row in scores.to_dict("records")
    }
    first = scores[scores["environment"] == names[0]].sort_values("score", ascending=False)
    lines = [
        f"| agent | runs | {' | '.join('all' if name == ALL else name for name in names)} |",
        "|---|---|" + "---|" * len(names),
    ]
    for row in first.to_dict("records"):
        agent, own = row["agent"], runs[runs["agent"] == row["agent"]]
        count = str(own["seed"].nunique()) if own["learned"].any() else ""
        found = " | ".join(cells.get((name, agent), "") for name in names)
        lines.append(f"| {agent} | {count} | {found} |")
    where = _address(kept)
    about = (
        f"Normalised score with its 95 % interval: 0 is {config.evaluation.lower}, 1 is "
        f"{config.evaluation.upper}. Interquartile mean over training runs, each on the same "
        f"{config.evaluation.episodes} sessions an environment; {_trained(runs)}"
        f"{_revisions(runs)}{_took(kept)} All of it: [{where}]({where}), with the report."
    )
    shown = f"![Normalised scores of the agents]({where}/{FIGURE}.png)"
    headline = (kept / HEADLINE).read_text("utf-8").strip()
    return "\n".join([headline, "", *lines, "", about, "", shown, ""])


def _trained(runs: pd.DataFrame) -> str:
    """Says how long the learned agents were trained."""
    steps = sorted(runs.loc[runs["learned"], "steps"].unique())
    return f"{join_words(f'{count:,}' for count in steps)} training steps a run. " if steps else ""


def _revisions(runs: pd.DataFrame) -> str:
    """Says which revision of the code made the runs."""
    revisions = sorted({str(revision)[:10] for revision in runs["revision"].dropna()})
    return f"Made at revision {join_words(revisions)}." if revisions else ""


def _took(kept: Path) -> str:
    """Says how long the study took, where that is known."""
    if not (kept / "timing.csv").is_file():
        return ""
    (row,) = pd.read_csv(kept / "timing.csv").to_dict("records")
    share = f"; {row['reused']} of its {row['runs']} runs were taken from other studies"
    reused = share if row["reused"] else ""
    return f" It took {duration(row['wall_seconds'])} with {row['processes']} processes, a core each{reused}."


def _djmc_section(kept: Path) -> str:
    """What each agent of the published simulation earned, and how sure their order is."""
    table, order = (pd.read_csv(kept / f"{name}.csv") for name in ("summary", "ordering"))
    published = table[table["weight"] == 1.0]
    lengths = sorted(published["songs"].unique())
    cells: dict[tuple[Any, Any], str] = {
        (
            row["agent"],
            row["songs"],
        ): f"{number(row['mean'], 1)} {format_interval(row['low'], row['high'], 1)}"
        for row in published.to_dict("records")
    }
    lines = [
        f"| agent | {' | '.join(f'{songs} songs' for songs in lengths)} |",
        "|---|" + "---|" * len(lengths),
        *(
            f"| {agent} | {' | '.join(cells[agent, songs] for songs in lengths)} |"
            for agent in published["agent"].unique()
        ),
    ]
    longest = order[(order["weight"] == 1.0) & (order["songs"] == max(lengths))]
    compared = join_words(
        f"{row['better']} over {row['worse']} {signed(row['difference'], 1)} "
        f"{format_interval(row['low'], row['high'], 1)} (p = {row['p']:.1g})"
        for row in longest.to_dict("records")
    )
    about = (
        f"Cumulative reward in DJ-MC's simulation, transitions as the preset weighs them, mean over the same "
        f"{int(published['listeners'].max())} listeners with its 95 % interval. At {max(lengths)} songs: "
        f"{compared}. With heavier transitions: [{_address(kept)}]({_address(kept)})."
    )
    return "\n".join([*lines, "", about, ""])


def _address(kept: Path) -> str:
    """How the README, which stands at the root, names a folder."""
    return kept.relative_to(ROOT).as_posix() if kept.is_relative_to(ROOT) else kept.name


def _require(files: list[Path]) -> None:
    for file in files:
        if not file.is_file():
            raise UserError(f"There is no {file}: give the folder of a finished study.")


def _emptied(folder: Path) -> None:
    """Makes a folder anew: nothing of an earlier study stays behind."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def main() -> None:
    """Publishes one folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="what `segue compare` or `reproduce_djmc.py` wrote")
    kept = publish(parser.parse_args().folder, ROOT / "experiments" / "results", ROOT / "README.md")
    print(f"Kept in {kept}.")


if __name__ == "__main__":
    main()

"""Commands about studies and their runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tyro.conf import Positional

if TYPE_CHECKING:
    from segue.experiments.results import Results


def compare(
    study: Positional[Path],
    *,
    out: Path,
    jobs: int | None = None,
    reuse: tuple[Path, ...] = (),
    track: bool = False,
) -> None:
    """Run a study: train and evaluate its agents, and report on them. What is done is not done again.

    Example: segue compare experiments/configs/demo.yaml --out runs/demo

    Args:
        study: The study, a YAML file.
        out: The folder to write; an unfinished study in it is completed.
        jobs: Runs to make at once; all cores by default.
        reuse: Other studies to take models and runs from, whatever code has made them. From studies beside
            `out` they are taken in any case, if the same code has made them.
        track: Write curves of training for TensorBoard, to look in while it runs (extra `track`).
    """
    from segue.experiments import study as studies
    from segue.features.errors import UserError

    if jobs is not None and jobs < 1:
        raise UserError(f"--jobs must be at least 1, but is {jobs}.")
    _print_scores(studies.compare(study, out, jobs=jobs, reuse=reuse, track=track), out)


def report(folder: Positional[Path]) -> None:
    """Write the tables, figures and report of a study anew, also of an unfinished one.

    Example: segue report runs/demo

    Args:
        folder: The folder of the study.
    """
    from segue.experiments import study as studies

    _print_scores(studies.report(folder), folder)


def _print_scores(results: Results, folder: Path) -> None:
    """Prints the scores of a study, a table an environment, and where the report is."""
    from segue.experiments.answers import SCORES
    from segue.experiments.commands.show import print_table
    from segue.experiments.words import number, span

    numbers = ("score", "return", "runs", "sessions")
    returns = results.episodes.groupby(["environment", "agent"])["return"].mean().to_dict()
    for environment, rows in results.scores.groupby("environment", sort=False):
        cells = [
            (
                str(row["agent"]),
                number(row["score"]),
                span(row["low"], row["high"]),
                number(returns[environment, row["agent"]]) if (environment, row["agent"]) in returns else "",
                str(row["seeds"]),
                str(row["episodes"]),
            )
            for row in rows.sort_values("score", ascending=False).to_dict("records")
        ]
        head = ("agent", "score", "95 % interval", "return", "runs", "sessions")
        print_table(head, cells, title=f"Normalised score: {environment}", numbers=numbers)
    if not results.answers["title"].isin([SCORES.title]).all():
        _print_answers(results)
    print(f"Report: {folder / 'report.html'}")


def _print_answers(results: Results) -> None:
    """Prints the tables that the study asks for."""
    from segue.experiments.answers import wide_tables
    from segue.experiments.commands.show import print_table
    from segue.experiments.words import number, span

    low, high = wide_tables(results.answers, "low"), wide_tables(results.answers, "high")
    for title, table in wide_tables(results.answers).items():
        head = ("", *map(str, table.columns))
        cells = [
            # Number over interval: side by side they would be too wide for several columns.
            (str(row), *(f"{number(mean)}\n{span(*ends)}" for mean, *ends in zip(*of_row, strict=True)))
            for row, *of_row in zip(
                table.index, table.to_numpy(), low[title].to_numpy(), high[title].to_numpy(), strict=True
            )
        ]
        print_table(head, cells, title=title, numbers=head[1:])


def runs(action: Positional[Literal["list", "show"]], folder: Positional[Path]) -> None:
    """List the runs of a study, or show all that is recorded of one run.

    Example: segue runs list runs/demo

    Args:
        action: `list` the runs of a study, or `show` one run.
        folder: The folder of the study, or with `show` of the run.
    """
    from segue.experiments.commands.show import output, print_table
    from segue.experiments.run import read_record
    from segue.experiments.words import number
    from segue.features.errors import UserError

    if action == "show":
        if not (folder / "config.json").is_file():
            raise UserError(
                f"There is no finished run in {folder}: `segue runs list STUDY_FOLDER` lists them."
            )
        output().print_json(data=read_record(folder))
        return
    records = sorted(folder.glob("runs/*/config.json"))
    if not records:
        raise UserError(f"There are no finished runs in {folder}: make some with `segue compare`.")
    numbers = ("seed", "steps", "return", "seconds")
    rows = []
    for path in records:
        record = read_record(path.parent)
        spec = record["spec"]
        seconds = number(record["train_seconds"] + record["evaluate_seconds"], 1)
        cells = (
            str(spec["seed"]),
            str(spec["model"]["steps"] if spec["model"] else ""),
            number(record["return_mean"]),
            seconds,
        )
        rows.append((spec["environment_label"], spec["agent_label"], *cells, path.parent.name))
    print_table(("environment", "agent", *numbers, "folder"), rows, numbers=numbers)

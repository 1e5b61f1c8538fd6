"""Commands for studies."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import FlagCreatePairsOff, Positional, arg

from segue.experiments.commands.options import OptionalCount, OptionalText, Pairs, parse_pairs

if TYPE_CHECKING:
    from segue.experiments.study.results import Results


def compare(
    study: Positional[Annotated[str, arg(metavar="STUDY")]],
    *,
    out: Path,
    set: Pairs = (),
    jobs: OptionalCount = None,
    reuse: Annotated[tuple[Path, ...], arg(metavar="PATH", help_behavior_hint="(optional)")] = (),
    no_reuse: FlagCreatePairsOff[bool] = False,
    fresh: FlagCreatePairsOff[bool] = False,
    scheduler: OptionalText = None,
    track: FlagCreatePairsOff[bool] = False,
) -> None:
    """Run a study: train and evaluate its agents, and write a report. Finished runs in its folder are kept.

    A run is made again when anything that decides its numbers has changed: a setting, a catalogue, or the
    code of your own agents, terms, rewards, pools and responses.

    Example: segue compare demo --out runs/demo

    Args:
        study: The study: a YAML file, or the name of a built-in study; see `segue configs`.
        out: The folder to write; an unfinished study in it is resumed.
        set: A value of the study by its dotted path, such as training.steps=1000, agents.dqn.steps=500 or
            environments.*.settings.pool_size=20; may be repeated.
        jobs: Runs to execute at once; one per core by default.
        reuse: Folders of other studies whose models and runs are reused, whichever code of segue made them;
            nothing else is reused. Name only folders that you trust.
        no_reuse: Make those runs again that an earlier call has taken from other studies.
        fresh: Make all models and runs again; those that are there move to the subfolder `replaced`.
        scheduler: Address of a Dask scheduler whose workers see the same files, such as tcp://host:8786. Give
            each worker one thread.
        track: Write learning curves for TensorBoard during training; needs the extra `track`.
    """
    from segue.experiments import pipeline
    from segue.experiments.execution.jobs import ExecutionConfig
    from segue.features.errors import UserError

    if jobs is not None and jobs < 1:
        raise UserError(f"--jobs must be at least 1, but is {jobs}.")
    if track and find_spec("tensorboard") is None:
        raise UserError("--track needs TensorBoard: pip install 'segue[track]', or leave out --track.")
    execution = ExecutionConfig(jobs, scheduler, track)
    results = pipeline.compare(
        study,
        out,
        changes=parse_pairs(set),
        execution=execution,
        reuse=reuse,
        fresh=fresh,
        no_reuse=no_reuse,
    )
    _print_results(results, out)


def report(
    folder: Positional[Annotated[Path, arg(metavar="FOLDER", help_behavior_hint="(required)")]],
) -> None:
    """Write the tables, figures and report of a study again; it may be unfinished.

    Example: segue report runs/demo

    Args:
        folder: The folder of the study.
    """
    from segue.experiments import pipeline

    _print_results(pipeline.report(folder), folder)


def _print_results(results: Results, folder: Path) -> None:
    """Prints the scores and requested tables of a study, its wall time, and the path of its report."""
    from segue.experiments.analysis.requested_tables import SCORES
    from segue.experiments.reporting.page import reused_runs
    from segue.experiments.reporting.time_taken import time_taken

    for environment in results.scores["environment"].unique():
        _print_scores(results, str(environment))
    if not results.requested_tables["title"].isin([SCORES.title]).all():
        _print_requested_tables(results)
    print(time_taken(results.timing))
    if reused := reused_runs(results):
        print(f"Reused from other studies: {'; '.join(reused)}.")
    print(f"Report: {folder / 'report.html'}")


def _print_scores(results: Results, environment: str) -> None:
    """Prints the scores in an environment, the best agent first."""
    from segue.experiments.console import print_table
    from segue.experiments.formatting import format_interval, number

    returns = results.episodes.groupby(["environment", "agent"])["return"].mean().to_dict()
    rows = results.scores[results.scores["environment"] == environment]
    cells = [
        (
            str(row["agent"]),
            number(row["score"]),
            format_interval(row["low"], row["high"]),
            number(returns[environment, row["agent"]]) if (environment, row["agent"]) in returns else "",
            str(row["seeds"]),
            str(row["episodes"]),
        )
        for row in rows.sort_values("score", ascending=False).to_dict("records")
    ]
    head = ("agent", "score", "95 % interval", "return", "runs", "sessions")
    numbers = ("score", "return", "runs", "sessions")
    print_table(head, cells, title=f"Normalised score: {environment}", numbers=numbers)


def _print_requested_tables(results: Results) -> None:
    """Prints the tables that the study requests."""
    from segue.experiments.analysis.requested_tables import wide_tables
    from segue.experiments.console import print_table
    from segue.experiments.formatting import format_interval, number

    low, high = wide_tables(results.requested_tables, "low"), wide_tables(results.requested_tables, "high")
    for title, table in wide_tables(results.requested_tables).items():
        head = ("", *map(str, table.columns))
        cells = [
            # The interval goes below the number, so that several columns fit.
            (
                str(row),
                *(
                    f"{number(mean)}\n{format_interval(*ends)}".rstrip()
                    for mean, *ends in zip(*of_row, strict=True)
                ),
            )
            for row, *of_row in zip(
                table.index, table.to_numpy(), low[title].to_numpy(), high[title].to_numpy(), strict=True
            )
        ]
        print_table(head, cells, title=title, numbers=head[1:])

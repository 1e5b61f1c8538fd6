"""Commands about studies and their runs."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tyro.conf import Positional

if TYPE_CHECKING:
    from segue.experiments.study.results import Results


def compare(
    study: Positional[Path],
    *,
    out: Path,
    jobs: int | None = None,
    reuse: tuple[Path, ...] = (),
    scheduler: str | None = None,
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
        scheduler: Address of a Dask scheduler whose workers see the same files, such as tcp://host:8786. Give
            each worker one thread.
        track: Write curves of training for TensorBoard, to look in while it runs (extra `track`).
    """
    from segue.experiments import pipeline
    from segue.experiments.execution.jobs import ExecutionConfig
    from segue.features.errors import UserError

    if jobs is not None and jobs < 1:
        raise UserError(f"--jobs must be at least 1, but is {jobs}.")
    if track and find_spec("tensorboard") is None:
        raise UserError("TensorBoard is not installed: pip install 'segue[track]', or leave --track out.")
    execution = ExecutionConfig(jobs, scheduler, track)
    _print_results(pipeline.compare(study, out, execution=execution, reuse=reuse), out)


def report(folder: Positional[Path]) -> None:
    """Write the tables, figures and report of a study anew, also of an unfinished one.

    Example: segue report runs/demo

    Args:
        folder: The folder of the study.
    """
    from segue.experiments import pipeline

    _print_results(pipeline.report(folder), folder)


def _print_results(results: Results, folder: Path) -> None:
    """Prints the scores of a study, what it asks for, how long it took, and where the report is."""
    from segue.experiments.analysis.requested_tables import SCORES
    from segue.experiments.formatting import duration

    for environment in results.scores["environment"].unique():
        _print_scores(results, str(environment))
    if not results.requested_tables["title"].isin([SCORES.title]).all():
        _print_requested_tables(results)
    for time in results.timing.to_dict("records"):
        print(
            f"Wall time {duration(time['wall_seconds'])}, processes {time['processes']}. "
            f"Training took {duration(time['train_seconds'])} in all ({time['models']} models), evaluation "
            f"{duration(time['evaluate_seconds'])} ({time['runs']} runs)."
        )
        if time["reused"]:
            print(f"{time['reused']} of these runs were taken from other studies.")
    print(f"Report: {folder / 'report.html'}")


def _print_scores(results: Results, environment: str) -> None:
    """Prints the scores in one environment, the best agent first."""
    from segue.experiments.commands.console import print_table
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
    """Prints the tables that the study asks for."""
    from segue.experiments.analysis.requested_tables import wide_tables
    from segue.experiments.commands.console import print_table
    from segue.experiments.formatting import format_interval, number

    low, high = wide_tables(results.requested_tables, "low"), wide_tables(results.requested_tables, "high")
    for title, table in wide_tables(results.requested_tables).items():
        head = ("", *map(str, table.columns))
        cells = [
            # Number over interval: side by side they would be too wide for several columns.
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


def runs(
    action: Positional[Literal["list", "show", "diff"]],
    folder: Positional[Path],
    other: Positional[Path | None] = None,
) -> None:
    """List the runs of a study, show all that is recorded of one run, or tell in what two runs differ.

    Example: segue runs list runs/demo

    Args:
        action: `list` the runs of a study, `show` one run, or `diff` two runs.
        folder: The folder of the study, or with `show` and `diff` of a run.
        other: With `diff`: the folder of the other run.
    """
    from segue.experiments.commands.console import output
    from segue.features.errors import UserError

    if action == "list":
        _list_runs(folder)
    elif action == "show":
        output().print_json(data=_record(folder))
    elif other is None:
        raise UserError("Say which two runs to compare: segue runs diff ONE_RUN OTHER_RUN.")
    else:
        _diff_runs(folder, other)


def _record(folder: Path) -> dict[str, Any]:
    """The record of a run or model."""
    from segue.experiments.runs.folder import read_record
    from segue.features.errors import UserError

    if not (folder / "config.json").is_file():
        raise UserError(f"There is no finished run in {folder}: `segue runs list STUDY_FOLDER` lists them.")
    return read_record(folder)


def _list_runs(folder: Path) -> None:
    """Prints a line for each run of a study."""
    from segue.experiments.commands.console import print_table
    from segue.experiments.formatting import number
    from segue.features.errors import UserError

    records = sorted(folder.glob("runs/*/config.json"))
    if not records:
        raise UserError(f"There are no finished runs in {folder}: make some with `segue compare`.")
    numbers = ("seed", "steps", "return", "seconds")
    rows = []
    for path in records:
        record = _record(path.parent)
        spec = record["spec"]
        steps = str(spec["model"]["steps"] if spec["model"] else "")
        seconds = number(record["train_seconds"] + record["evaluate_seconds"], 1)
        cells = (str(spec["seed"]), steps, number(record["return_mean"]), seconds)
        rows.append((spec["environment_label"], spec["agent_label"], *cells, path.parent.name))
    print_table(("environment", "agent", *numbers, "folder"), rows, numbers=numbers)


def _diff_runs(folder: Path, other: Path) -> None:
    """Prints in what the records of two runs differ, and by how much one earns more on the same sessions."""
    from segue.experiments.analysis.run_diff import difference_on_common_sessions, differing_entries
    from segue.experiments.commands.console import print_table
    from segue.experiments.formatting import format_interval, signed

    entries = differing_entries(_record(folder), _record(other))
    print_table(("", "first", "second"), [(name, *map(str, values)) for name, values in entries.items()])
    sessions, interval = difference_on_common_sessions(folder, other)
    if sessions:
        print(
            f"On {sessions} sessions that both met, the second earns {signed(interval.estimate)} "
            f"{format_interval(interval.low, interval.high)} a session."
        )
    else:
        print("They have met no session in common.")

"""The command for the runs of a study."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from tyro.conf import Positional, arg


def runs(
    action: Positional[Literal["list", "show", "diff"]],
    folder: Positional[Annotated[Path, arg(metavar="FOLDER", help_behavior_hint="(required)")]],
    other: Positional[Annotated[Path | None, arg(metavar="[OTHER]", help_behavior_hint="(optional)")]] = None,
) -> None:
    """List the runs of a study, show the record of a run, or show how two runs differ.

    Example: segue runs list runs/demo

    Args:
        action: `list` the runs of a study, `show` one run, or `diff` two runs.
        folder: The folder of the study, or of a training; with `show` and `diff`, the folder of a run.
        other: With `diff`: the folder of the other run.
    """
    from segue.experiments.console import output
    from segue.features.errors import UserError

    if action == "list":
        _list_runs(folder)
    elif action == "show":
        output().print_json(data=_record(folder))
    elif other is None:
        raise UserError("Only one run given; name two: segue runs diff RUN OTHER_RUN.")
    else:
        _diff_runs(folder, other)


def _record(folder: Path) -> dict[str, Any]:
    """Reads the record of a run or model."""
    from segue.experiments.runs.folder import CONFIG, read_record
    from segue.features.errors import UserError

    if (folder / "runs").is_dir() and not (folder / CONFIG).is_file():
        raise UserError(
            f"There is no finished run in {folder} itself, which is a study; name one of those that "
            f"`segue runs list {folder}` lists."
        )
    # Among the runs or models of a study, a folder without its record is a damaged one.
    around = Path(os.path.realpath(folder)).parent.name  # `resolve` fails at a link to itself
    damaged = folder.is_dir() and around in ("runs", "models")
    if not (damaged or (folder / CONFIG).is_file()):
        raise UserError(f"There is no finished run in {folder}; list them with `segue runs list STUDY`.")
    return read_record(folder)


def _list_runs(folder: Path) -> None:
    """Prints one line per run of a study."""
    from segue.experiments.console import print_table
    from segue.experiments.formatting import number
    from segue.experiments.runs.folder import read_record
    from segue.features.errors import UserError

    # Of a study, of its folder of runs, or of a single run.
    found = (sorted(folder.glob(f"{place}config.json")) for place in ("runs/[!.]*/", "[!.]*/", ""))
    records = next((files for files in found if files), [])
    if not records:
        raise UserError(f"There are no finished runs in {folder}; run a study with `segue compare`.")
    numbers = ("seed", "steps", "return", "seconds")
    rows = []
    for path in (file.parent for file in records):
        record = read_record(path)
        spec = record["spec"]
        steps = str(record["steps"] or "")
        # A model has been trained, but was not evaluated.
        seconds = number(record["train_seconds"] + record.get("evaluate_seconds", 0.0), 1)
        mean = number(record["return_mean"]) if "return_mean" in record else ""
        cells = (str(spec["seed"]), steps, mean, seconds)
        rows.append((spec["environment_label"], spec["agent_label"], *cells, path.name))
    print_table(("environment", "agent", *numbers, "folder"), rows, numbers=numbers)


def _diff_runs(folder: Path, other: Path) -> None:
    """Prints how the records of two runs differ, and the difference of their returns on common sessions."""
    from segue.experiments.analysis.run_diff import difference_on_common_sessions, differing_entries
    from segue.experiments.console import print_table
    from segue.experiments.formatting import format_interval, signed

    entries = differing_entries(_record(folder), _record(other))
    print_table(("", "first", "second"), [(name, *map(str, values)) for name, values in entries.items()])
    sessions, interval = difference_on_common_sessions(folder, other)
    if sessions:
        print(
            f"On the {sessions} sessions that both played, the return of the second run differs by "
            f"{signed(interval.estimate)} {format_interval(interval.low, interval.high)} per session."
        )
    else:
        print("The runs have no sessions in common.")

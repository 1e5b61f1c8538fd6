"""Measures time and memory of converting a listening log and of fitting a listener to it.

usage: python experiments/benchmarks/logs.py --out logs.csv

The kept table, which the documentation shows, is `TABLE`. Plays are those of simulated listeners of the
preset that is fitted, else of `session`; each command runs in a process of its own. Rows that the table holds
are not measured again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import tyro

from segue.experiments.console import errors_in_one_sentence
from segue.experiments.fitting.simulated_logs import simulate_log
from segue.experiments.logs.plays import write_plays
from segue.features.errors import UserError

TABLE = Path(__file__).parents[1] / "calibration" / "measured" / "log_sizes.csv"
"""The kept table."""

FIT, FULL_FIT, CONVERT = "segue fit", "segue fit --preset full", "segue logs convert"
"""The commands that are measured."""

CATALOG = "synthetic:5000"
COLUMNS = "columns: {listener: user, time: ts, track: song, listened_s: s, skipped: skip}\n"
PIECE = 10_000
"""Sessions that are simulated and written at a time."""


def measure(
    fits: Sequence[int] = (100_000, 1_000_000),
    full_fits: Sequence[int] = (100_000,),
    conversions: Sequence[int] = (1_000_000, 10_000_000),
    out: Path = Path("logs.csv"),
) -> pd.DataFrame:
    """Measures fits and conversions.

    Args:
        fits: Plays of the logs that the preset `session` is fitted to, with a catalogue.
        full_fits: The same for the preset `full`.
        conversions: Plays of the CSV files that are converted.
        out: The table to write, or to continue.

    Returns:
        The table: command, plays, seconds, cpu_seconds, gigabytes (the largest resident memory).

    Raises:
        UserError: The folder of `out` does not exist.
    """
    if not out.parent.is_dir():
        raise UserError(f"There is no folder {out.parent} to write the table to; create it first.")
    table = pd.read_csv(out) if out.exists() else pd.DataFrame()
    asked = [
        *((FIT, plays) for plays in fits),
        *((FULL_FIT, plays) for plays in full_fits),
        *((CONVERT, plays) for plays in conversions),
    ]
    for command, plays in asked:
        if len(table) and ((table["command"] == command) & (table["plays"] == plays)).any():
            continue
        with tempfile.TemporaryDirectory() as folder:
            arguments = _written(command, plays, Path(folder))
            row = {"command": command, "plays": plays, **_run(arguments)}
        table = pd.concat([table, pd.DataFrame([row])], ignore_index=True)
        table.to_csv(out, index=False, float_format="%.3g")
    return table


def _written(command: str, plays: int, folder: Path) -> list[str]:
    """Writes the log that a command reads, and returns the command."""
    if command == CONVERT:
        return _convert(folder, plays)
    return _fit(folder, plays, "full" if command == FULL_FIT else "session")


def _simulated(plays: int, preset: str = "session") -> pd.DataFrame:
    """Returns about `plays` plays, one session of each listener."""
    parts: list[pd.DataFrame] = []
    while sum(map(len, parts)) < plays:
        part = simulate_log(preset, CATALOG, listeners=PIECE, seed=len(parts)).plays
        for name in ("session", "listener"):
            part[name] = f"{len(parts)}-" + part[name]
        parts.append(part)
    return pd.concat(parts, ignore_index=True).iloc[:plays]


def _fit(folder: Path, plays: int, preset: str) -> list[str]:
    """Writes a log, and returns the command that fits a listener to it."""
    write_plays(_simulated(plays, preset), folder / "plays.parquet")
    names = ["--catalog", CATALOG, "--preset", preset, "--out", str(folder / "mine.yaml")]
    return ["fit", str(folder / "plays.parquet"), *names]


def _convert(folder: Path, plays: int) -> list[str]:
    """Writes a CSV file, and returns the command that converts it."""
    sample = _simulated(min(plays, 200_000))
    began = sample["time"].astype("datetime64[ns, UTC]")
    with (folder / "log.csv").open("w", encoding="utf-8") as file:
        for number in range(int(np.ceil(plays / len(sample)))):
            part = pd.DataFrame(
                {
                    "user": sample["listener"] + f"-{number}",
                    "ts": began.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "song": sample["track"],
                    "s": sample["listened_s"].round(2),
                    "skip": sample["skipped"],
                }
            )
            part.to_csv(file, index=False, header=not number)
    (folder / "columns.yaml").write_text(COLUMNS, encoding="utf-8")
    out = str(folder / "plays.parquet")
    return [
        "logs",
        "convert",
        str(folder / "log.csv"),
        "--columns",
        str(folder / "columns.yaml"),
        "--out",
        out,
    ]


def _run(arguments: Sequence[str]) -> dict[str, float]:
    """Runs a command of segue in a new process; returns its times in s and its memory in GB."""
    code = "import sys; from segue.experiments.cli import main; main(sys.argv[1:])"
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise UserError(f"segue {' '.join(arguments)} failed; see above.")
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "gigabytes": used.ru_maxrss / 1024**2,
    }


if __name__ == "__main__":
    with errors_in_one_sentence("logs"):
        print(tyro.cli(measure).round(2).to_string(index=False))

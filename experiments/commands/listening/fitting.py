"""The command that fits a listener to a log."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import Positional, arg

from segue.experiments.commands.options import OptionalCount, OptionalText

if TYPE_CHECKING:
    from segue.experiments.fitting.fit import Fit
    from segue.experiments.fitting.goodness.realism import Comparison


def fit(
    plays: Positional[Annotated[Path, arg(metavar="PLAYS.parquet")]],
    *,
    out: Path,
    catalog: OptionalText = None,
    preset: str = "session",
    length: int = 30,
    seed: int = 0,
    jobs: OptionalCount = None,
) -> None:
    """Fit a listener to a log of plays, and show how well it fits.

    Writes the listener as a preset, to be used like any other; beside it a page (.html) on how well it
    forecasts held-out plays and how real its behaviour is, and what the log says of each listener
    (.listeners.parquet).

    Example: segue fit matched.parquet --catalog music.parquet --preset session --out mine.yaml

    Args:
        plays: The log: a table of plays, as `segue logs match` writes it, or `segue logs convert` where there
            is no catalogue.
        out: The preset to write, a YAML file.
        catalog: The catalogue of the logged tracks: a file or a name. Without one, nothing that depends on
            tracks is fitted.
        preset: The listener whose terms are fitted: the name of a preset or a YAML file.
        length: Tracks of a session that the listener's terms remember, as in the environment to come.
        seed: Seed of the division into training and test, and of everything drawn.
        jobs: Threads; one per core by default.
    """
    from segue.experiments.execution.worker import cores
    from segue.experiments.fitting.fit import fit_listener
    from segue.experiments.fitting.goodness.realism import compare_with_log
    from segue.experiments.fitting.progress import fit_progress
    from segue.experiments.fitting.written_preset import preset_of
    from segue.experiments.logs.plays import read_plays
    from segue.features import open_catalog
    from segue.features.errors import UserError

    if jobs is not None and jobs < 1:
        raise UserError(f"--jobs must be at least 1, but is {jobs}.")
    page, people = out.with_suffix(".html"), out.with_suffix(".listeners.parquet")
    _check_output(out, page, people)
    tracks = None if catalog is None else open_catalog(catalog)
    with fit_progress() as progress:
        fitted = fit_listener(
            read_plays(plays),
            tracks,
            preset,
            length=length,
            seed=seed,
            threads=jobs or cores(),
            progress=progress,
        )
        mine = preset_of(fitted, out.stem, plays.name)
        mine.pop("x-fit")
        comparison = compare_with_log(
            fitted.plays,
            mine,
            tracks or "demo",
            length=length,
            break_rate=fitted.estimate.values["break_rate"],
            seed=seed,
        )
    _write(fitted, comparison, plays.name, out, page, people)
    _print(fitted, comparison)
    print(f"Preset: {out}\nReport: {page}\nListeners: {people}")


def _check_output(out: Path, *others: Path) -> None:
    """Refuses to overwrite anything, before any work is done."""
    from segue.features.errors import UserError
    from segue.features.existing_files import is_yaml

    if not is_yaml(out):
        raise UserError(f"--out must be a YAML file such as mine.yaml, but is {str(out)!r}.")
    if not out.parent.is_dir():
        raise UserError(f"There is no folder {out.parent}; create it first.")
    for path in (out, *others):
        if path.exists():
            raise UserError(f"{path} already exists; choose another --out.")


def _write(fitted: Fit, comparison: Comparison, log: str, preset: Path, page: Path, people: Path) -> None:
    """Writes the preset, the page and the table of listeners, or none of them on a full disk."""
    from segue.experiments.fitting.goodness.page import write_page
    from segue.experiments.fitting.written_preset import listener_table, write_preset

    with tempfile.TemporaryDirectory(prefix=".segue-fit-", dir=preset.parent) as folder:
        write_preset(fitted, Path(folder, preset.name), log)
        write_page(fitted, comparison, Path(folder, page.name), log)
        listener_table(fitted).to_parquet(Path(folder, people.name), index=False)
        for path in (page, people, preset):
            Path(folder, path.name).replace(path)


def _print(fitted: Fit, comparison: Comparison) -> None:
    """Prints the first screen of the report."""
    from segue.experiments.console import print_table
    from segue.experiments.fitting.goodness import summary
    from segue.experiments.fitting.goodness.page import size_line

    print(summary.verdict(fitted))
    print(summary.realism_line(comparison.statistics))
    print(size_line(fitted))
    for note in summary.notes(fitted):
        print(note)
    tables = (
        *summary.forecast_tables(fitted),
        summary.parameter_table(fitted),
        summary.realism_table(comparison.statistics),
    )
    for table in tables:
        print_table(table.head, table.rows, title=table.title, numbers=table.head[1:])

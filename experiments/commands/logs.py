"""The command for listening logs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from segue.experiments.commands.options import OptionalPath, OptionalText


def logs(
    action: Positional[Literal["convert", "info"]],
    files: Positional[tuple[Path, ...]],
    *,
    out: OptionalPath = None,
    format: str = "auto",
    gap: float = 30.0,
    listener: OptionalText = None,
    columns: OptionalPath = None,
) -> None:
    """Convert listening logs to a table of plays, or describe one.

    Example: segue logs convert my_spotify_data.zip --out plays.parquet

    Args:
        action: `convert` writes the plays of logs to --out, `info` describes a table of plays.
        files: With `convert`: files, folders or zip archives of one format. With `info`: a table of plays.
        out: With `convert`: the Parquet file to write. With `info`: a picture of the plays.
        format: With `convert`: spotify, mssd, yambda, listenbrainz, lastfm, study or columns; recognised by
            default.
        gap: With `convert`: minutes without a play that end a session.
        listener: With `convert`: name of the listener of logs that name none.
        columns: With `convert`: a YAML file that names the columns of a table of another program.
    """
    from segue.features.errors import UserError

    if not files:
        raise UserError("No file given; name the files of a log, such as my_spotify_data.zip.")
    if action == "convert":
        _convert(files, out, format, gap, listener, columns)


def _convert(
    files: tuple[Path, ...],
    out: Path | None,
    format: str,
    gap: float,
    listener: str | None,
    columns: Path | None,
) -> None:
    """Converts logs and prints what was read, left out and written."""
    from segue.experiments.logs.convert import convert_logs
    from segue.features.errors import UserError

    if out is None:
        raise UserError("No output file given; name one with --out, such as --out plays.parquet.")
    if out.exists():
        raise UserError(f"{out} already exists; choose another output file.")
    conversion = convert_logs(files, out, format=format, gap=gap, listener=listener, columns=columns)
    print(f"{conversion}\nPlays: {out}")

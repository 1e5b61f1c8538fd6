"""The command for listening logs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from segue.experiments.commands.options import OptionalPath, OptionalText, require_parquet_name


def logs(
    action: Positional[Literal["convert", "match", "info"]],
    files: Positional[Annotated[tuple[Path, ...], arg(metavar="FILE…", help_behavior_hint="(required)")]],
    *,
    out: OptionalPath = None,
    format: str = "auto",
    gap: float = 30.0,
    listener: OptionalText = None,
    columns: OptionalPath = None,
    catalog: OptionalText = None,
    similarity: float = 90.0,
    tolerance: float = 5.0,
) -> None:
    """Convert listening logs to a table of plays, match its tracks to a catalogue, or describe it.

    Example: segue logs convert my_spotify_data.zip --out plays.parquet

    Args:
        action: `convert` writes the plays of logs to --out, `match` adds the ids of a catalogue, and `info`
            describes a table of plays.
        files: With `convert`: files, folders or zip archives of one format; where they name no listener, each
            folder or archive has one, and files of the same folder have the same one. Otherwise: a table of
            plays.
        out: The Parquet file to write. With `info`: a picture of the plays.
        format: With `convert`: spotify, mssd, yambda, listenbrainz, lastfm, study or columns; recognised by
            default.
        gap: With `convert`: minutes without a play that end a session.
        listener: With `convert`: name of the one listener of all logs that name none.
        columns: With `convert`: a YAML file that names the columns of a table of another program.
        catalog: With `match`: the catalogue.
        similarity: With `match`: similarity of titles and artists, 0 to 100, that counts as the same.
        tolerance: With `match`: seconds by which the lengths of a track matched by name may differ.
    """
    from segue.features.errors import UserError

    if not files:
        raise UserError("No file given; name the files of a log, such as my_spotify_data.zip.")
    if catalog is not None and action != "match":
        raise UserError(f"`segue logs {action}` takes no --catalog; use `segue logs match` afterwards.")
    if action == "convert":
        from segue.experiments.logs.convert import convert_logs

        written = _new_file(out, "plays.parquet")
        conversion = convert_logs(files, written, format=format, gap=gap, listener=listener, columns=columns)
        print(f"{conversion}\nPlays: {written}")
        return
    if len(files) > 1:
        raise UserError(f"`segue logs {action}` takes one table of plays, but {len(files)} are given.")
    if action == "match":
        _match(files[0], catalog, _new_file(out, "matched.parquet"), similarity, tolerance)
    else:
        _describe(files[0], out)


def _new_file(out: Path | None, example: str) -> Path:
    """Returns the file to write, which must not exist yet."""
    from segue.features.errors import UserError

    if out is None:
        raise UserError(f"No output file given; name one with --out, such as --out {example}.")
    if out.exists():
        raise UserError(f"{out} already exists; choose another output file.")
    require_parquet_name(out)
    return out


def _match(file: Path, catalog: str | None, out: Path, similarity: float, tolerance: float) -> None:
    """Matches a table of plays to a catalogue and prints how many tracks are in it."""
    from segue.experiments.logs.matching import match_plays
    from segue.features import open_catalog
    from segue.features.errors import UserError

    if catalog is None:
        raise UserError("No catalogue given; name one with --catalog, such as --catalog music.parquet.")
    matching = match_plays(file, open_catalog(catalog), out, similarity=similarity, tolerance=tolerance)
    print(f"{matching}\nPlays: {out}")


def _describe(file: Path, out: Path | None) -> None:
    """Prints what a table of plays contains, and draws it if a picture is asked for."""
    from segue.experiments.console import print_table
    from segue.experiments.logs.summary import summarise

    summary = summarise(file)
    said = f"For a picture: segue logs info {file} --out picture.png"
    if out is not None:
        from segue.experiments.figures.listening_log import draw_log

        said = f"Picture: {draw_log(summary, out)}"
    print_table(("", summary.name), summary.rows())
    print(said)

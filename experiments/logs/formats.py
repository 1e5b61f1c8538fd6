"""The formats of listening logs, and which of them a file has."""

from __future__ import annotations

from collections.abc import Sequence

from segue.experiments.logs.counts import Counts
from segue.experiments.logs.readers import (
    lastfm,
    listenbrainz,
    mssd,
    named_columns,
    spotify,
    study,
    yambda,
)
from segue.experiments.logs.reading import LogFormat
from segue.experiments.logs.sources.beginning import Beginning, NotALogError, read_beginning
from segue.experiments.logs.sources.log_files import LogFile
from segue.features.errors import UserError, unknown_name

FORMATS: dict[str, LogFormat] = {
    entry.name: entry
    for entry in (
        LogFormat("spotify", "streaming history of Spotify", spotify.recognises, spotify.read),
        LogFormat("mssd", "Music Streaming Sessions Dataset", mssd.recognises, mssd.read),
        LogFormat("yambda", "Yambda, of Yandex Music", yambda.recognises, yambda.read, dated=False),
        LogFormat("listenbrainz", "ListenBrainz", listenbrainz.recognises, listenbrainz.read),
        LogFormat("lastfm", "Last.fm 1K users", lastfm.recognises, lastfm.read),
        LogFormat("study", "study, run or evaluation of segue", study.recognises, study.read),
        LogFormat(
            "columns", "table whose columns --columns names", named_columns.recognises, named_columns.read
        ),
    )
}
"""The formats by their names in `--format`."""


def recognise(files: Sequence[LogFile], format: str, counts: Counts) -> tuple[LogFormat, list[Beginning]]:
    """Finds the one format that all files have.

    Files of a folder or an archive that are not logs are left out and counted.

    Args:
        files: The files.
        format: A name in `FORMATS`, or `auto` to recognise it.
        counts: Where files that are left out are counted.

    Returns:
        The format, and the beginnings of the files that have it.

    Raises:
        UserError: The format is unknown, or the files have several.
    """
    if format != "auto" and format not in FORMATS:
        raise unknown_name("format", format, (*FORMATS, "auto"))
    found: dict[str, list[Beginning]] = {}
    for file in files:
        try:
            beginning = read_beginning(file)
        except NotALogError:
            if file.named:
                raise
            counts.left_out["files that are not logs"] += 1
            continue
        if name := _format_of(beginning, format):
            found.setdefault(name, []).append(beginning)
        elif file.named:
            raise _unknown(file)
        else:
            counts.left_out["files that are not logs"] += 1
    if not found:
        raise _unknown(files[0])
    if len(found) > 1:
        raise UserError(
            f"The files have several formats ({', '.join(sorted(found))}); convert those of each format by "
            "themselves, or choose one with --format."
        )
    name, beginnings = next(iter(found.items()))
    return FORMATS[name], beginnings


def _format_of(beginning: Beginning, format: str) -> str:
    """Returns the name of the format of a file; empty if it has none, or not the one that was chosen."""
    if format == "auto":
        return next((name for name, entry in FORMATS.items() if entry.recognises(beginning)), "")
    # The reader says what a file lacks that the user has named; those of a folder may be anything.
    chosen = beginning.file.named or format == "columns" or FORMATS[format].recognises(beginning)
    return format if chosen else ""


def _unknown(file: LogFile) -> UserError:
    return UserError(
        f"The format of '{file}' is not known; choose one with --format ({', '.join(FORMATS)}), or name the "
        "columns of a table with --columns."
    )

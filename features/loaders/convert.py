"""Conversion of track tables of other programs and data sets to catalogues."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from segue.features.catalog.catalog import Catalog
from segue.features.errors import UserError, counted, excerpt, unknown_name
from segue.features.existing_files import is_file, readable, what_else
from segue.features.loaders import fma, million_song
from segue.features.loaders.csv_table import TextTable, read_header, read_table
from segue.features.loaders.decode import read_lines
from segue.features.loaders.remarks import Remarks
from segue.features.loaders.synonyms import map_to_schema, normalise_name
from segue.features.loaders.tidy import tidy
from segue.features.schema import LISTENING_FEATURES, columns_by_name

FORMATS: dict[str, str] = {
    "spotify": "CSV with Spotify-like features, such as those of Kaggle, TidyTuesday and Exportify",
    "mssd": "tf_*.csv of the Music Streaming Sessions Dataset",
    "fma": "tracks.csv, features.csv or echonest.csv of the Free Music Archive data set",
    "million-song-csv": "CSV export of the Million Song Dataset",
    "million-song": "HDF5 file of the Million Song Dataset",
    "segue": "segue catalogue",
}
"""Name and description of each format."""

_TELLING = {"tempo", "energy", "loudness"}
"""Columns of which a table with Spotify-like features has at least one."""


@dataclass(frozen=True)
class Conversion:
    """A converted catalogue and a log of the conversion.

    Attributes:
        catalog: The catalogue.
        format: The name in `FORMATS` of the file's format.
        renamed: Schema column of each recognised column of the file.
        extra: Columns outside the schema, kept unchanged.
        remarks: One sentence per change of values, with line numbers of the file.
    """

    catalog: Catalog
    format: str
    renamed: dict[str, str]
    extra: tuple[str, ...]
    remarks: tuple[str, ...]

    def __str__(self) -> str:
        tracks = counted(len(self.catalog), "track")
        lines = [f"{tracks}, read as {self.format} ({FORMATS[self.format]})"]
        lines += [f"  {source} -> {target}" for source, target in self.renamed.items() if source != target]
        if self.extra:
            lines.append(f"  kept as extra: {', '.join(self.extra)}")
        return "\n".join([*lines, *(f"  {remark}" for remark in self.remarks)])


def convert_catalog(path: str | os.PathLike[str], format: str = "auto") -> Conversion:
    """Reads a table of tracks in any of `FORMATS`.

    Args:
        path: The file; CSV may be gzipped.
        format: One of `FORMATS`, or `"auto"` to detect it.

    Raises:
        UserError: The file is missing, of no known format, or has no listening feature.
    """
    file = Path(path)
    if not is_file(file):
        if other := what_else(file):
            raise UserError(f"{str(file)!r} {other}; choose a file to convert.")
        raise UserError(f"There is no file {excerpt(file)!r}; choose an existing file to convert.")
    if format not in (*FORMATS, "auto"):
        raise unknown_name("format", format, (*FORMATS, "auto"))
    chosen = _binary_format(file) if format == "auto" else format
    if chosen == "segue":
        if _binary_format(file) != chosen:
            raise UserError(f"{str(file)!r} is not a segue catalogue; leave out --format, or name another.")
        return Conversion(Catalog.load(file), chosen, {}, (), ())
    table, chosen = _read(file, chosen)
    names = map_to_schema([str(name) for name in table.cells.columns])
    remarks = Remarks(table.lines, "row" if chosen == "million-song" else "line")
    for reason, numbers in table.left_out.items():
        remarks.add_lines(reason, numbers)
    sources = {target: source for source, target in names.items()}
    tidied = tidy(table.cells.rename(columns=names), sources, remarks)
    _require_feature(file, tidied, remarks)
    name = readable(file.name)
    stem = name.removesuffix(".gz").rpartition(".")[0] or name
    catalog = Catalog.from_frame(tidied, stem, notes=f"Converted from {name} ({chosen}).")
    known = {*names, *columns_by_name()}
    extra = tuple(str(c) for c in table.cells.columns if c not in known)
    return Conversion(catalog, chosen, names, extra, tuple(remarks.sentences))


def _read(file: Path, format: str | None) -> tuple[TextTable, str]:
    """Reads the cells of a table; returns its format too, which is detected if it is None."""
    if format == "million-song":
        cells = million_song.read(file)
        return TextTable(cells, np.arange(1, len(cells) + 1), {}), format
    lines = read_lines(file)
    if not any(line.strip() for line in lines):
        raise UserError(f"{str(file)!r} is empty; choose a table with at least one row.")
    header = read_header(lines, 2).rows
    found = format or detect_format(file, header)
    if found != "fma":
        return read_table(file, lines), found
    if not fma.is_fma(header):
        raise UserError(
            f"{str(file)!r} does not have the header rows of the Free Music Archive data set; leave out "
            "--format, or name another."
        )
    return fma.read(file, lines), found


def detect_format(file: Path, header: list[list[str]]) -> str:
    """Detects the format of a text file from the cells of its first two rows.

    Raises:
        UserError: The format is unknown.
    """
    if fma.is_fma(header):
        return "fma"
    names = {normalise_name(name) for name in header[0]}
    if {"acoustic_vector_0", "bounciness"} & names:
        return "mssd"
    if {"songid", "artist_hotttnesss", "song_hotttnesss", "keysignature"} & names:
        return "million-song-csv"
    if _TELLING & set(map_to_schema(sorted(names)).values()):
        return "spotify"
    raise UserError(
        f"The format of {str(file)!r} is not known, as its header has no tempo, energy or loudness; "
        f"set --format to one of: {', '.join(FORMATS)}."
    )


def _binary_format(file: Path) -> str | None:
    """Returns the format of a file that is not text, from its first bytes; None for any other file."""
    try:
        with file.open("rb") as opened:
            start = opened.read(4)
    except OSError as error:
        raise UserError(f"{str(file)!r} cannot be read ({error}); choose a readable file.") from error
    return {b"\x89HDF": "million-song", b"PAR1": "segue"}.get(start)


def _require_feature(file: Path, tidied: pd.DataFrame, remarks: Remarks) -> None:
    """Raises a UserError unless a listening feature has a value."""
    present = [name for name in LISTENING_FEATURES if name in tidied]
    if any(tidied[name].notna().any() for name in present):
        return
    if not present:
        raise UserError(
            f"{str(file)!r} has none of the columns {', '.join(LISTENING_FEATURES)}; rename its columns or "
            "choose another table."
        )
    reasons = "; ".join(remarks.sentences[:3]) or "all cells are empty"
    raise UserError(
        f"No cell in the columns {', '.join(present)} of {str(file)!r} can be used ({reasons}); correct them "
        "or choose another table."
    )

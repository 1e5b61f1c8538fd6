"""A file that another program wrote to a catalogue."""

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from segue.features.catalog.catalog import Catalog
from segue.features.errors import UserError, unknown_name
from segue.features.loaders import fma, million_song
from segue.features.loaders.synonyms import normalised, rename
from segue.features.loaders.text import read_table, read_text
from segue.features.loaders.tidy import Remarks, tidy

FORMATS: dict[str, str] = {
    "spotify": "CSV with Spotify-like features: Kaggle, TidyTuesday, Exportify and the like",
    "skip-prediction": "tf_*.csv of the Music Streaming Sessions Dataset",
    "fma": "tracks.csv, features.csv or echonest.csv of the Free Music Archive data set",
    "million-song-csv": "CSV export of the Million Song Dataset",
    "million-song": "HDF5 file of the Million Song Dataset",
    "segue": "catalogue of segue",
}
"""Name and meaning of the formats that can be read."""


@dataclass(frozen=True)
class Conversion:
    """A catalogue that was read, and what had to be done for it.

    Attributes:
        catalog: The catalogue.
        format: Which of `FORMATS` it was read as.
        renamed: Their column to ours.
        extra: Columns that the schema does not know, kept as they are.
        remarks: What was changed, with row numbers of the file.
    """

    catalog: Catalog
    format: str
    renamed: dict[str, str]
    extra: tuple[str, ...]
    remarks: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{len(self.catalog)} tracks, read as {self.format} ({FORMATS[self.format]})"]
        lines += [f"  {theirs} -> {ours}" for theirs, ours in self.renamed.items() if theirs != ours]
        if self.extra:
            lines.append(f"  kept as extra: {', '.join(self.extra)}")
        return "\n".join([*lines, *(f"  {remark}" for remark in self.remarks)])


def convert_catalog(path: str | os.PathLike[str], format: str = "auto") -> Conversion:
    """Reads a table of tracks in any known format.

    Args:
        path: The file; CSV may be gzipped.
        format: One of `FORMATS`, or `"auto"` to find out.

    Raises:
        UserError: When the file is missing, of no known format, or holds no listening feature.
    """
    file = Path(path)
    if not file.is_file():
        raise UserError(f"There is no file {str(file)!r} to convert.")
    if format not in (*FORMATS, "auto"):
        raise unknown_name("format", format, (*FORMATS, "auto"))
    kind = detect(file) if format == "auto" else format
    if kind == "segue":
        return Conversion(Catalog.load(file), kind, {}, (), ())
    table, first_row = _read(file, kind)
    names = rename([str(name) for name in table.columns])
    remarks = Remarks(first_row)
    tidied = tidy(table.rename(columns=names), remarks)
    stem = file.name.removesuffix(".gz").rpartition(".")[0] or file.name
    catalog = Catalog.from_frame(tidied, stem, notes=f"Converted from {file.name} ({kind}).")
    extra = tuple(str(c) for c in table.columns if c not in names and c not in _schema())
    return Conversion(catalog, kind, names, extra, tuple(remarks.lines))


def detect(file: Path) -> str:
    """Finds out the format of a file by its beginning.

    Raises:
        UserError: When it is none that is known.
    """
    start = file.read_bytes()[:8]
    if start.startswith(b"\x89HDF"):
        return "million-song"
    if start.startswith(b"PAR1"):
        return "segue"
    first = read_text(file).partition("\n")[0].lstrip("\ufeff")
    if fma.is_fma(first):
        return "fma"
    names = {normalised(name) for sep in ",;\t" for name in first.split(sep)}
    if {"acoustic_vector_0", "bounciness"} & names:
        return "skip-prediction"
    if {"songid", "artist_hotttnesss", "song_hotttnesss", "keysignature"} & names:
        return "million-song-csv"
    if {"tempo", "energy", "loudness"} & set(rename(sorted(names)).values()):
        return "spotify"
    raise UserError(
        f"{str(file)!r} is of no known format: its first line names none of tempo, energy, loudness. "
        f"Name one of {', '.join(FORMATS)} with --format if it is."
    )


def _read(file: Path, kind: str) -> tuple[pd.DataFrame, int]:
    """Returns the table and the number of the line of its first row."""
    if kind == "fma":
        return fma.read(file), 4
    if kind == "million-song":
        return million_song.read(file), 1
    return read_table(file), 2


def _schema() -> set[str]:
    from segue.features.schema import columns_by_name

    return set(columns_by_name())

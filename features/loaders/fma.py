"""Tables of the Free Music Archive data set, which have two or three header rows (Defferrard et al. 2017)."""

from pathlib import Path

import numpy as np
import pandas as pd

from segue.features.errors import UserError
from segue.features.loaders.csv_table import TextTable, read_header, read_table
from segue.features.loaders.decode import read_lines
from segue.features.loaders.number_cells import read_numbers

_MEAN_FEATURES = {
    "spectral_centroid": "centroid",
    "spectral_bandwidth": "bandwidth",
    "spectral_rolloff": "rolloff",
    "zcr": "zero_crossings",
}


def read(path: Path, lines: list[str]) -> TextTable:
    """Reads `tracks.csv`, `features.csv` or `echonest.csv`.

    `tracks.csv` has the titles and artists, the other two have the features: `tracks.csv` is joined with
    those of them that are in its folder, and each of them with `tracks.csv`.

    Args:
        path: The file.
        lines: Its lines.

    Returns:
        The joined table; rows that the file itself lacks have line 0.

    Raises:
        UserError: There are titles but no features.
    """
    names = set(read_header(lines).rows[0])
    if names & {"mfcc", "echonest"}:
        main = _read(path, lines, 3)
        table = _features(main.cells) if "mfcc" in names else _echonest(main.cells)
        tracks = path.with_name("tracks.csv")
        if tracks.is_file():
            named = _tracks(_read(tracks, read_lines(tracks), 2).cells).reindex(table.index)
            table = named.join(_missing_columns(table, named))
    else:
        main = _read(path, lines, 2)
        table = _tracks(main.cells)
        beside = {path.with_name("echonest.csv"): _echonest, path.with_name("features.csv"): _features}
        present = [(file, named) for file, named in beside.items() if file.is_file()]
        tables = [named(_read(file, read_lines(file), 3).cells) for file, named in present]
        if not tables:
            raise UserError(
                f"{str(path)!r} has titles but no features; put features.csv or echonest.csv of the data "
                "set into the same folder."
            )
        for further in tables:
            order = table.index.append(further.index.difference(table.index, sort=False))
            table = table.join(_missing_columns(further, table), how="outer").loc[order]
    line_of = dict(zip(main.cells.index, main.lines, strict=True))
    numbers = np.array([line_of.get(name, 0) for name in table.index], dtype=np.int64)
    return TextTable(table.fillna("").rename_axis("id").reset_index(), numbers, main.left_out)


def is_fma(header: list[list[str]]) -> bool:
    """Returns whether the cells of the first two rows of a file are the header of such a table."""
    if len(header) < 2:
        return False
    first, second = header[:2]
    if first[:1] == ["feature"]:
        return second[:1] == ["statistics"]
    if first[:1] != [""] or second[:1] != [""]:  # the column of the ids is named in a later row
        return False
    return ("album" in first and "title" in second) or ("echonest" in first and "audio_features" in second)


def _missing_columns(further: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    return further.drop(columns=table.columns.intersection(further.columns))


def _read(path: Path, lines: list[str], header_rows: int) -> TextTable:
    """Reads a file with the ids in its first column as index; the row that names this column is dropped."""
    table = read_table(path, lines, header_rows)
    ids = table.cells[table.cells.columns[0]].str.strip()
    kept = (ids.ne("track_id") & ids.ne("") & ~ids.duplicated()).to_numpy()
    left_out = dict(table.left_out)
    repeated = table.lines[(ids.duplicated() | ids.eq("")).to_numpy()].tolist()
    if repeated:
        left_out["repeated or empty id, left out"] = repeated
    cells = table.cells.iloc[:, 1:].set_axis(pd.Index(ids, name="id"))[kept]
    return TextTable(cells, table.lines[kept], left_out)


def _tracks(table: pd.DataFrame) -> pd.DataFrame:
    named = {
        ("track", "title"): "title",
        ("artist", "name"): "artist",
        ("album", "title"): "album",
        ("track", "duration"): "duration",
        ("track", "genre_top"): "genre",
        ("track", "license"): "licence",
        ("track", "number"): "track",
    }
    return _with_names(table, [named.get((c[0], c[1]), "_".join(c)) for c in table.columns])


def _echonest(table: pd.DataFrame) -> pd.DataFrame:
    named = {"track_name": "title", "artist_name": "artist", "album_name": "album"}
    return _with_names(table, [named.get(c[2], c[2]) for c in table.columns])


def _features(table: pd.DataFrame) -> pd.DataFrame:
    """Names the means as in the schema, and converts the chroma to shares unless some of it is missing."""
    named: dict[tuple[str, ...], str] = {
        (feature, "mean", "01"): name for feature, name in _MEAN_FEATURES.items()
    }
    named |= {("mfcc", "mean", f"{k + 1:02d}"): f"mfcc_{k}" for k in range(20)}
    named |= {("chroma_cqt", "mean", f"{k + 1:02d}"): f"chroma_{k}" for k in range(12)}
    further = _with_names(table, [named.get(tuple(c), "_".join(c)) for c in table.columns])
    chroma = further.columns.intersection([f"chroma_{k}" for k in range(12)])
    if len(chroma) < 12:
        return further.drop(columns=chroma)
    values = np.column_stack([read_numbers(further[name]).values for name in chroma])
    shares = values / values.sum(axis=1, keepdims=True)
    for name, share in zip(chroma, shares.T, strict=True):
        further[name] = pd.Series(share, index=further.index).map(lambda x: repr(float(x)) if x == x else "")
    return further


def _with_names(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Returns the table with other column names, of equal ones the first."""
    renamed = table.set_axis(["original_id" if name == "id" else name for name in names], axis=1)
    return renamed.loc[:, ~renamed.columns.duplicated()].copy()

"""Tables of the Free Music Archive data set, which have two or three header rows (Defferrard et al. 2017)."""

from pathlib import Path

import pandas as pd

from segue.features.errors import UserError
from segue.features.loaders.text import read_table

_MEAN_FEATURES = {
    "spectral_centroid": "centroid",
    "spectral_bandwidth": "bandwidth",
    "spectral_rolloff": "rolloff",
    "zcr": "zero_crossings",
}


def read(path: Path) -> pd.DataFrame:
    """Reads `tracks.csv`, `features.csv` or `echonest.csv`.

    `tracks.csv` has the titles and artists, the other two have the features: `tracks.csv` is joined with
    those of them that are in its folder, and each of them with `tracks.csv`.

    Raises:
        UserError: There are titles but no features.
    """
    first = _header(path)
    if first & {"mfcc", "echonest"}:
        table = _features(path) if "mfcc" in first else _echonest(path)
        names = path.with_name("tracks.csv")
        if names.is_file():
            table = _joined(_tracks(names), table).loc[table.index]
    else:
        table = _tracks(path)
        beside = {path.with_name("echonest.csv"): _echonest, path.with_name("features.csv"): _features}
        tables = [read_one(file) for file, read_one in beside.items() if file.is_file()]
        if not tables:
            raise UserError(
                f"{str(path)!r} has titles but no features; put features.csv or echonest.csv of the data "
                "set into the same folder."
            )
        for further in tables:
            table = _joined(table, further)
    return table.rename_axis("id").reset_index()


def _joined(table: pd.DataFrame, further: pd.DataFrame) -> pd.DataFrame:
    """Adds the columns of another table that are missing; keeps the rows of both."""
    return table.join(further.drop(columns=table.columns.intersection(further.columns)), how="outer")


def is_fma(first_line: str) -> bool:
    """Returns whether the first line of a file is the top header row of such a table."""
    names = first_line.strip().split(",")
    return names[0] == "feature" or max(names.count("echonest"), names.count("album")) > 1


def _header(path: Path) -> set[str]:
    """Returns the distinct names in the top header row."""
    with path.open(encoding="utf-8-sig") as file:
        return set(file.readline().strip().split(","))


def _tracks(path: Path) -> pd.DataFrame:
    table = read_table(path, header=[0, 1], index_col=0)
    named = {
        ("track", "title"): "title",
        ("artist", "name"): "artist",
        ("album", "title"): "album",
        ("track", "duration"): "duration",
        ("track", "genre_top"): "genre",
        ("track", "license"): "licence",
        ("track", "number"): "track",
    }
    table.columns = pd.Index([named.get((c[0], c[1]), "_".join(c)) for c in table.columns.to_list()])
    return table


def _echonest(path: Path) -> pd.DataFrame:
    table = read_table(path, header=[0, 1, 2], index_col=0)
    named = {"track_name": "title", "artist_name": "artist", "album_name": "album"}
    table.columns = pd.Index([named.get(c[2], c[2]) for c in table.columns.to_list()])
    return table.loc[:, ~table.columns.duplicated()]


def _features(path: Path) -> pd.DataFrame:
    table = read_table(path, header=[0, 1, 2], index_col=0)
    columns = {}
    for feature, name in _MEAN_FEATURES.items():
        columns[name] = table[(feature, "mean", "01")]
    for k in range(20):
        columns[f"mfcc_{k}"] = table[("mfcc", "mean", f"{k + 1:02d}")]
    chroma = pd.DataFrame({f"chroma_{k}": table[("chroma_cqt", "mean", f"{k + 1:02d}")] for k in range(12)})
    shares = chroma.div(chroma.sum(axis=1), axis=0)
    converted = ("mfcc", "chroma_cqt", *_MEAN_FEATURES)
    extra = table[[c for c in table.columns if not (c[0] in converted and c[1] == "mean")]]
    extra.columns = pd.Index(["_".join(c) for c in extra.columns])
    return pd.concat([pd.DataFrame(columns), shares, extra], axis=1)

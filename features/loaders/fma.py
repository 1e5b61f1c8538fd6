"""The Free Music Archive's tables with two or three header rows (Defferrard et al. 2017)."""

from pathlib import Path

import pandas as pd

from segue.features.loaders.text import read_table

_MEANS = {
    "spectral_centroid": "centroid",
    "spectral_bandwidth": "bandwidth",
    "spectral_rolloff": "rolloff",
    "zcr": "zero_crossings",
}


def read(path: Path) -> pd.DataFrame:
    """Reads ``tracks.csv``, ``features.csv`` or ``echonest.csv``; names come from the former beside it."""
    first = _header(path)
    if "mfcc" in first:
        table = _features(path)
    elif "echonest" in first:
        table = _echonest(path)
    else:
        return _tracks(path).rename_axis("id").reset_index()
    beside = path.with_name("tracks.csv")
    if beside.is_file() and beside != path:
        names = _tracks(beside)
        table = table.drop(columns=names.columns.intersection(table.columns)).join(names)
    return table.rename_axis("id").reset_index()


def is_fma(first_line: str) -> bool:
    """Whether the first line of a file is the topmost header of such a table."""
    names = first_line.strip().split(",")
    return names[0] == "feature" or max(names.count("echonest"), names.count("album")) > 1


def _header(path: Path) -> set[str]:
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
    for feature, ours in _MEANS.items():
        columns[ours] = table[(feature, "mean", "01")]
    for k in range(20):
        columns[f"mfcc_{k}"] = table[("mfcc", "mean", f"{k + 1:02d}")]
    chroma = pd.DataFrame({f"chroma_{k}": table[("chroma_cqt", "mean", f"{k + 1:02d}")] for k in range(12)})
    shares = chroma.div(chroma.sum(axis=1), axis=0)
    ours_too = ("mfcc", "chroma_cqt", *_MEANS)
    extra = table[[c for c in table.columns if not (c[0] in ours_too and c[1] == "mean")]]
    extra.columns = pd.Index(["_".join(c) for c in extra.columns])
    return pd.concat([pd.DataFrame(columns), shares, extra], axis=1)

"""Commands about music: folders of audio and catalogues."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tyro.conf import Positional


def extract(
    folder: Positional[Path],
    *,
    out: Path,
    jobs: int | None = None,
    melody: bool = False,
    scheduler: str | None = None,
) -> None:
    """Turn a folder of audio files into a catalogue. Running it again computes only what changed.

    Example: segue extract ~/Music --out music.parquet

    Args:
        folder: The folder of audio files; its subfolders are read too.
        out: The catalogue to write, a Parquet file.
        jobs: Files to analyse at once; all cores by default.
        melody: Also track the melody (pitch_range, voiced_share), which is slow.
        scheduler: Address of a Dask scheduler whose workers see the same files, such as tcp://host:8786.
    """
    from segue.features.extract import extract_folder

    print(extract_folder(folder, out, jobs, melody=melody, scheduler=scheduler))


def catalog(
    action: Positional[Literal["info", "convert"]],
    file: Positional[str],
    *,
    out: Path | None = None,
    format: str = "auto",
) -> None:
    """Look at a catalogue, or write it as a catalogue file of segue.

    Example: segue catalog info demo --out demo.png

    Args:
        action: `info` describes the catalogue, `convert` writes it to --out.
        file: A catalogue: a file, `demo`, or `synthetic:N` for N made-up tracks. With `convert` also a CSV or
            HDF5 file of another program.
        out: With `convert`: the Parquet file to write. With `info`: a picture of the features and a map.
        format: With `convert`: spotify, skip-prediction, fma, million-song-csv, million-song; found out by
            default.
    """
    from segue.features import open_catalog
    from segue.features.errors import UserError

    if action == "info":
        opened = open_catalog(file)
        _describe(opened)
        if out is not None:
            from segue.experiments.figures.catalog_map import draw_catalog

            print(f"Drawn: {draw_catalog(opened, out)}")
        return
    if out is None:
        raise UserError("Say where to write the catalogue: --out music.parquet.")
    if out.exists():
        raise UserError(f"{out} exists already: give another file.")
    if Path(file).is_file():
        from segue.features.loaders import convert_catalog

        conversion = convert_catalog(file, format)
        print(conversion)
        opened = conversion.catalog
    else:
        opened = open_catalog(file)
    print(f"{len(opened)} tracks in {opened.save(out)}")


def _describe(opened: object) -> None:
    """Prints what a catalogue holds."""
    from segue.experiments.commands.show import print_table
    from segue.features import Catalog

    assert isinstance(opened, Catalog)
    artists = len(set(opened.artist_codes) - {-1})
    hours = float(opened.raw("duration").sum()) / 3600 if opened.has("duration") else 0.0
    print(f"{opened.name}: {len(opened)} tracks, {artists} artists, {hours:.1f} hours")
    rows = []
    for name in opened.feature_names:
        values = opened.tracks[name].astype(float)
        low, middle, high = (f"{values.quantile(q):.3g}" for q in (0.05, 0.5, 0.95))
        rows.append((name, low, middle, high, str(opened.missing[name])))
    numbers = ("5 %", "median", "95 %", "missing")
    print_table(("feature", *numbers), rows, numbers=numbers)
    if opened.notes:
        print(opened.notes)

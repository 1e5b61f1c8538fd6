"""Commands for music: folders of audio files and catalogues."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import Positional, arg

from segue.experiments.commands.options import (
    CatalogName,
    OptionalCount,
    OptionalPath,
    OptionalText,
    require_parquet_name,
)

if TYPE_CHECKING:
    from segue.features import Catalog
    from segue.features.arrays import FloatArray

_BARS = " ▁▂▃▄▅▆▇█"


def extract(
    folder: Positional[Annotated[Path, arg(metavar="FOLDER", help_behavior_hint="(required)")]],
    *,
    out: Path,
    jobs: OptionalCount = None,
    min_duration: float = 30.0,
    timeout: float = 600.0,
    melody: bool = False,
    scheduler: OptionalText = None,
) -> None:
    """Turn a folder of audio files into a catalogue. Unchanged files are not analysed again.

    Example: segue extract ~/Music --out music.parquet

    Args:
        folder: The folder of audio files; its subfolders are included.
        out: The catalogue to write, a Parquet file.
        jobs: Files to analyse at once; one per core by default.
        min_duration: Length in seconds of the shortest track; shorter files are left out and counted.
        timeout: Seconds that the analysis of one file may take; it is listed and passed over after that.
        melody: Also track the melody (pitch_range, voiced_share), which is slow.
        scheduler: Address of a Dask scheduler whose workers see the same files, such as tcp://host:8786.
    """
    from segue.features import Limits, extract_folder

    require_parquet_name(out)
    report = extract_folder(
        folder,
        out,
        jobs,
        min_duration=min_duration,
        melody=melody,
        scheduler=scheduler,
        limits=Limits(seconds=timeout),
    )
    print(report)


def catalog(
    action: Positional[Literal["info", "convert"]],
    file: Positional[CatalogName],
    *,
    out: OptionalPath = None,
    format: str = "auto",
) -> None:
    """Describe a catalogue, or convert it to a segue catalogue file.

    Example: segue catalog info demo --out demo.png

    Args:
        action: `info` describes the catalogue, `convert` writes it to --out.
        file: A catalogue: a file, `demo`, or `synthetic:N` for N synthetic tracks. With `convert` also a CSV
            or HDF5 file of another program.
        out: With `convert`: the Parquet file to write. With `info`: a picture with histograms and a map.
        format: With `convert`: spotify, mssd, fma, million-song-csv or million-song; detected by default.
    """
    from segue.features import open_catalog
    from segue.features.errors import UserError, counted
    from segue.features.existing_files import is_file, what_else

    if action == "info":
        opened = open_catalog(file)
        said = f"For a picture with the histograms and a map: segue catalog info {file} --out picture.png"
        if out is not None:
            from segue.experiments.figures.catalog_map import draw_catalog

            said = f"Picture: {draw_catalog(opened, out)}"
        _print_catalog(opened)
        print(said)
        return
    if out is None:
        raise UserError("No output file given; name one with --out, such as --out music.parquet.")
    if is_file(out) or what_else(out):
        raise UserError(f"{out} already exists; choose another output file.")
    require_parquet_name(out)
    if is_file(file):
        from segue.features.loaders import convert_catalog

        conversion = convert_catalog(file, format)
        opened, said = conversion.catalog, f"{conversion}\n"
    else:
        opened, said = open_catalog(file), ""
    # Written before anything is printed, as the reader of a pipe may close it.
    written = opened.save(out)
    print(f"{said}{counted(len(opened), 'track')} in {written}")


def _print_catalog(opened: Catalog) -> None:
    """Prints the features of a catalogue and what it lacks."""
    import numpy as np

    from segue.experiments.console import print_table
    from segue.features.errors import counted
    from segue.features.schema import column

    artists = counted(len(set(opened.artist_codes) - {-1}), "artist")
    hours = f", {float(opened.raw('duration').sum()) / 3600:.1f} hours" if opened.has("duration") else ""
    print(f"{opened.name}: {counted(len(opened), 'track')}, {artists}{hours}")
    rows = []
    for name in opened.feature_names:
        values = opened.raw(name)
        values = values[np.isfinite(values)]
        quantiles = (f"{q:.3g}" for q in np.quantile(values, [0, 0.05, 0.5, 0.95, 1]))
        rows.append((name, column(name).unit, *quantiles, str(opened.missing[name]), bars(values)))
    numbers = ("lowest", "5 %", "median", "95 %", "highest", "missing")
    print_table(("feature", "unit", *numbers, "histogram"), rows, numbers=numbers)
    if opened.lacking:
        print(f"Lacks: {', '.join(opened.lacking)}.")
    if opened.root:
        print(f"Files: the column path, below {opened.root}")
    print(_describe_split(opened))
    recordings, works = (int(codes.max()) + 1 for codes in (opened.recording_codes, opened.work_codes))
    if recordings < len(opened):
        print(f"Repeated recordings: {len(opened) - recordings}; a pool contains only the first of each.")
    if works < recordings:
        print(f"Versions: {recordings} recordings of {works} works; a split keeps those of a work together.")
    types = opened.tracks.get("sound_type", default=np.array([]))
    counts = ((name, int((types == name).sum())) for name in ("silence", "speech"))
    if flagged := [f"{count} {name}" for name, count in counts if count]:
        print(f"Not music: {', '.join(flagged)}; pools leave them out.")
    if opened.notes:
        print(opened.notes)


def _describe_split(opened: Catalog) -> str:
    """Describes in a sentence what a split keeps together, and what is too large for that."""
    from segue.features.catalog.identity.split_groups import BY_ARTIST, BY_WORK
    from segue.features.errors import counted

    groups = opened.split_groups
    count, largest = counted(len(groups.sizes), "group"), groups.sizes.max() / len(opened)
    text = f"Splits: {count} of tracks by shared artists and works, the largest {largest:.0%}"
    for level, remedy in (
        (BY_ARTIST, "grouped by first artist only"),
        (BY_WORK, "grouped by work only, so that both parts contain their artists"),
    ):
        share = (groups.divided == level).mean()
        if share:
            text += f"; {share:.0%} of the tracks share artists with too many others and are {remedy}"
    return f"{text}."


def bars(values: FloatArray, count: int = 16) -> str:
    """Formats a histogram as a line of text.

    Args:
        values: Finite numbers, (n,).
        count: Number of bins.

    Returns:
        One character per bin.
    """
    import numpy as np

    heights = np.histogram(values, bins=count)[0]
    steps = np.ceil(heights / heights.max() * (len(_BARS) - 1)).astype(int)
    return "".join(_BARS[step] for step in steps)

"""Picture of a catalogue: the distribution of each feature, and a map with similar tracks near each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from segue.experiments.analysis.catalog_map import map_positions
from segue.experiments.figures.drawing.style import FAINT, house_style
from segue.features import Catalog, UserError
from segue.features.existing_files import write_whole
from segue.features.schema import column
from segue.features.similarity.silhouette import cluster_by_silhouette

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999", "#8a78b8")
_MOST_POINTS = 5000
_COLUMNS = 4


def draw_catalog(catalog: Catalog, path: Path, seed: int = 0) -> Path:
    """Draws the histograms of all listening features above the map.

    Args:
        catalog: The catalogue.
        path: The picture to write; its suffix (`.png`, `.svg`, `.pdf`) sets the format.
        seed: Seed of the clusters that colour the map, and of the sample shown of a very large catalogue.

    Raises:
        UserError: The suffix is not that of a known format.
    """
    rows = -(-len(catalog.feature_names) // _COLUMNS)
    with house_style():
        figure = Figure(figsize=(9.0, 1.5 * rows + 4.6), layout="constrained", facecolor="white")
        canvas = FigureCanvasAgg(figure)
        if path.suffix.lstrip(".").lower() not in canvas.get_supported_filetypes():
            raise UserError(
                f"{path.name!r} is not a known picture format: end the name in .png, .svg or .pdf."
            )
        above, below = np.asarray(figure.subfigures(2, 1, height_ratios=(1.5 * rows, 4.6)))
        axes = above.subplots(rows, _COLUMNS, squeeze=False).ravel()
        for name, ax in zip(catalog.feature_names, axes, strict=False):
            _histogram(ax, catalog, name)
        for ax in axes[len(catalog.feature_names) :]:
            ax.set_axis_off()
        _map(below.subplots(), catalog, seed)
        figure.suptitle(f"{catalog.name}: {len(catalog)} tracks")
        with write_whole(path) as file:
            figure.savefig(file, format=path.suffix[1:].lower(), dpi=130)
    return path


def _histogram(ax: Axes, catalog: Catalog, name: str) -> None:
    values = catalog.raw(name)
    ax.hist(values[np.isfinite(values)], bins=30, color=_COLOURS[0])
    unit = column(name).unit
    title = name.replace("_", " ") + (f" ({unit})" if unit not in ("", "1") else "")
    if catalog.missing[name]:
        title += f", {catalog.missing[name]} missing"
    ax.set_title(title, fontsize=9)
    ax.tick_params(labelsize=7)
    ax.set_yticks([])


def _map(ax: Axes, catalog: Catalog, seed: int) -> None:
    positions, shares = map_positions(catalog.matrix_without_mode)
    codes = (
        cluster_by_silhouette(catalog, seed=seed)[1]
        if len(catalog) > 2
        else np.zeros(len(catalog), dtype=int)
    )
    shown = np.arange(len(catalog))
    if len(shown) > _MOST_POINTS:
        shown = np.random.default_rng(seed).choice(shown, _MOST_POINTS, replace=False)
    colours = [_COLOURS[code % len(_COLOURS)] for code in codes[shown]]
    ax.scatter(positions[shown, 0], positions[shown, 1], s=14, c=colours, linewidths=0, alpha=0.8)
    ax.set_xlabel(f"first principal axis ({shares[0]:.0%} of the variance)")
    ax.set_ylabel(f"second ({shares[1]:.0%})")
    ax.set_title(f"map of the tracks, coloured by {codes.max() + 1} clusters", fontsize=10)
    ax.grid(color=FAINT, alpha=0.3)

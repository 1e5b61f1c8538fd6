"""Writes the page on a fit."""

from __future__ import annotations

import tempfile
from importlib.resources import files
from pathlib import Path

import pandas as pd
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from segue.experiments.figures.drawing.style import FigureSpec, house_style, save
from segue.experiments.fitting.fit import Fit
from segue.experiments.fitting.goodness.figures import calibration_figure, position_figure
from segue.experiments.fitting.goodness.realism import Comparison
from segue.experiments.fitting.goodness.summary import (
    forecast_tables,
    notes,
    parameter_table,
    realism_line,
    realism_table,
    verdict,
)
from segue.experiments.reporting.inline import inline_svg


def write_page(fit: Fit, comparison: Comparison, path: Path, log: str) -> None:
    """Writes the page as one self-contained HTML file.

    Args:
        fit: The fit.
        comparison: The simulated listener beside the log.
        path: The file to write.
        log: Name of the log.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    here = files("segue.experiments.fitting.goodness")
    template = environment.from_string((here / "report.html.j2").read_text("utf-8"))
    style = (files("segue.experiments.reporting") / "style.css").read_text("utf-8")
    plays = fit.plays
    text = template.render(
        name=path.stem,
        log=log,
        style=Markup(style),
        verdict=verdict(fit),
        realism_line=realism_line(comparison.statistics),
        size=size_line(fit),
        notes=notes(fit),
        forecast_tables=forecast_tables(fit),
        parameters=parameter_table(fit),
        realism=realism_table(comparison.statistics),
        unit=plays.unit,
        figures=_figures(fit.calibration, comparison.by_position),
    )
    path.write_text(text, encoding="utf-8")


def size_line(fit: Fit) -> str:
    """Returns what the log holds."""
    plays = fit.plays
    return (
        f"{len(plays):,} plays in {plays.n_sessions:,} sessions of {plays.n_listeners:,} listeners; "
        f"{100 * (plays.skipped == 1).sum() / max((plays.skipped >= 0).sum(), 1):.1f} % were skipped."
    )


def _figures(curves: pd.DataFrame, by_position: pd.DataFrame) -> list[Markup]:
    """Returns the figures as they stand in the page."""
    with house_style(), tempfile.TemporaryDirectory() as folder:
        drawn = {"calibration": calibration_figure(curves), "position": position_figure(by_position)}
        return [_inline(spec, name, Path(folder)) for name, spec in drawn.items()]


def _inline(spec: FigureSpec, name: str, folder: Path) -> Markup:
    drawing = Markup(inline_svg(save(spec, name, folder, [])))
    heading = Markup('<h3 id="{0}-title">{1}</h3>').format(name, spec.title)
    return Markup("{0}<figure>{1}<figcaption>{2}</figcaption></figure>").format(
        heading, drawing, escape(spec.caption)
    )

"""The figures of a study, one file per figure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from segue.experiments.figures.drawing.style import FigureFiles, FigureSpec, house_style, save
from segue.experiments.figures.playlists.diversity import draw as draw_diversity
from segue.experiments.figures.playlists.example_playlists import draw as draw_example_playlists
from segue.experiments.figures.playlists.order_value import draw as draw_order_value
from segue.experiments.figures.playlists.playlist_map import draw as draw_playlist_map
from segue.experiments.figures.playlists.skip_rate import draw as draw_skip_rate
from segue.experiments.figures.playlists.smoothness import draw as draw_smoothness
from segue.experiments.figures.playlists.sound_by_position import draw as draw_sound_by_position
from segue.experiments.figures.playlists.utility_terms import draw as draw_utility_terms
from segue.experiments.figures.scores.heat_maps import draw as draw_heat_maps
from segue.experiments.figures.scores.improvement import draw as draw_improvement
from segue.experiments.figures.scores.listener_groups import draw as draw_listener_groups
from segue.experiments.figures.scores.normalised_score import draw as draw_normalised_score
from segue.experiments.figures.scores.paired_differences import draw as draw_paired_differences
from segue.experiments.figures.scores.profiles import draw as draw_profiles
from segue.experiments.figures.scores.requested_tables import draw as draw_requested_tables
from segue.experiments.figures.training.learning_curves import draw as draw_learning_curves
from segue.experiments.figures.training.wall_time import draw as draw_wall_time
from segue.experiments.storage.atomic import replace_folder
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

FIGURES: dict[str, Callable[[Results, StudyConfig], FigureSpec | None]] = {
    "requested_tables": draw_requested_tables,
    "heat_maps": draw_heat_maps,
    "normalised_score": draw_normalised_score,
    "paired_differences": draw_paired_differences,
    "profiles": draw_profiles,
    "improvement": draw_improvement,
    "listener_groups": draw_listener_groups,
    "learning_curves": draw_learning_curves,
    "wall_time": draw_wall_time,
    "utility_terms": draw_utility_terms,
    "order_value": draw_order_value,
    "smoothness": draw_smoothness,
    "skip_rate": draw_skip_rate,
    "sound_by_position": draw_sound_by_position,
    "diversity": draw_diversity,
    "example_playlists": draw_example_playlists,
}
"""Functions that draw the figures, in the order of the report; None means that there is nothing to draw."""

MAPS: dict[str, Callable[[Results, StudyConfig, pd.DataFrame], FigureSpec | None]] = {
    "playlist_map": draw_playlist_map,
}
"""Functions that draw the figures on the map of the catalogue; these come after the others."""


def draw_figures(
    results: Results,
    study: StudyConfig,
    catalog_map: pd.DataFrame,
    folder: Path,
    on_step: Callable[[str], None] = lambda step: None,
) -> tuple[list[FigureFiles], list[str]]:
    """Draws all figures of a study and writes them as SVG, CSV and in the formats of the study.

    Args:
        results: The tables of the study.
        study: The study.
        catalog_map: Place of each track on the map of its catalogue; see `analysis.catalog_map`.
        folder: The folder to write; an existing one is replaced.
        on_step: Called as each figure begins, with what is done.

    Returns:
        The figures that the study has, in the order of the report, and a sentence about each that could not
        be drawn. None of either with `figures: false`.
    """
    draws: dict[str, Callable[[], FigureSpec | None]] = {
        name: partial(draw, results, study) for name, draw in FIGURES.items()
    }
    draws |= {name: partial(draw, results, study, catalog_map) for name, draw in MAPS.items()}
    files, failed = [], []
    with house_style(), replace_folder(folder) as unfinished:
        for name, draw in draws.items() if study.figures else ():
            on_step(f"drawing {name.replace('_', ' ')}")
            try:
                if (drawn := draw()) is not None:
                    files.append(save(drawn, name, unfinished, study.figure_formats))
            except OSError:
                raise  # a full disk, which the report needs too
            except Exception as error:
                for file in unfinished.glob(f"{name}.*"):
                    file.unlink()
                reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
                failed.append(f"The figure {name} is missing: it could not be drawn ({reason}).")
    return [file.moved_to(folder) for file in files], failed

"""The figures of a study, one file a figure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from segue.experiments.config import StudyConfig
from segue.experiments.figures.learning_curves import draw as draw_learning_curves
from segue.experiments.figures.normalised_score import draw as draw_normalised_score
from segue.experiments.figures.paired_differences import draw as draw_paired_differences
from segue.experiments.figures.playlist_walk import draw as draw_playlist_walk
from segue.experiments.figures.reward_terms import draw as draw_reward_terms
from segue.experiments.figures.skip_rate import draw as draw_skip_rate
from segue.experiments.figures.style import Drawn, FigureFiles, house_style, save
from segue.experiments.folders import replaced
from segue.experiments.results import Results

FIGURES: dict[str, Callable[[Results, StudyConfig], Drawn | None]] = {
    "normalised_score": draw_normalised_score,
    "paired_differences": draw_paired_differences,
    "learning_curves": draw_learning_curves,
    "reward_terms": draw_reward_terms,
    "skip_rate": draw_skip_rate,
    "playlist_walk": draw_playlist_walk,
}
"""What draws each figure, in the order of the report; None where the study has nothing to show there."""


def draw_figures(results: Results, study: StudyConfig, folder: Path) -> list[FigureFiles]:
    """Draws all figures of a study and writes them as PNG, SVG and CSV.

    Args:
        results: The tables of the study.
        study: The study.
        folder: Where to write.

    Returns:
        The figures that the study has, in the order of the report.
    """
    files = []
    with house_style(), replaced(folder) as partial:
        for name, draw in FIGURES.items():
            drawn = draw(results, study)
            if drawn is not None:
                files.append(save(drawn, name, partial))
    return [file.moved_to(folder) for file in files]

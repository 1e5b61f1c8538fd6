"""Heat maps of requested tables: every cell has its number and its interval."""

from pathlib import Path

import pandas as pd
import pytest

from segue.experiments.figures.drawing.style import Layout
from segue.experiments.figures.scores.heat_maps import draw
from segue.experiments.study.loader import parse_study
from segue.experiments.study.results import Results

STUDY = """\
name: small
environments: [{id: segue/Playlist-v0}, {id: segue/DJSet-v0}]
agents: [{name: random}, {name: smooth}, {name: greedy-oracle}]
tables:
  - {title: Scores, heat_map: true}
  - {title: Differences, value: difference, against: random, heat_map: true}
  - {title: Not drawn}
"""


def results(cells):
    nothing = pd.DataFrame()
    episodes = pd.DataFrame({"environment": ["Playlist"], "agent": ["smooth"], "seed": [0], "episode": [1]})
    runs = episodes.assign(learned=False)
    return Results(nothing, nothing, episodes, nothing, nothing, nothing, runs, requested_tables=cells)


@pytest.fixture
def cells():
    rows = [
        ("Scores", "score", "smooth", "Playlist", 0.2, 0.1, 0.3),
        ("Scores", "score", "smooth", "DJSet", 0.9, 0.8, 1.0),
        ("Differences", "difference", "smooth", "DJSet", -1.5, -2.0, -1.0),
        ("Differences", "difference", "other", "DJSet", 0.5, float("nan"), float("nan")),
        ("Differences", "difference", "other", "Playlist", 0.25, 0.0, 0.5),
        ("Not drawn", "score", "smooth", "DJSet", 7.0, 6.0, 8.0),
    ]
    return pd.DataFrame(rows, columns=["title", "value", "row", "column", "mean", "low", "high"])


@pytest.mark.parametrize("layout", [Layout(7.0, 2), Layout(3.5, 1)], ids=["wide", "narrow"])
def test_each_number_stands_in_its_cell(cells, layout):
    spec = draw(results(cells), parse_study(STUDY, Path("small.yaml")).config)
    figure = spec.draw(layout)
    scores, differences = figure.axes
    written = {(*text.get_position(), text.get_text().replace(",\n", ", ")) for text in scores.texts}
    assert written == {(0, 0, "0.20\n[0.10, 0.30]"), (1, 0, "0.90\n[0.80, 1.00]")}
    written = {(*text.get_position(), text.get_text().replace(",\n", ", ")) for text in differences.texts}
    assert written == {(0, 0, "−1.50\n[−2.00, −1.00]"), (0, 1, "0.50"), (1, 1, "0.25\n[0.00, 0.50]")}
    # Differences of the same size have colours equally far from that of 0.
    low, high = differences.images[0].norm(-1.5), differences.images[0].norm(1.5)
    assert low + high == pytest.approx(1.0)
    assert "7" not in spec.data["mean"].astype(str).str[0].tolist()


def test_a_study_that_asks_for_none_has_none(cells):
    study = parse_study(STUDY.replace(", heat_map: true", ""), Path("small.yaml")).config
    assert draw(results(cells), study) is None

"""The figures of a small real study: files, captions and colours."""

import re

import pandas as pd
import pytest

from segue.experiments.figures import FIGURES, MAPS, draw_figures
from segue.experiments.figures.drawing.style import FAINT, INK, LOSS, PAPER, WIN, agent_styles
from segue.experiments.study.loader import load_study
from segue.experiments.study.results import Results


@pytest.fixture(scope="module")
def drawn(finished, tmp_path_factory):
    """The figures of a small real study, drawn again."""
    file = load_study(finished / "study.yaml")
    folder = tmp_path_factory.mktemp("figures")
    results = Results.load(finished / "results")
    catalog_map = pd.read_parquet(finished / "catalog_map.parquet")
    figures, failed = draw_figures(results, file.config, catalog_map, folder / "figures")
    assert not failed
    return figures


def test_every_figure_is_written_in_all_formats_with_its_numbers(drawn):
    # This study asks for no tables.
    assert {*FIGURES, *MAPS} - {"requested_tables"} == {figure.name for figure in drawn}
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    for figure in drawn:
        for kind, start in starts.items():
            assert getattr(figure, kind).read_bytes().startswith(start)
        assert len(pd.read_csv(figure.csv)) > 0


def test_captions_state_the_numbers_of_runs_and_sessions_and_the_intervals(drawn):
    one_session = {"example_playlists", "playlist_map"}
    for figure in drawn:
        if figure.name in one_session:
            assert re.search(r"seed \d{10}", figure.caption)
            continue
        assert "n = 2 training seeds" in figure.caption
        assert "30 sessions" in figure.caption
        assert "95 %" in figure.caption or figure.name in {"wall_time", "skip_rate"}


def test_an_agent_has_the_same_colour_in_all_figures(drawn, finished):
    styles = agent_styles(load_study(finished / "study.yaml").config)
    known = {style.colour for style in styles.values()} | {INK, PAPER, FAINT, WIN, LOSS}
    for figure in drawn:
        colours = set(re.findall(r"#[0-9a-f]{6}", figure.svg.read_text("utf-8").lower()))
        assert colours <= {colour.lower() for colour in known}
        if figure.name not in {"improvement", "listener_groups", "paired_differences"}:
            # Those show pairs of agents, or a few.
            shown = set(pd.read_csv(figure.csv)["agent"])
            assert {styles[agent].colour.lower() for agent in shown} <= colours

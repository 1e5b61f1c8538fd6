"""The numbers behind the figures, and what all figures share."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from segue.experiments.figures import FIGURES, MAPS, draw_figures
from segue.experiments.figures.drawing.direct_labels import spread
from segue.experiments.figures.drawing.style import (
    COLOURS,
    FAINT,
    INK,
    LOSS,
    LOWER,
    PAPER,
    UPPER,
    WIN,
    agent_styles,
)
from segue.experiments.figures.playlists.diversity import trade_off_table
from segue.experiments.figures.playlists.skip_rate import position_table
from segue.experiments.figures.playlists.sound_by_position import sound_table
from segue.experiments.figures.scores.requested_tables import numeric_tables
from segue.experiments.figures.training.learning_curves import curve_bands
from segue.experiments.figures.training.wall_time import time_table
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.loader import load_study
from segue.experiments.study.plan import plan_runs
from segue.experiments.study.results import Results


def test_labels_that_would_touch_are_moved_apart_about_their_middle():
    np.testing.assert_allclose(spread(np.array([0.5, 0.5, 0.9]), 0.1), [0.45, 0.55, 0.9])
    np.testing.assert_allclose(spread(np.array([0.9, 0.1]), 0.1), [0.9, 0.1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_labels_keep_their_order_and_their_distance(heights):
    placed = spread(np.array(heights), 0.06)
    order = np.argsort(heights, kind="stable")
    assert (np.diff(placed[order]) > 0.06 - 1e-9).all()
    assert placed.mean() == pytest.approx(np.mean(heights), abs=1e-9)


def test_curves_are_averaged_over_seeds():
    rows = [
        {"environment": "e", "agent": "a", "seed": seed, "steps": 100 * (k + 1), "return_mean": seed + k}
        for seed in (0, 2)
        for k in range(3)
    ]
    bands = curve_bands(pd.DataFrame(rows))
    assert bands["steps"].tolist() == [100, 200, 300]
    assert bands["return"].tolist() == [1, 2, 3]
    assert bands["low"].tolist() == [0, 1, 2]
    assert bands["high"].tolist() == [2, 3, 4]
    assert set(bands["seeds"]) == {2}


def test_skips_are_counted_by_position():
    plays = pd.DataFrame(
        {
            "environment": "e",
            "agent": "a",
            "position": [0, 1, 2, 0, 1, 0, 0],
            "skipped": [False, True, False, True, False, True, True],
        }
    )
    table = position_table(plays)
    assert table["sessions"].tolist() == [4, 2, 1]
    assert table["skip_rate"].tolist() == [0.75, 0.5, 0.0]
    assert table["still_going"].tolist() == [1.0, 0.5, 0.25]


# Machado et al. 2009, on linear RGB: protanopia, deuteranopia, tritanopia; and nothing changed.
VISION = np.array(
    [
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
        np.eye(3),
    ]
)
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def seen(colour: str) -> np.ndarray:
    """CIE Lab of a colour with each kind of vision, (4, 3)."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(np.clip(VISION @ linear, 0, 1) @ TO_XYZ.T / np.array([0.9505, 1.0, 1.089])).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def test_no_two_colours_look_alike_to_anyone():
    for one, other in itertools.combinations([*COLOURS, LOWER, UPPER], 2):
        assert np.linalg.norm(seen(one) - seen(other), axis=1).min() > 9


def test_every_agent_has_a_look_of_its_own():
    names = ["random", *(f"agent {k}" for k in range(18)), "oracle"]
    study = StudyConfig.model_validate(
        {
            "name": "many",
            "environments": [{"id": "segue/Playlist-v0"}],
            "agents": [{"name": name} for name in names],
            "evaluation": {"upper": "oracle"},
        }
    )
    table = agent_styles(study)
    assert list(table) == names
    assert len({(style.colour, style.dash) for style in table.values()}) == len(names)
    assert len({(style.colour, style.marker) for style in table.values()}) == len(names)


def test_playing_time_is_counted_by_the_track():
    keys = {"environment": "e", "agent": ["a", "b"], "seed": 0}
    runs = pd.DataFrame({**keys, "learned": [True, False], "steps": [9, 0], "train_seconds": [3.0, 0.0]})
    runs["evaluate_seconds"] = [2.0, 1.0]
    episodes = pd.DataFrame({"environment": "e", "agent": ["a", "a", "b"], "seed": 0, "length": [5, 15, 4]})
    table = time_table(episodes, runs).set_index("agent")
    assert table["milliseconds_a_track"].to_dict() == {"a": 100.0, "b": 250.0}


def test_smoothness_leaves_out_the_artist():
    rows = {"environment": "e", "agent": "a", "seed": 0, "episode": [0, 1], "diversity": [0.2, 0.4]}
    rough = {
        "transition_distance_tempo": [0.1, 0.3],
        "transition_distance_key": [0.3, 0.5],
        "transition_distance_same_artist": [1.0, 1.0],
    }
    table = trade_off_table(pd.DataFrame({**rows, **rough}), 100)
    assert table["smoothness"].tolist() == pytest.approx([0.7])
    assert table["diversity"].tolist() == pytest.approx([0.3])
    assert table["diversity_low"].item() < 0.3 < table["diversity_high"].item()


def test_the_sound_at_a_position_is_a_mean_over_listeners_not_over_runs():
    plays = pd.DataFrame(
        {
            "environment": "e",
            "agent": "a",
            "seed": [0, 1, 0, 0],
            "episode": [0, 0, 1, 1],
            "position": [0, 0, 0, 1],
            "index": [0, 1, 2, 0],
        }
    )
    tracks = pd.DataFrame({"environment": "e", "index": [0, 1, 2], "energy": [0.2, 0.4, 0.9], "tempo": 120.0})
    table = sound_table(plays, tracks)
    assert table["sessions"].tolist() == [2, 1]
    assert table["energy"].tolist() == pytest.approx([0.6, 0.2])
    spread = 1.96 * np.std([0.3, 0.9], ddof=1) / np.sqrt(2)
    assert table["energy_high"].iloc[0] == pytest.approx(0.6 + spread)
    assert np.isnan(table["energy_low"].iloc[1])


@pytest.fixture(scope="module")
def drawn(finished, tmp_path_factory):
    """The figures of a small real study, drawn anew."""
    file = load_study(finished / "study.yaml")
    folder = tmp_path_factory.mktemp("figures")
    results = Results.load(finished / "results")
    return draw_figures(results, file.config, plan_runs(file).catalogs, folder / "figures")


def test_every_figure_is_kept_for_screen_print_and_paper_with_its_numbers(drawn):
    # This study asks nothing of its own.
    assert {*FIGURES, *MAPS} - {"requested_tables"} == {figure.name for figure in drawn}
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    for figure in drawn:
        for kind, start in starts.items():
            assert getattr(figure, kind).read_bytes().startswith(start)
        assert len(pd.read_csv(figure.csv)) > 0


def test_captions_say_how_many_sessions_and_what_the_intervals_are(drawn):
    one_session = {"playlist_walk", "playlist_map"}
    for figure in drawn:
        if figure.name in one_session:
            assert re.search(r"seed \d{10}", figure.caption)
            continue
        assert "n = 2 training seeds" in figure.caption
        assert "30 sessions" in figure.caption
        assert "95 %" in figure.caption or figure.name in {"wall_time", "skip_rate"}


def test_an_agent_has_one_colour_in_all_figures(drawn, finished):
    styles = agent_styles(load_study(finished / "study.yaml").config)
    known = {style.colour for style in styles.values()} | {INK, PAPER, FAINT, WIN, LOSS}
    for figure in drawn:
        colours = set(re.findall(r"#[0-9a-f]{6}", figure.svg.read_text("utf-8").lower()))
        assert colours <= {colour.lower() for colour in known}
        if figure.name not in {"improvement", "listener_groups", "paired_differences"}:
            # Those show pairs of agents, or a few.
            shown = set(pd.read_csv(figure.csv)["agent"])
            assert {styles[agent].colour.lower() for agent in shown} <= colours


def test_answers_over_numbers_become_curves_and_others_do_not():
    columns = {
        "weights": ["0", "0.5", "8"],
        "rooms": ["a", "b", "c"],
        "two": ["1", "2"],
        "steps": ["1_000", "2_000", "9_000"],
    }
    rows = [(title, "a", column, 1.0) for title, names in columns.items() for column in names]
    found = numeric_tables(pd.DataFrame(rows, columns=["title", "row", "column", "mean"]))
    assert found["x"].tolist() == [0.0, 0.5, 8.0, 1000.0, 2000.0, 9000.0]

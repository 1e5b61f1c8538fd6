"""Shared parts of the figures: labels that do not overlap, and colours that can be told apart."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from segue.experiments.figures.drawing.direct_labels import inside, spread
from segue.experiments.figures.drawing.style import COLOURS, LOWER, UPPER, agent_styles
from segue.experiments.study.config import StudyConfig


def test_labels_that_would_touch_are_moved_apart_around_their_mean():
    np.testing.assert_allclose(spread(np.array([0.5, 0.5, 0.9]), 0.1), [0.45, 0.55, 0.9])
    np.testing.assert_allclose(spread(np.array([0.9, 0.1]), 0.1), [0.9, 0.1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_labels_keep_their_order_and_their_distance(heights):
    placed = spread(np.array(heights), 0.06)
    order = np.argsort(heights, kind="stable")
    assert (np.diff(placed[order]) > 0.06 - 1e-9).all()
    assert placed.mean() == pytest.approx(np.mean(heights), abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_labels_stay_inside_the_panel(heights):
    placed = inside(spread(np.array(heights), 0.1), 0.1)
    assert (placed > -1e-9).all()
    assert (placed < 1 + 1e-9).all()
    order = np.argsort(heights, kind="stable")
    assert (np.diff(placed[order]) > 0.1 - 1e-9).all()


# Machado et al. 2009, on linear RGB: protanopia, deuteranopia, tritanopia; then normal vision.
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


def test_colours_differ_with_every_kind_of_colour_vision():
    for one, other in itertools.combinations([*COLOURS, LOWER, UPPER], 2):
        assert np.linalg.norm(seen(one) - seen(other), axis=1).min() > 9


def test_every_agent_has_its_own_style():
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
    assert len({style.colour for style in table.values()}) == len(names)
    assert len({style.gid for style in table.values()}) == len(names)


def test_colours_repeat_only_with_another_dash_and_marker():
    names = ["random", *(f"agent {k}" for k in range(2 * len(COLOURS))), "oracle"]
    study = StudyConfig.model_validate(
        {
            "name": "very many",
            "environments": [{"id": "segue/Playlist-v0"}],
            "agents": [{"name": name} for name in names],
            "evaluation": {"upper": "oracle"},
        }
    )
    table = agent_styles(study)
    assert len({(style.colour, style.dash) for style in table.values()}) == len(names)
    assert len({(style.colour, style.marker) for style in table.values()}) == len(names)

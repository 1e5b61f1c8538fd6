"""Transition features between tracks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.features import (
    TRANSITION_NAMES,
    TRANSITION_NEUTRAL,
    Catalog,
    transition_cost,
    transition_distance,
    transition_features,
)
from segue.features.catalog.boundary_features import pack_boundary_features
from segue.features.catalog.transitions import camelot_number

AT = {name: t for t, name in enumerate(TRANSITION_NAMES)}
CATALOG = Catalog.synthetic(300, seed=3)
track = st.integers(0, 299)


def step(first, second):
    """The transition features by name from one track to another, given as columns."""
    a, b = pack_boundary_features(pd.DataFrame([first, second]))
    return dict(zip(TRANSITION_NAMES, transition_features(a, b).tolist(), strict=True))


@pytest.mark.parametrize(
    ("key", "mode"), [(40, 1), (1e7, 1), (-1, 1), (-1, 0), (2.5, 1), (np.nan, 1), (3, 2), (3, -1), (3, 0.5)]
)
def test_a_key_that_does_not_exist_is_unknown(key, mode):
    """Spotify's -1 with mode 1 is not B minor, and no number reaches beyond the table of distances."""
    known = {"key": 11, "mode": 0}
    assert step(known, known)["key"] == 0
    for first, second in ((known, {"key": key, "mode": mode}), ({"key": key, "mode": mode}, known)):
        assert step(first, second)["key"] == 0.5
    window = {"outro_key": key, "outro_mode": mode, **known}
    assert step(window, known)["key"] == 0  # that of the whole track


@pytest.mark.parametrize("code", [-1.0, 24.0, 40.0, 1e7, -1e7])
def test_a_code_beyond_the_keys_is_unknown(code):
    packed = pack_boundary_features(pd.DataFrame([{"key": 0, "mode": 1}] * 2))
    packed[:, 2:4] = code
    assert transition_features(packed[0], packed[1])[AT["key"]] == 0.5


@pytest.mark.parametrize("name", ["timbre_0", "trail_silence"])
def test_a_number_beyond_single_precision_is_unknown(name):
    assert all(0 <= value <= 1 for value in step({name: 1e300}, {name: 0.0, "lead_silence": 0.0}).values())


@given(track, track)
def test_every_feature_lies_in_the_unit_interval(i, j):
    t = CATALOG.transitions(i, j)
    assert t.dtype == np.float32
    assert np.all((t >= 0) & (t <= 1))
    assert np.all((transition_distance(t) >= 0) & (transition_distance(t) <= 1))


whole = CATALOG.tracks.drop(columns=[c for c in CATALOG.tracks if c.startswith(("intro_", "outro_"))])
WHOLE = Catalog.from_frame(whole, "no windows")


@given(track, track)
def test_without_windows_distances_are_symmetric_and_steps_are_mirrored(i, j):
    there, back = WHOLE.transitions(i, j), WHOLE.transitions(j, i)
    for name, t in AT.items():
        if name.endswith("_step"):
            assert there[t] + back[t] == pytest.approx(1, abs=1e-6)
        elif name != "gap":
            assert there[t] == back[t]


@given(track)
def test_a_track_into_itself_changes_nothing(i):
    t = WHOLE.transitions(i, i)
    expected = TRANSITION_NEUTRAL.copy()
    expected[AT["same_artist"]] = 1
    keep = [n != "gap" for n in TRANSITION_NAMES]
    np.testing.assert_array_equal(t[keep], expected[keep])


def test_results_do_not_depend_on_the_number_of_pairs():
    rng = np.random.default_rng(0)
    i, j = rng.integers(0, 300, 64), rng.integers(0, 300, (5, 64))
    together = CATALOG.transitions(i, j)
    assert together.shape == (5, 64, len(TRANSITION_NAMES))
    for row in range(5):
        for k in range(64):
            assert together[row, k].tobytes() == CATALOG.transitions(i[k], j[row, k]).tobytes()


def test_hand_computed_transition():
    a = {"tempo": 120.0, "key": 0, "mode": 1, "loudness": -14.0, "energy": 0.8, "valence": 0.5, "artist": "X"}
    b = {"tempo": 120.0 * 2**0.25, "key": 9, "mode": 0, "loudness": -5.0, "energy": 0.4, "valence": 0.5}
    t = step(a | {"trail_silence": 1.5}, b | {"lead_silence": 0.5, "artist": "x feat. Y"})
    assert t["tempo"] == pytest.approx(0.5, abs=1e-5)
    assert t["key"] == pytest.approx(1 / 7)
    assert t["loudness_step"] == pytest.approx(0.75)
    assert t["energy_step"] == pytest.approx(0.3)
    assert t["valence_step"] == 0.5
    assert t["gap"] == pytest.approx(0.5)
    assert t["same_artist"] == 1


def test_double_tempo_is_no_change_and_opposite_keys_are_farthest():
    t = step({"tempo": 70, "key": 0, "mode": 1}, {"tempo": 140, "key": 3, "mode": 0})
    assert t["tempo"] == pytest.approx(0, abs=1e-6)
    assert t["key"] == 1  # C major is 8B, E flat minor 2A: six steps away and the other mode
    assert step({"key": 0, "mode": 1}, {"key": 3, "mode": 1})["key"] == pytest.approx(3 / 7)


def test_the_outro_is_compared_with_the_intro():
    a = {"loudness": -10, "outro_loudness": -20, "intro_loudness": 0}
    b = {"loudness": -10, "intro_loudness": -11, "outro_loudness": 0}
    assert step(a, b)["loudness_step"] == pytest.approx(0.5 + 0.5 * 9 / 18)


def test_unknown_values_give_one_half():
    t = step({"title": "a"}, {"title": "b"})
    assert t == {name: 0.0 if name == "same_artist" else 0.5 for name in TRANSITION_NAMES}


@pytest.mark.parametrize(
    ("key", "mode", "number"),
    [(0, 1, 8), (9, 0, 8), (7, 1, 9), (11, 1, 1), (8, 0, 1), (4, 1, 12), (1, 0, 12)],
)
def test_camelot_wheel(key, mode, number):
    assert camelot_number(key, mode) == number


def test_cost_is_the_weighted_mean_distance():
    t = TRANSITION_NEUTRAL.copy()
    assert transition_cost(t) == 0
    t[AT["key"]] = 0.7
    assert transition_cost(t) == pytest.approx(0.1)
    weights = [1.0 if name == "key" else 0.0 for name in TRANSITION_NAMES]
    assert transition_cost(t, weights) == pytest.approx(0.7)

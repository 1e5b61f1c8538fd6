"""Every term of a listener follows its published or documented equation."""

import dataclasses

import numpy as np
import pytest

from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting
from segue.features import open_catalog
from segue.features.errors import UserError


def begin(terms, batch=1, seed=0, **settings):
    """Begins sessions of a listener with only these terms."""
    listener = {"terms": terms, "departure": {"never": True}}
    setting = build_setting(
        **{"catalog": "synthetic:600", "pool_size": 40, "length": 20, "listener": listener, **settings}
    )
    sessions = Sessions(setting, [np.random.default_rng(seed + row) for row in range(batch)])
    sessions.begin(np.arange(batch))
    return sessions


def term_of(sessions, name):
    return sessions.setting.listener.terms[name]


def group_slots(sessions, name):
    """Returns the slots of session 0 in the largest group of its pool, and the slots outside that group."""
    groups = term_of(sessions, name).groups[sessions.pool[0]]
    codes, counts = np.unique(groups, return_counts=True)
    largest = codes[counts.argmax()]
    return np.flatnonzero(groups == largest), np.flatnonzero(groups != largest)


def play(sessions, *slots):
    for slot in slots:
        sessions.step(np.full(sessions.batch, slot))


def test_taste_is_the_scaled_inner_product():
    sessions = begin({"taste": {"weight": 2.0}})
    u, x = sessions.state_of("taste")[0], sessions.catalog.matrix[sessions.pool[0]]
    by_hand = [2.0 * 3 / np.sqrt(len(u)) * sum(u * (2 * row.astype(float) - 1)) for row in x]
    assert np.allclose(sessions.utilities()["taste"][0], by_hand)


def test_taste_has_unit_variance_over_listeners():
    sessions = begin({"taste": {}}, batch=400)
    assert sessions.utility().std() == pytest.approx(1.0, abs=0.25)


def test_transition_memory_falls_with_the_square_of_the_distance():
    sessions = begin({"transition": {"memory": 3}})
    play(sessions, 3, 7)
    weights = sessions.hidden_of("transition")[0]
    assert weights.sum() == pytest.approx(1.0)
    start, third, seventh = sessions.state.history[0, :3]
    by_hand = 0.0
    for back, track in ((1, seventh), (2, third), (3, start)):
        step = sessions.catalog.transitions(track, sessions.pool[0, 11])
        neutral = np.array(
            [0.5 if name.endswith("_step") else 0.0 for name in sessions.catalog.transition_names]
        )
        by_hand -= (weights * np.abs(step - neutral) / np.maximum(neutral, 1 - neutral)).sum() / back**2
    assert sessions.utilities()["transition"][0, 11] == pytest.approx(by_hand, rel=1e-5)


def test_transition_counts_only_tracks_that_were_heard():
    longer, shorter = begin({"transition": {"memory": 5}}), begin({"transition": {"memory": 1}})
    assert np.array_equal(longer.utility(), shorter.utility())


def test_satiation_recovers_with_rest():
    sessions = begin({"satiation": {"retention": [0.8, 0.8], "strength": [1.0, 1.0]}})
    inside, outside = group_slots(sessions, "satiation")
    fresh = sessions.utility()[0, inside[-1]]
    play(sessions, inside[0])
    sated = sessions.utility()[0, inside[-1]]
    assert sated == pytest.approx(fresh - 0.8)
    assert sessions.utility()[0, outside[-1]] == pytest.approx(fresh)
    play(sessions, outside[0])
    assert sessions.utility()[0, inside[-1]] == pytest.approx(fresh - 0.8**2)
    play(sessions, inside[1])
    assert sessions.utility()[0, inside[-1]] == pytest.approx(fresh - 0.8 * (0.8**2 + 1.0))


def test_satiation_by_artist_leaves_other_artists_alone():
    sessions = begin({"satiation": {"by": "artist"}}, catalog="synthetic:60", pool_size=50)
    inside, outside = group_slots(sessions, "satiation")
    play(sessions, inside[0])
    after = sessions.utility()[0]
    assert (after[inside] < 0).all()
    assert (after[outside] == 0).all()


def test_tracks_of_unknown_artists_form_separate_groups():
    complete = open_catalog("synthetic:60")
    tracks = complete.tracks.assign(artist=complete.tracks["artist"].where(np.arange(60) >= 30))
    catalog = dataclasses.replace(complete, tracks=tracks)
    groups = term_of(begin({"satiation": {"by": "artist"}}, catalog=catalog), "satiation").groups
    assert len(np.unique(groups[:30])) == 30
    assert not set(groups[:30]) & set(groups[30:])
    assert np.array_equal(groups[30:], catalog.artist_codes[30:])


def test_satiation_by_artist_needs_artists():
    complete = open_catalog("synthetic:60")
    catalog = dataclasses.replace(complete, tracks=complete.tracks.assign(artist=None))
    with pytest.raises(UserError, match="term satiation needs 'artist', which catalogue"):
        begin({"satiation": {"by": "artist"}}, catalog=catalog)


def test_repetition_first_pleases_then_bores_and_variety_ends_boredom():
    settings = {"pleasure": 0.2, "dislike": 0.5, "onset": 0.7, "recovery": 1.0}
    sessions = begin({"boredom": settings}, batch=300, catalog="synthetic:60", pool_size=50)
    groups = term_of(sessions, "boredom").groups[sessions.pool]
    same = np.array([np.flatnonzero(row == row[0])[:6] for row in groups if (row == row[0]).sum() >= 6])
    rows = np.flatnonzero([(row == row[0]).sum() >= 6 for row in groups])
    sessions = sessions.repeat(rows)
    sessions.step(same[:, 0])
    assert (sessions.utility()[np.arange(len(rows)), same[:, 1]] > 0).all()
    for column in range(1, 5):
        sessions.step(same[:, column])
    bored = sessions.state_of("boredom")[:, 0] > 0
    assert bored.mean() > 0.5
    last = sessions.utility()[np.arange(len(rows)), same[:, 5]]
    assert (last[bored] < 0).all()
    assert (last[~bored] > 0).all()
    others = np.array([np.flatnonzero(row != row[0])[0] for row in groups[rows]])
    sessions.step(others)
    assert (sessions.state_of("boredom")[bored, 0] == 0).all()


def test_exposure_is_an_inverted_u_over_novelty():
    sessions = begin({"exposure": {"alpha": 4.0, "beta": -8.0, "pull": 0.0}})
    gap = sessions.state.features[0] - sessions.hidden_of("exposure")[0]
    distance = np.sqrt((gap.astype(float) ** 2).mean(axis=1))
    utility = sessions.utility()[0]
    assert np.allclose(utility, 4 * distance - 8 * distance**2, atol=1e-6)
    nearest_to_best = np.abs(distance - 0.25).argmin()
    assert utility.argmax() == nearest_to_best


def test_exposure_makes_the_played_cluster_familiar():
    sessions = begin({"exposure": {"pull": 0.2, "offset": 1.0}})
    inside, outside = group_slots(sessions, "exposure")
    slots = np.array([[inside[-1], outside[-1]]])
    before = term_of(sessions, "exposure").activation(sessions, slots)
    play(sessions, inside[0], outside[0])
    after = term_of(sessions, "exposure").activation(sessions, slots)
    start_age = {True: 1 / np.sqrt(4) - 1 / np.sqrt(2), False: 0.0}
    group = term_of(sessions, "exposure").groups
    start_in = group[sessions.state.history[0, 0]] == group[sessions.pool[0, inside[0]]]
    assert after[0, 0] - before[0, 0] == pytest.approx(1 / np.sqrt(3) + start_age[bool(start_in)])


def test_drift_takes_the_published_step():
    sessions = begin({"taste": {}, "drift": {"rate": 1.0}}, batch=200)
    before = sessions.state_of("taste").copy()
    x = 2.0 * sessions.features(np.zeros((200, 1), int))[:, 0].astype(float) - 1.0
    play(sessions, 0)
    step = (0.3 - 0.3 * np.abs(before)) * x * (x - before)
    moved = sessions.state_of("taste") - before
    toward = np.isclose(moved, np.clip(before + step, -1, 1) - before).all(axis=1)
    away = np.isclose(moved, np.clip(before - step, -1, 1) - before).all(axis=1)
    assert (toward | away).all()
    likes = ((x * before).mean(axis=1) + 1) / 2
    assert toward.mean() == pytest.approx(likes.mean(), abs=0.12)


def test_drift_without_taste_is_rejected():
    with pytest.raises(UserError, match="drift works on taste"):
        begin({"drift": {}})


def test_energy_arc_prefers_the_target_energy():
    sessions = begin({"energy_arc": {"curve": [0.2, 0.8], "spread": 0.0}}, length=2)
    energy = sessions.state.features[0, :, sessions.catalog.feature_names.index("energy")].astype(float)
    assert np.allclose(sessions.utility()[0], -((energy - 0.2) ** 2))
    play(sessions, 0)
    assert sessions.utility()[0].argmax() == np.abs(energy - 0.8).argmin()


def test_engagement_rises_with_the_heard_fraction():
    sessions = begin({"engagement": {"level_spread": 0.0, "persistence": 0.5, "gain": 0.2}}, batch=200)
    before = sessions.utility()[:, 0]
    result = sessions.step(np.zeros(200, int))
    after = sessions.utility()[:, 0]
    assert (before == 0).all()
    assert np.allclose(after, 0.2 * (2 * result.listened - 1))


def test_a_repeat_adds_to_no_stock_and_leaves_the_taste_unchanged():
    sessions = begin({"satiation": {}, "boredom": {"onset": 50.0, "recovery": 1.0}, "taste": {}, "drift": {}})
    play(sessions, *group_slots(sessions, "boredom")[0][:2])
    taste, satiation, boredom = (sessions.state_of(n).copy() for n in ("taste", "satiation", "boredom"))
    assert satiation.max() > 0
    assert boredom[0, 0] == 1  # onset is certain: the listener is bored
    play(sessions, group_slots(sessions, "boredom")[0][0])
    assert np.array_equal(sessions.state_of("taste"), taste)
    # Stocks decay as after any play, but nothing is added, and the chain keeps its state.
    assert np.allclose(sessions.state_of("satiation"), sessions.hidden_of("satiation")[0, 0] * satiation)
    assert np.allclose(sessions.state_of("boredom")[0, 1:], 0.9 * boredom[0, 1:])
    assert sessions.state_of("boredom")[0, 0] == 1


def test_weight_zero_switches_a_term_off():
    sessions = begin({"taste": {}, "energy_arc": {"weight": 0}})
    assert "energy_arc" not in sessions.utilities()

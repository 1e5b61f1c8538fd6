"""Every term of a listener follows its published or documented equation."""

import dataclasses

import numpy as np
import pytest

from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting
from segue.features import Catalog, open_catalog
from segue.features.catalog.transitions import transition_distance


def begin(terms, batch=1, seed=0, play_amount="any", **settings):
    """Begins sessions of a listener with only these terms, for whom by default any play counts in full."""
    listener = {"terms": terms, "play_amount": play_amount, "departure": {"never": True}}
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
    *weights, typical = sessions.hidden_of("transition")[0]
    start, third, seventh = sessions.state.history[0, :3]
    by_hand = 0.0
    for back, track in ((1, seventh), (2, third), (3, start)):
        step = sessions.catalog.transitions(track, sessions.pool[0, 11])
        neutral = np.array(
            [0.5 if name.endswith("_step") else 0.0 for name in sessions.catalog.transition_names]
        )
        distance = np.abs(step - neutral) / np.maximum(neutral, 1 - neutral)
        by_hand -= ((weights * distance).sum() - typical) / back**2
    assert sessions.utilities()["transition"][0, 11] == pytest.approx(by_hand, rel=1e-5)


def test_a_random_transition_costs_nothing_on_average_and_varies_by_about_one():
    for catalog in ("demo", "synthetic:600"):
        costs = begin({"transition": {"memory": 1}}, batch=2000, catalog=catalog).utility()
        assert costs.mean() == pytest.approx(0.0, abs=0.1)
        assert costs.std() == pytest.approx(1.0, abs=0.2)


def test_every_transition_feature_matters_to_some_listener():
    sessions = begin({"transition": {"memory": 1}}, batch=2000)
    names = sessions.catalog.transition_names
    spread = transition_distance(sessions.catalog.transitions(sessions.current[:, None], sessions.pool))
    influence = sessions.hidden_of("transition")[:, :-1] * spread.std(axis=(0, 1))
    shares = dict(zip(names, (influence**2).mean(axis=0), strict=True))
    assert shares.pop("same_artist") == 0.0
    # Seven features share a variance of 1, whatever the spread of their distances.
    assert all(0.11 < share < 0.18 for share in shares.values())


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


def test_without_known_artists_every_track_satiates_alone():
    catalog = Catalog.from_frame(open_catalog("synthetic:60").tracks.assign(artist=None), "unknown")
    groups = term_of(begin({"satiation": {"by": "artist"}}, catalog=catalog), "satiation").groups
    assert len(np.unique(groups)) == 60


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
    sessions = begin({"exposure": {"best": 0.4, "width": 0.2, "pull": 0.0}})
    gap = sessions.state.features[0] - sessions.hidden_of("exposure")[0]
    distance = np.sqrt((gap.astype(float) ** 2).mean(axis=1))
    utility = sessions.utility()[0]
    # Ex2Vec's α d + β d² + γ, with α = 2 · 0.4 / 0.2², β = −1 / 0.2² and γ = −(0.4 / 0.2)².
    assert np.allclose(utility, 20 * distance - 25 * distance**2 - 4, atol=1e-5)
    assert utility.argmax() == np.abs(distance - 0.4).argmin()
    assert distance.min() < 0.4 < distance.max()


def novelty(sessions, slot):
    """The novelty of a candidate of session 0, from its utility; the best novelty lies above it."""
    term = term_of(sessions, "exposure")
    return term.best - term.width * np.sqrt(-sessions.utility()[0, slot])


def test_exposure_makes_the_played_cluster_familiar():
    sessions = begin({"exposure": {"best": 2.0, "pull": 0.02, "offset": 1.0}})
    inside, outside = group_slots(sessions, "exposure")
    before = novelty(sessions, inside[-1])
    play(sessions, inside[0], outside[0])
    start_age = {True: 1 / np.sqrt(4) - 1 / np.sqrt(2), False: 0.0}
    group = term_of(sessions, "exposure").groups
    start_in = group[sessions.state.history[0, 0]] == group[sessions.pool[0, inside[0]]]
    activation = 1 / np.sqrt(3) + start_age[bool(start_in)]
    assert before - novelty(sessions, inside[-1]) == pytest.approx(0.02 * activation)


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

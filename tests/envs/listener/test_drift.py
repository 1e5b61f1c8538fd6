"""What is heard attracts the taste of those who like it and repels that of the others."""

import dataclasses

import numpy as np
import pytest

from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting
from segue.features import open_catalog
from segue.features.errors import UserError

LISTENER = {"terms": {"taste": {}, "drift": {}}, "play_amount": "any", "departure": {"never": True}}


def begin(batch, catalog="demo", **drift):
    listener = {**LISTENER, "terms": {"taste": {}, "drift": drift}}
    setting = build_setting(catalog=catalog, listener=listener, pool_size=30, length=20)
    sessions = Sessions(setting, [np.random.default_rng(row) for row in range(batch)])
    sessions.begin(np.arange(batch))
    return sessions


def heard(batch=3000, **drift):
    """Plays one track to every listener; returns its features and the taste before and after, (B, F) each."""
    sessions = begin(batch, **drift)
    before = sessions.state_of("taste").copy()
    x = 2.0 * sessions.state.features[:, 0].astype(float) - 1.0
    sessions.step(np.zeros(batch, int))
    return x, before, sessions.state_of("taste")


def test_the_liking_of_what_was_heard_rises_or_falls_in_every_feature():
    x, before, after = heard()
    rises = (x * after).sum(axis=1) > (x * before).sum(axis=1)
    assert 0.3 < rises.mean() < 0.7
    change = x * (after - before)
    assert (change[rises] >= 0).all()
    assert (change[~rises] <= 0).all()


def test_the_liked_attract_and_the_disliked_repel():
    x, before, after = heard()
    liking = (x * before).sum(axis=1)
    rises = (x * after).sum(axis=1) > liking
    fifths = np.array_split(np.argsort(liking), 5)
    shares = [rises[fifth].mean() for fifth in fifths]
    assert shares[0] < 0.3
    assert shares[-1] > 0.7
    assert shares == sorted(shares)


def test_the_step_is_large_enough_to_be_felt_and_the_taste_stays_within_its_bounds():
    x, before, after = heard(rate=1.0)
    change = np.abs((x * (after - before)).sum(axis=1)) * 3 / np.sqrt(x.shape[1])
    # In units of the standard deviation of the taste over tracks.
    assert 0.15 < np.median(change) < 0.6
    sessions = begin(100, rate=5.0)
    for slot in range(20):
        sessions.step(np.full(100, slot))
    assert np.abs(sessions.state_of("taste")).max() <= 1.0


def test_one_hot_features_take_the_published_step():
    complete = open_catalog("demo")
    # Centred, these tracks are zero in all features but one.
    matrix = np.full_like(complete.matrix, 0.5)
    topic = np.arange(len(matrix)) % matrix.shape[1]
    matrix[np.arange(len(matrix)), topic] = 1.0
    sessions = begin(500, dataclasses.replace(complete, matrix=matrix))
    before = sessions.state_of("taste").copy()
    track = sessions.step(np.zeros(500, int)).track
    rows, at = np.arange(500), topic[track]
    u, moved = before[rows, at], sessions.state_of("taste") - before
    published = (0.3 - 0.3 * np.abs(u)) * (1.0 - u)
    toward = moved[rows, at] > 0
    assert np.allclose(moved[rows, at], np.where(toward, published, np.maximum(-published, -1.0 - u)))
    assert np.count_nonzero(moved) == 500
    assert toward[u > 0.5].mean() > toward[u < -0.5].mean() + 0.2


def test_drift_without_taste_is_rejected():
    listener = {"terms": {"drift": {}}}
    with pytest.raises(UserError, match="drift works on taste"):
        build_setting(catalog="synthetic:60", listener=listener)


def test_a_negative_rate_is_rejected():
    with pytest.raises(UserError, match="rate must be 0 or more"):
        begin(1, rate=-1.0)

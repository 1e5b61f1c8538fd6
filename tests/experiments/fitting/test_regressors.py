"""What the terms say of logged plays equals what the environment computes for the same listener."""

import dataclasses

import numpy as np
import pytest

from segue.envs import load_preset
from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting
from segue.experiments.fitting.play_arrays import PlayArrays
from segue.experiments.fitting.regressors import term_regressors
from segue.features import open_catalog

LISTENER = {
    "terms": {"taste": {"weight": 1.0}, "transition": {"weight": 1.0, "memory": 1}, "engagement": {}},
}
CATALOG, SESSIONS, LENGTH = "synthetic:300", 12, 6


@pytest.fixture(scope="module")
def played():
    """The plays of some sessions, their hidden parameters, and the utilities of both terms."""
    setting = build_setting(catalog=CATALOG, listener=LISTENER, pool_size=LENGTH, length=LENGTH)
    sessions = Sessions(setting, list(np.random.default_rng(0).spawn(SESSIONS)))
    sessions.stays = True
    sessions.begin(np.arange(SESSIONS))
    parts, tracks, heard = [], [], []
    for k in range(LENGTH):
        result = sessions.step(np.full(SESSIONS, k))
        parts.append(result.parts[1:3].copy())
        tracks.append(result.track.copy())
        heard.append(result.listened.copy())
    listened = np.stack(heard, axis=1).ravel()
    count = SESSIONS * LENGTH
    plays = PlayArrays(
        listener=np.repeat(np.arange(SESSIONS), LENGTH),
        session=np.repeat(np.arange(SESSIONS), LENGTH),
        position=np.tile(np.arange(LENGTH), SESSIONS),
        track=np.stack(tracks, axis=1).ravel(),
        skipped=(listened < 1).astype(np.int64),
        listened=listened,
        duration=np.full(count, 200.0),
        listeners=tuple(map(str, range(SESSIONS))),
    )
    return plays, sessions, np.stack(parts, axis=2).reshape(2, count)


@pytest.fixture(scope="module")
def regressors(played):
    return term_regressors(played[0], open_catalog(CATALOG), load_preset(LISTENER), length=LENGTH)


@pytest.mark.parametrize("term", [0, 1])
def test_mean_and_effects_give_the_utility_of_a_known_listener(played, regressors, term):
    plays, sessions, utilities = played
    name = regressors.names[term]
    centre, matrix = regressors.bases[name]
    used = (regressors.term_of_loading == term) & ~regressors.of_session
    standard = (sessions.hidden_of(name) - centre) @ np.linalg.pinv(matrix).T
    effect = (regressors.loadings[:, used] * standard[plays.listener]).sum(axis=1)
    found = regressors.mean[:, term] + effect
    # The first transition is from the track before the session, which a log does not hold.
    known = plays.position > 0 if name == "transition" else np.full(len(plays), True)
    gap = (found - utilities[term])[known]
    # The loadings keep 99.5 % of the variance.
    assert np.square(gap).mean() < 0.02 * utilities[term][known].var()


def test_what_is_not_known_is_noise_of_the_right_size(played, regressors):
    plays, _, utilities = played
    hidden = plays.track.copy()
    hidden[3] = -1
    found = term_regressors(
        dataclasses.replace(plays, track=hidden), open_catalog(CATALOG), load_preset(LISTENER), length=LENGTH
    )
    of_listener = ~found.of_session
    assert not found.loadings[3, of_listener].any()
    variance = found.noise + 0.0
    for term in range(2):
        of_term = found.of_session & (found.term_of_loading == term)
        variance[:, term] += np.square(found.loadings[:, of_term]).sum(axis=1)
    assert 0.3 < variance[3, 0] / utilities[0].var() < 3
    # The transition out of the unknown track is as unknown as that into it; the taste of the next is not.
    assert variance[4, 1] > 0.3
    assert variance[4, 0] < 0.05
    # So is the transition into the first track of a session.
    assert (variance[plays.first, 1] > 0.3).all()


def test_without_a_catalogue_the_terms_are_named_as_unsupported(played):
    found = term_regressors(played[0], None, load_preset(LISTENER))
    assert found.names == ()
    assert set(found.unsupported) == {"taste", "transition"}

"""Every kind of pool draws from the tracks that it documents."""

import numpy as np
import pytest

from segue.features import Catalog, open_catalog
from segue.features.errors import UserError

KINDS = ["uniform", "neighbours", "clusters", {"kind": "clusters", "clusters": 6, "mixed": 1}]


@pytest.fixture
def begin(small_vector):
    def make(num_envs=100, **settings):
        vector = small_vector(num_envs, **settings)
        vector.reset(seed=0)
        return vector.unwrapped.sessions

    return make


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_pool_and_its_start_are_distinct_recordings(begin, kind):
    sessions = begin(pool=kind, pool_size=20)
    codes = open_catalog("synthetic:400").recording_codes
    for pool, start in zip(sessions.pool, sessions.current, strict=True):
        assert len(np.unique(codes[[*pool, start]])) == 21


@pytest.fixture
def talking(tmp_path):
    """A catalogue file of 90 tracks, of which every third is speech or silence."""
    tracks = open_catalog("synthetic:90").tracks.copy()
    tracks["sound_type"] = ["music", "", "speech", "music", "", "silence"] * 15
    return str(Catalog.from_frame(tracks, "talking").save(tmp_path / "talking.parquet"))


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_pools_leave_speech_and_silence_out(begin, talking, kind):
    sessions = begin(50, catalog=talking, pool=kind, pool_size=20)
    types = sessions.catalog.tracks["sound_type"].to_numpy()
    assert {*types[sessions.pool].ravel(), *types[sessions.current]} == {"music", ""}


def test_pools_admit_the_sound_types_that_are_named(begin, talking):
    spoken = {"kind": "uniform", "sound_types": ["speech"]}
    sessions = begin(50, catalog=talking, pool=spoken, pool_size=20)
    assert set(sessions.catalog.tracks["sound_type"].to_numpy()[sessions.pool].ravel()) == {"speech", ""}
    ids = open_catalog(talking).tracks["id"][2::3].to_list()
    sessions = begin(50, catalog=talking, pool={"kind": "list", "ids": ids}, pool_size=20)
    assert set(sessions.catalog.tracks["sound_type"].to_numpy()[sessions.pool].ravel()) == {
        "speech",
        "silence",
    }


@pytest.mark.parametrize(
    ("sound_types", "reason"),
    [("music", "must be a list"), (["talk"], "Unknown sound type 'talk'"), (3, "a list")],
)
def test_wrong_sound_types_are_refused(begin, sound_types, reason):
    with pytest.raises(UserError, match=reason):
        begin(2, pool={"kind": "uniform", "sound_types": sound_types})


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_training_and_test_pools_share_no_tracks(begin, kind):
    seen = [
        {*sessions.pool.ravel(), *sessions.current}
        for sessions in (begin(pool=kind, split=split) for split in ("train", "test"))
    ]
    assert not seen[0] & seen[1]
    assert len(seen[0]) > 12


def test_pools_are_uniform_over_the_catalogue(begin):
    sessions = begin(2000, catalog="synthetic:60", pool_size=20)
    drawn = np.bincount(sessions.pool.ravel(), minlength=60)
    started = np.bincount(sessions.current, minlength=60)
    eligible = drawn > 0
    assert drawn[eligible] == pytest.approx(drawn.sum() / eligible.sum(), rel=0.15)
    assert started[eligible] == pytest.approx(2000 / eligible.sum(), rel=0.6)


def distances(sessions):
    matrix = sessions.catalog.matrix
    return np.linalg.norm(matrix[sessions.pool] - matrix[sessions.current][:, None], axis=-1)


def test_neighbours_are_the_tracks_nearest_to_the_start(begin):
    sessions = begin(pool={"kind": "neighbours", "reach": 1})
    matrix = sessions.catalog.matrix
    for pool, start in zip(sessions.pool[:10], sessions.current[:10], strict=True):
        to_all = np.linalg.norm(matrix - matrix[start], axis=1)
        to_all[start] = np.inf
        assert set(pool) == set(np.argsort(to_all)[:12])


def test_a_wider_reach_gives_more_varied_pools(begin):
    near, far = (distances(begin(pool={"kind": "neighbours", "reach": reach})) for reach in (1, 8))
    assert near.mean() < far.mean() < distances(begin()).mean()


def test_every_track_can_be_a_seed(begin):
    sessions = begin(3000, pool="neighbours", catalog="synthetic:60", pool_size=5)
    assert len(np.unique(sessions.current)) >= 58


def test_pools_mix_the_requested_number_of_clusters(begin):
    groups = open_catalog("synthetic:400").clusters(6, 0)
    sessions = begin(pool={"kind": "clusters", "clusters": 6, "mixed": 2})
    counts = [len(np.unique(groups[[*p, s]])) for p, s in zip(sessions.pool, sessions.current, strict=True)]
    assert set(counts) <= {1, 2}
    assert np.mean(counts) > 1.5
    assert len(np.unique(groups[sessions.pool])) == 6


def test_clusters_that_are_too_small_are_complemented_by_others(begin):
    groups = open_catalog("synthetic:400").clusters(40, 0)
    sessions = begin(pool={"kind": "clusters", "clusters": 40, "mixed": 1}, pool_size=60)
    assert all(len(np.unique(groups[pool])) > 1 for pool in sessions.pool)


def test_a_listed_pool_holds_exactly_the_listed_tracks(begin):
    ids = list(open_catalog("synthetic:400").tracks["id"][[3, 14, 15, 92, 65, 35]])
    sessions = begin(pool={"kind": "list", "ids": ids}, pool_size=5)
    assert {*sessions.pool.ravel(), *sessions.current} == {3, 14, 15, 92, 65, 35}


def test_a_listed_pool_respects_the_split(begin):
    pool = {"kind": "list", "ids": list(open_catalog("synthetic:400").tracks["id"][:100])}
    seen = [
        {*sessions.pool.ravel(), *sessions.current}
        for sessions in (begin(pool=pool, split=split, pool_size=10) for split in ("train", "test"))
    ]
    assert not seen[0] & seen[1]
    assert seen[0] | seen[1] <= set(range(100))


def test_pools_do_not_depend_on_the_batch(begin):
    for kind in KINDS:
        assert np.array_equal(begin(3, pool=kind).pool, begin(8, pool=kind).pool[:3])


class EveryOther:
    """A custom pool: every other one of the first 2 K tracks."""

    n_draws = 0

    def __init__(self, catalog, tracks, size, first=0):
        self._pool, self._start = tracks[first : 2 * size : 2], tracks[-1]

    def draw(self, uniforms):
        rows = len(uniforms)
        return np.tile(self._pool, (rows, 1)), np.full(rows, self._start)


def test_a_custom_pool(begin, monkeypatch):
    import sys
    import types

    module = types.ModuleType("custom_pools")
    module.EveryOther = EveryOther
    monkeypatch.setitem(sys.modules, "custom_pools", module)
    sessions = begin(2, pool={"kind": "custom_pools:EveryOther", "first": 0})
    assert list(np.diff(sessions.pool[0])) == [2] * 11


class NoPool:
    """Takes what a pool takes, but draws nothing."""

    def __init__(self, catalog, tracks, size, share):
        self.n_draws = 0


class NoPair(EveryOther):
    """Draws candidates only."""

    def draw(self, uniforms):
        return super().draw(uniforms)[0]


@pytest.mark.parametrize(
    ("pool", "message"),
    [
        ({"kind": "careless_pools:NoPool"}, "needs the setting 'share'"),
        ({"kind": "careless_pools:NoPool", "share": 1}, "must have a method draw"),
        ({"kind": "careless_pools:NoPair"}, "two arrays, the candidates and the start tracks"),
    ],
)
def test_a_custom_pool_that_cannot_be_one_is_reported(begin, monkeypatch, pool, message):
    import sys
    import types

    module = types.ModuleType("careless_pools")
    module.NoPool, module.NoPair = NoPool, NoPair
    monkeypatch.setitem(sys.modules, "careless_pools", module)
    with pytest.raises(UserError, match=message):
        begin(2, pool=pool)


INVALID = [
    ("neighbors", "did you mean 'neighbours'"),
    ({"kind": "neighbours", "reech": 2}, "did you mean 'reach'"),
    ({"kind": "neighbours", "reach": 0.5}, "reach must be 1 or more"),
    ({"kind": "clusters", "clusters": 3, "mixed": 4}, "mixed must be between 1 and clusters=3"),
    ({"kind": "list", "ids": ["synthetik-0"]}, "Unknown track of catalogue 'synthetic-400-0'"),
    ({"kind": "list", "ids": []}, "only 0 are available"),
    ({"kind": "uniform", "reach": 2}, "Unknown setting of pool uniform"),
    ({"kind": "no_such_module:Pool"}, "no_such_module"),
    (5, "pool must be the name of a kind or a mapping"),
    (None, "pool must be the name of a kind or a mapping"),
    (["uniform"], "pool must be the name of a kind or a mapping"),
    ({1: 2}, "pool must be a mapping of settings"),
    ({"kind": ["clusters"]}, "kind must be text"),
    ({"kind": "clusters", "clusters": "a"}, "clusters must be a whole number, but is 'a'"),
    ({"kind": "clusters", "clusters": 4.5}, "clusters must be a whole number, but is 4.5"),
    ({"kind": "clusters", "clusters": 900}, "set clusters between 1 and 400"),
    ({"kind": "clusters", "mixed": "2"}, "mixed must be a whole number, but is '2'"),
    ({"kind": "neighbours", "reach": float("inf")}, "reach must be a finite number"),
    ({"kind": "neighbours", "reach": 10**400}, "reach must be a finite number"),
    ({"kind": "neighbours", "reach": "2"}, "reach must be a finite number, but is '2'"),
    ({"kind": "list", "ids": 5}, "ids must be a list of the ids of tracks, but is 5"),
    ({"kind": "list", "ids": "abc"}, "ids must be a list of the ids of tracks, but is 'abc'"),
    ({"kind": "list"}, "Pool list needs the setting 'ids'"),
    ({"kind": "list", "ids": ["synthetic-0"]}, "only 1 are available; list the ids of more tracks"),
    ({"kind": "json:dumps"}, "name a class or function that takes these three"),
    ({"kind": "math:pi"}, "name a class or function that takes these three"),
    ({"kind": "types:SimpleNamespace"}, "name a class or function"),
]


@pytest.mark.parametrize(("pool", "message"), INVALID, ids=str)
def test_an_invalid_pool_is_reported_with_a_fix(small, pool, message):
    with pytest.raises(UserError) as caught:
        small(pool=pool)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_reach_beyond_the_catalogue_is_all_of_it(begin):
    far = [
        begin(5, pool={"kind": "neighbours", "reach": reach}).pool for reach in (400, np.float32(900), 1e308)
    ]
    assert np.array_equal(far[0], far[1])
    assert np.array_equal(far[0], far[2])

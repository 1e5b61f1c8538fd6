"""Every kind of pool holds the tracks that it says."""

import numpy as np
import pytest

from segue.features import open_catalog
from segue.features.errors import UserError

KINDS = ["uniform", "neighbours", "clusters", {"kind": "clusters", "clusters": 6, "mixed": 1}]


@pytest.fixture
def begun(small_vector):
    def make(num_envs=100, **settings):
        vector = small_vector(num_envs, **settings)
        vector.reset(seed=0)
        return vector.unwrapped.sessions

    return make


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_pool_and_its_start_are_distinct_recordings(begun, kind):
    sessions = begun(pool=kind, pool_size=20)
    codes = open_catalog("synthetic:400").recording_codes
    for pool, start in zip(sessions.pool, sessions.current, strict=True):
        assert len(np.unique(codes[[*pool, start]])) == 21


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_training_and_test_pools_share_no_track(begun, kind):
    seen = [
        {*sessions.pool.ravel(), *sessions.current}
        for sessions in (begun(pool=kind, split=split) for split in ("train", "test"))
    ]
    assert not seen[0] & seen[1]
    assert len(seen[0]) > 12


def distances(sessions):
    matrix = sessions.catalog.matrix
    return np.linalg.norm(matrix[sessions.pool] - matrix[sessions.current][:, None], axis=-1)


def test_neighbours_are_the_nearest_to_the_start(begun):
    sessions = begun(pool={"kind": "neighbours", "reach": 1})
    matrix = sessions.catalog.matrix
    for pool, start in zip(sessions.pool[:10], sessions.current[:10], strict=True):
        to_all = np.linalg.norm(matrix - matrix[start], axis=1)
        to_all[start] = np.inf
        assert set(pool) == set(np.argsort(to_all)[:12])


def test_a_wider_reach_gives_more_varied_pools(begun):
    near, far = (distances(begun(pool={"kind": "neighbours", "reach": reach})) for reach in (1, 8))
    assert near.mean() < far.mean() < distances(begun()).mean()


def test_every_track_can_be_a_seed(begun):
    sessions = begun(3000, pool="neighbours", catalog="synthetic:60", pool_size=5)
    assert len(np.unique(sessions.current)) >= 58


def test_clusters_are_as_many_as_asked_for(begun):
    groups = open_catalog("synthetic:400").clusters(6, 0)
    sessions = begun(pool={"kind": "clusters", "clusters": 6, "mixed": 2})
    counts = [len(np.unique(groups[[*p, s]])) for p, s in zip(sessions.pool, sessions.current, strict=True)]
    assert set(counts) <= {1, 2}
    assert np.mean(counts) > 1.5
    assert len(np.unique(groups[sessions.pool])) == 6


def test_small_clusters_are_filled_up_from_others(begun):
    groups = open_catalog("synthetic:400").clusters(40, 0)
    sessions = begun(pool={"kind": "clusters", "clusters": 40, "mixed": 1}, pool_size=60)
    assert all(len(np.unique(groups[pool])) > 1 for pool in sessions.pool)


def test_a_list_of_ones_own_is_all_that_is_played(begun):
    ids = list(open_catalog("synthetic:400").tracks["id"][[3, 14, 15, 92, 65, 35]])
    sessions = begun(pool={"kind": "list", "ids": ids}, pool_size=5)
    assert {*sessions.pool.ravel(), *sessions.current} == {3, 14, 15, 92, 65, 35}


def test_a_list_of_ones_own_is_split_too(begun):
    pool = {"kind": "list", "ids": list(open_catalog("synthetic:400").tracks["id"][:100])}
    seen = [
        {*sessions.pool.ravel(), *sessions.current}
        for sessions in (begun(pool=pool, split=split, pool_size=10) for split in ("train", "test"))
    ]
    assert not seen[0] & seen[1]
    assert seen[0] | seen[1] <= set(range(100))


def test_pools_do_not_depend_on_the_batch(begun):
    for kind in KINDS:
        assert np.array_equal(begun(3, pool=kind).pool, begun(8, pool=kind).pool[:3])


class EveryOther:
    """A pool of one's own: the first 2 K tracks, every other one; what a user would write."""

    n_draws = 0

    def __init__(self, catalog, tracks, size, first=0):
        self._pool, self._start = tracks[first : 2 * size : 2], tracks[-1]

    def draw(self, uniforms):
        rows = len(uniforms)
        return np.tile(self._pool, (rows, 1)), np.full(rows, self._start)


def test_a_pool_of_ones_own(begun, monkeypatch):
    import sys
    import types

    module = types.ModuleType("pools_of_mine")
    module.EveryOther = EveryOther
    monkeypatch.setitem(sys.modules, "pools_of_mine", module)
    sessions = begun(2, pool={"kind": "pools_of_mine:EveryOther", "first": 0})
    assert list(np.diff(sessions.pool[0])) == [2] * 11


WRONG = [
    ("neighbors", "did you mean 'neighbours'"),
    ({"kind": "neighbours", "reech": 2}, "did you mean 'reach'"),
    ({"kind": "neighbours", "reach": 0.5}, "reach must be 1 or more"),
    ({"kind": "clusters", "clusters": 3, "mixed": 4}, "mixed must be between 1 and clusters=3"),
    ({"kind": "list", "ids": ["synthetik-0"]}, "Unknown track of catalogue 'synthetic-400-0'"),
    ({"kind": "list", "ids": []}, "only 0 are there"),
    ({"kind": "uniform", "reach": 2}, "Unknown setting of pool uniform"),
    ({"kind": "no_such_module:Pool"}, "no_such_module"),
]


@pytest.mark.parametrize(("pool", "sentence"), WRONG, ids=str)
def test_a_wrong_pool_is_named_with_what_would_be_right(small, pool, sentence):
    with pytest.raises(UserError) as caught:
        small(pool=pool)
    assert sentence in str(caught.value)

"""Order regret: replayed sessions against the original ones, and the best order against all orders."""

import itertools

import numpy as np
import pytest

from segue.experiments.runs.batches import make_batch
from segue.experiments.runs.evaluate import evaluate
from segue.experiments.runs.metrics import TRANSITION_DISTANCE
from segue.experiments.runs.order_regret import SHUFFLED, _best_order, _only, order_table
from segue.features import open_catalog
from segue.features.catalog.transitions import transition_distance

ID = "segue/Playlist-v0"
SETTINGS = {"catalog": "synthetic:80", "pool_size": 8, "length": 4}
SEEDS = range(300, 340)


def table(agent, settings=SETTINGS):
    episodes, plays = evaluate(agent, ID, settings, SEEDS)
    return order_table(plays, ID, settings, SEEDS), episodes.set_index("episode"), plays


@pytest.mark.parametrize("agent", ["random", "smooth", "greedy-oracle"])
def test_the_agents_own_order_has_the_return_of_the_session(agent):
    orders, episodes, _ = table(agent)
    there = episodes.loc[orders["episode"]]
    assert (there["length"].to_numpy() == orders["tracks"]).all()
    np.testing.assert_allclose(orders["own"], there["return"], rtol=1e-12)
    single = episodes[episodes["length"] == 1].index
    assert set(episodes.index) == set(orders["episode"]) | set(single)


def expected_returns(seed, tracks, settings):
    """Expected return of every order of some tracks without noise, played one by one."""
    env = make_batch(ID, settings, 1)
    env.reset(seed=[int(seed)])
    sessions = env.unwrapped.sessions.repeat(np.array([0]), noiseless=True)
    start, values = sessions.snapshot(), {}
    for order in itertools.permutations(tracks):
        sessions.restore(start)
        total = 0.0
        for track in order:
            slot = np.flatnonzero(sessions.pool[0] == track)
            total += float(sessions.expected_reward(slot[None])[0, 0])
            sessions.step(slot)
        values[order] = total
    return values


def test_the_best_order_is_the_best_of_all_orders():
    settings = {**SETTINGS, "listener": {"preset": "full", "departure": {"a": -2.0}}}
    _, plays = evaluate("random", ID, settings, SEEDS)
    by_seed = plays.groupby("episode")["index"].agg(list)
    by_seed = by_seed[by_seed.map(len) >= 3].head(8)
    assert set(by_seed.map(len)) == {3, 4}  # sessions of different lengths are searched at once
    env = make_batch(ID, settings, len(by_seed))
    env.reset(seed=by_seed.index.tolist())
    tracks = [np.array(each) for each in by_seed]
    alone, slots, counts = _only(env.unwrapped.sessions, tracks, range(len(tracks)))
    best = _best_order(alone, slots, counts, np.random.default_rng(0))
    for row, (seed, played) in enumerate(by_seed.items()):
        values = expected_returns(seed, played, settings)
        found = tuple(played[place] for place in best[row, : len(played)])
        assert values[found] == pytest.approx(max(values.values()), abs=1e-12)


def test_order_matters_only_if_the_listener_hears_transitions():
    still, _, _ = table("random", {**SETTINGS, "reward": "utility", "listener": {"terms": {"taste": {}}}})
    # The utility of a play depends on its track alone, so every order has the same sum.
    np.testing.assert_allclose(still["own"], still["shuffled"], rtol=1e-9)
    np.testing.assert_allclose(still["own"], still["best"], rtol=1e-9)
    moved, _, _ = table("smooth", {**SETTINGS, "reward": "utility"})
    assert moved["own"].mean() > moved["shuffled"].mean()
    assert moved["best"].mean() > moved["own"].mean()


def test_transition_distance_of_a_shuffled_order_is_the_mean_over_all_orders():
    orders, _, plays = table("random")
    catalog = open_catalog(SETTINGS["catalog"])
    row = orders[orders["tracks"] == 4].iloc[0]
    session = plays[plays["episode"] == row["episode"]].sort_values("position")
    start = session["previous"].iloc[0]
    means = [
        transition_distance(catalog.transitions(np.array([start, *order[:-1]]), np.array(order))).mean(axis=0)
        for order in itertools.permutations(session["index"])
    ]
    columns = [f"{SHUFFLED}{TRANSITION_DISTANCE}{name}" for name in catalog.transition_names]
    np.testing.assert_allclose(row[columns].astype(float), np.mean(means, axis=0), atol=1e-6)


def test_the_result_does_not_depend_on_how_many_sessions_fit_into_memory(monkeypatch):
    whole, _, _ = table("random")
    monkeypatch.setattr("segue.experiments.runs.order_regret.MEMORY", 1)
    single, _, _ = table("random")
    np.testing.assert_allclose(single["own"], whole["own"], rtol=1e-12)
    np.testing.assert_allclose(single["best"].mean(), whole["best"].mean(), rtol=0.05)

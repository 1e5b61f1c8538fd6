import itertools

import numpy as np
import pytest

from segue.agents import make_agent
from segue.agents.oracles.planning.beam_search import plan_value
from segue.features.errors import UserError

ORDERED = {
    "terms": {
        "taste": {"weight": 1.0},
        "transition": {"weight": 2.0, "memory": 1},
        "energy_arc": {"weight": 6.0},
    },
    "departure": {"never": True},
}


def test_a_tiny_pool_is_solved_exactly(vector_env):
    env = vector_env(3, listener=ORDERED, pool_size=5, length=4)
    observation, _ = env.reset(seed=1)
    orders = np.array(list(itertools.permutations(range(5), 4)))
    values = plan_value(env.sessions, np.tile(orders, (3, 1, 1)))
    _, plans = (agent := make_agent("oracle", env, commit=0)).predict(observation)
    first, _ = agent.predict(observation)
    for row in range(3):
        found = [int(first[row]), *plans[row]]
        value = values[row][(orders == found).all(axis=1)]
        assert value == pytest.approx(values[row].max())


def test_planning_beats_greedy_play_and_its_own_tracks_shuffled(vector_env, returns):
    env = vector_env(60, listener=ORDERED, pool_size=20, length=12)
    names = ("oracle", "greedy-oracle", "oracle-shuffled", "random")
    scores = {name: returns(make_agent(name, env, seed=0), env, range(60)) for name in names}
    pairs = [("oracle", "greedy-oracle"), ("oracle", "oracle-shuffled"), ("oracle-shuffled", "random")]
    for better, worse in pairs:
        difference = scores[better] - scores[worse]
        assert difference.mean() > 2 * difference.std() / 60**0.5


def test_without_improvement_a_plan_is_followed_to_its_end(vector_env):
    env = vector_env(4, listener=ORDERED, pool_size=12, length=8)
    observation, _ = env.reset(seed=0)
    agent = make_agent("oracle", env, improve_rounds=0, commit=0)
    slots, plans = agent.predict(observation, None, np.ones(4, bool))
    for left in range(7, 0, -1):
        assert [len(plan) for plan in plans] == [left] * 4
        expected = [plan[0] for plan in plans]
        observation, *_ = env.step(slots)
        slots, plans = agent.predict(observation, plans, np.zeros(4, bool))
        assert slots.tolist() == expected


def test_a_plan_is_adapted_to_what_the_listener_did(vector_env):
    listener = {**ORDERED, "terms": {"taste": {}, "satiation": {"clusters": 3, "strength": [4.0, 4.0]}}}
    env = vector_env(40, listener=listener, pool_size=20, length=12)
    observation, _ = env.reset(seed=0)
    agent = make_agent("oracle", env, commit=0)
    slots, plans = agent.predict(observation, None, np.ones(40, bool))
    changed = np.zeros(40, bool)
    for _ in range(11):
        expected = np.array([plan[0] for plan in plans])
        observation, *_ = env.step(slots)
        slots, plans = agent.predict(observation, plans, np.zeros(40, bool))
        changed |= slots != expected
    # Plans assume median responses: who skipped a track is less sated than planned.
    assert changed.mean() > 0.5


def test_a_masked_slot_makes_it_plan_again(vector_env):
    env = vector_env(1, listener=ORDERED, pool_size=12, length=8)
    observation, _ = env.reset(seed=0)
    agent = make_agent("oracle", env)
    best, plans = agent.predict(observation)
    mask = np.ones((1, 12), bool)
    mask[0, [best[0], plans[0][0]]] = False
    slot, plans = agent.predict(observation, [[int(best[0])]], np.zeros(1, bool), action_masks=mask)
    assert mask[0, slot[0]]
    assert mask[0, plans[0]].all()


def test_the_shuffled_oracle_plays_the_same_tracks_in_another_order(vector_env):
    env = vector_env(1, listener=ORDERED, pool_size=15, length=6)
    observation, _ = env.reset(seed=3)
    agents = make_agent("oracle", env, commit=0), make_agent("oracle-shuffled", env, seed=0)
    planned, shuffled = (
        [int(slots[0]), *plans[0]] for slots, plans in (a.predict(observation) for a in agents)
    )
    assert sorted(planned) == sorted(shuffled)
    assert planned != shuffled


def hill_climb(sessions, tries, rng):
    """Swaps two candidates of a random plan, in it or not, as long as the value of the plan rises."""
    pool, steps = sessions.pool_size, sessions.length
    orders = np.stack([rng.permutation(pool) for _ in range(sessions.batch)])
    rows = np.arange(sessions.batch)
    value = plan_value(sessions, orders[:, None, :steps])[:, 0]
    for _ in range(tries):
        changed = orders.copy()
        i, j = rng.integers(steps, size=len(rows)), rng.integers(pool, size=len(rows))
        changed[rows, i], changed[rows, j] = orders[rows, j], orders[rows, i]
        found = plan_value(sessions, changed[:, None, :steps])[:, 0]
        better = found > value
        orders[better], value[better] = changed[better], found[better]
    return orders[:, :steps]


@pytest.mark.parametrize("preset", ["full", "rebound"])
def test_it_plans_for_what_is_remembered_at_the_end(preset, vector_env, returns):
    listener = {"preset": preset, "terms": {"peak_end": {}}}
    settings = {"catalog": "demo", "reward": "peak_end", "listener": listener, "pool_size": 30, "length": 15}
    env = vector_env(48, **settings)
    planned = returns(make_agent("oracle", env, seed=0), env, range(48))
    env.reset(seed=list(range(48)))
    climbed = hill_climb(env.sessions, 400, np.random.default_rng(0))
    total, alive = np.zeros(48), np.ones(48, bool)
    for k in range(15):
        step = env.sessions.step(climbed[:, k])
        total += step.reward * alive
        alive &= ~step.terminated
    assert planned.mean() > 0.5
    assert planned.mean() > total.mean() - 0.005


def test_settings_out_of_range_are_refused(vector_env):
    with pytest.raises(UserError, match="beam_width and branch"):
        make_agent("oracle", vector_env(1), beam_width=0)

"""The batched core: seeds, noise, termination, rewards, copies and actions."""

import dataclasses

import numpy as np
import pytest

import segue.envs
from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting

NEVER_LEAVES = {"terms": {"taste": {}}, "departure": {"never": True}}


def follow(vector, choose, steps=40):
    """Plays on and returns the summed rewards of the current episode of every session."""
    total, running = np.zeros(vector.num_envs), np.ones(vector.num_envs, bool)
    for _ in range(steps):
        _, reward, terminated, truncated, _ = vector.step(choose(vector.unwrapped.sessions))
        total += reward * running
        running &= ~(terminated | truncated)
    return total


def first_free(sessions):
    return sessions.available.argmax(axis=1)


def last_free(sessions):
    return sessions.pool_size - 1 - sessions.available[:, ::-1].argmax(axis=1)


def test_listener_pool_and_noise_do_not_depend_on_the_batch(small_vector):
    one, many = small_vector(1), small_vector(5)
    one.reset(seed=[9])
    many.reset(seed=[4, 5, 9, 6, 7])
    a, b = one.unwrapped.sessions.state, many.unwrapped.sessions.state
    assert np.array_equal(a.hidden[0], b.hidden[2])
    assert np.array_equal(a.pool[0], b.pool[2])
    assert a.key[0] == b.key[2]
    assert not np.array_equal(b.pool[1], b.pool[2])


def test_the_noise_is_independent_of_the_actions(small_vector):
    after = []
    for choose in (first_free, last_free):
        sessions = small_vector(6, listener=NEVER_LEAVES).unwrapped.sessions
        sessions.generators[:] = [np.random.default_rng(row) for row in range(6)]
        sessions.begin(np.arange(6))
        for _ in range(4):
            sessions.step(choose(sessions))
        # The same track at the same position is heard equally long, whatever was played before it.
        after.append(sessions.step(np.full(6, 5)).listened)
    assert np.array_equal(*after)


def begun(**settings):
    """Returns 30 sessions that have begun, from the generators 0 to 29."""
    setting = build_setting(**{"catalog": "synthetic:400", "pool_size": 12, "length": 8, **settings})
    sessions = Sessions(setting, [np.random.default_rng(row) for row in range(30)])
    sessions.begin(np.arange(30))
    return sessions


@pytest.mark.parametrize(
    "change",
    [
        {"terms": {"satiation": {"weight": 0}}},
        {"terms": {"satiation": {"weight": 3.0}}},
        {"terms": {"another": {"term": "engagement", "noise": 0.3}}},
        {"bias_spread": 0.0},
    ],
)
def test_changing_one_term_changes_no_draw_of_another(change):
    before, after = begun(listener="full"), begun(listener={"preset": "full", **change})
    assert np.array_equal(before.pool, after.pool)
    assert np.array_equal(before.history, after.history)
    for name in before.terms.keys() & after.terms.keys():
        assert np.array_equal(before.hidden_of(name), after.hidden_of(name)), name
    slots = np.arange(30) % 12
    for sessions in (before, after):
        sessions.step(slots)
    # Nor does it change the noise: the chain of boredom switches in the same sessions.
    assert np.array_equal(before.state_of("boredom")[:, 0], after.state_of("boredom")[:, 0])


@pytest.mark.parametrize("change", [{"pool_size": 30}, {"length": 20}, {"pool": "neighbours"}])
def test_pool_and_length_do_not_change_the_listener(change):
    before, after = begun(), begun(**change)
    for name in before.terms:
        assert np.array_equal(before.hidden_of(name), after.hidden_of(name)), name


def test_a_smaller_pool_is_the_beginning_of_a_larger_one():
    small, large = begun(), begun(pool_size=30)
    assert np.array_equal(small.pool, large.pool[:, :12])
    assert np.array_equal(small.history[:, 0], large.history[:, 0])


@pytest.mark.parametrize("pool", ["uniform", "neighbours", "clusters"])
def test_the_slots_of_a_pool_are_in_random_order(pool):
    pools = np.concatenate([begun(pool=pool, split=split).pool for split in (None, "train", "test")])
    rising = (np.diff(pools, axis=1) > 0).mean()
    # 990 steps up or down; the standard error of the share is below 0.016.
    assert rising == pytest.approx(0.5, abs=0.07)


def test_a_session_ends_when_the_playlist_is_full(small):
    env = small(listener=NEVER_LEAVES).unwrapped
    env.reset(seed=0)
    ends = [env.step(slot)[2] for slot in range(8)]
    assert ends == [False] * 7 + [True]


def test_a_session_ends_when_the_pool_is_empty(small):
    env = small(pool_size=3, listener=NEVER_LEAVES).unwrapped
    env.reset(seed=0)
    assert [env.step(slot)[2] for slot in range(3)] == [False, False, True]


def test_a_session_ends_when_the_listener_leaves(small):
    env = small(listener={"terms": {"taste": {}}, "departure": {"a": 30.0}}).unwrapped
    env.reset(seed=0)
    _, _, terminated, truncated, info = env.step(0)
    assert (terminated, truncated, info["left"]) == (True, False, True)


def test_a_step_limit_truncates(small_vector):
    vector = small_vector(2, listener=NEVER_LEAVES, max_episode_steps=3)
    vector.reset(seed=0)
    ends = [vector.step(np.array([slot, slot]))[2:4] for slot in range(3)]
    assert [list(truncated) for _, truncated in ends] == [[False] * 2, [False] * 2, [True] * 2]
    assert not any(terminated.any() for terminated, _ in ends)


def test_contributions_sum_to_the_utility_that_drives_the_reward(small):
    env = small(reward="utility").unwrapped
    env.reset(seed=2)
    for slot in range(4):
        _, reward, terminated, _, info = env.step(slot)
        assert reward == pytest.approx(
            sum(part for name, part in info.items() if name.startswith("utility_"))
        )
        if terminated:
            break


def test_completion_and_completed_follow_the_response(small):
    for name in ("completion", "completed"):
        env = small(reward=name).unwrapped
        env.reset(seed=6)
        _, reward, _, _, info = env.step(0)
        assert reward == (info["listened"] if name == "completion" else float(not info["skipped"]))


def test_the_expected_reward_is_the_mean_over_the_noise(small_vector):
    vector = small_vector(1)
    vector.reset(seed=3)
    sessions = vector.unwrapped.sessions
    expected = sessions.expected_reward()[0, 4]
    many = sessions.repeat(np.zeros(4000, int), rng=np.random.default_rng(0))
    assert many.step(np.full(4000, 4)).reward.mean() == pytest.approx(expected, abs=0.02)


def test_snapshot_and_restore_are_exact_even_across_a_reset(small_vector):
    vector = small_vector(4)
    vector.reset(seed=8)
    vector.step(np.arange(4))
    saved = vector.unwrapped.sessions.snapshot()
    first = follow(vector, first_free)
    after = vector.unwrapped.sessions.state.pool.copy()
    vector.unwrapped.sessions.restore(saved)
    assert np.array_equal(first, follow(vector, first_free))
    assert np.array_equal(after, vector.unwrapped.sessions.state.pool)
    vector.unwrapped.sessions.restore(saved)
    assert np.array_equal(first, follow(vector, first_free))


def test_copies_that_are_set_back_are_as_new(small_vector, env_id):
    env = small_vector(3, env_id)
    env.reset(seed=0)
    sessions, rows = env.unwrapped.sessions, np.array([2, 2, 0, 1])
    sessions.step(np.array([1, 2, 3]))
    copies, other = sessions.repeat(rows), sessions.repeat(rows)
    played = [copies.step(np.full(4, slot)) for slot in (4, 0, 5)]
    copies.set_back(sessions, rows)
    for field in dataclasses.fields(copies.state):
        assert np.array_equal(getattr(copies.state, field.name), getattr(other.state, field.name)), field.name
    again = [copies.step(np.full(4, slot)) for slot in (4, 0, 5)]
    for first, second in zip(played, again, strict=True):
        assert np.array_equal(first.all_parts, second.all_parts)
        assert np.array_equal(first.listened, second.listened)


def test_repeated_rows_are_independent_of_the_original(small_vector):
    vector = small_vector(3)
    vector.reset(seed=8)
    sessions = vector.unwrapped.sessions
    copies = sessions.repeat(np.array([2, 2, 0]))
    before = sessions.utility()
    copies.step(np.array([0, 1, 2]))
    assert np.array_equal(before, sessions.utility())
    assert np.array_equal(copies.pool, sessions.pool[[2, 2, 0]])
    assert list(copies.position) == [1, 1, 1]


def test_a_continuous_action_plays_the_nearest_free_candidate(small):
    env = small(action="continuous").unwrapped
    env.reset(seed=3)
    target = 7
    point = 2 * env.sessions.state.features[0, target] - 1
    env.step(point)
    assert not env.action_masks()[target]
    # The same point again plays the next nearest.
    distance = ((env.sessions.state.features[0] - env.sessions.state.features[0, target]) ** 2).sum(axis=1)
    second = np.argsort(distance)[1]
    env.step(point)
    assert set(np.flatnonzero(~env.action_masks())) == {target, second}


def test_registering_an_id_again_replaces_it():
    segue.envs.register_playlist_env(
        "tests/Calm-v0",
        description="Calm.",
        listener={"preset": "full", "terms": {"energy_arc": {"curve": "steady"}}},
    )
    segue.envs.register_playlist_env("tests/Calm-v0", description="Calmer.", listener="full")
    assert segue.envs.environment("tests/Calm-v0").description == "Calmer."

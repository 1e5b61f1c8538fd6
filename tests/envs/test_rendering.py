"""What is drawn is the session as it is, also after a snapshot was restored."""

import numpy as np


def play(env, slots):
    for slot in slots:
        env.step(slot)


def test_after_a_restore_the_text_is_that_of_the_restored_session(small):
    env = small(render_mode="ansi")
    env.reset(seed=1)
    play(env, [0, 1])
    snapshot, shown = env.unwrapped.sessions.snapshot(), env.render()
    play(env, [2, 3, 4])
    assert env.render().startswith(shown)
    assert env.render() != shown
    env.unwrapped.sessions.restore(snapshot)
    assert env.render() == shown
    play(env, [5])
    assert env.render().count("\n") == shown.count("\n") + 1
    # Other plays follow than the first time, and the snapshot itself has not changed.
    env.unwrapped.sessions.restore(snapshot)
    assert env.render() == shown


def test_after_a_restore_the_image_is_that_of_the_restored_session(small):
    env = small(render_mode="rgb_array")
    env.reset(seed=1)
    play(env, [0])
    snapshot, shown = env.unwrapped.sessions.snapshot(), env.render()
    play(env, [1, 2])
    assert not np.array_equal(env.render(), shown)
    env.unwrapped.sessions.restore(snapshot)
    np.testing.assert_array_equal(env.render(), shown)


def test_a_snapshot_of_another_session_is_drawn_with_its_own_plays(small):
    env = small(render_mode="ansi")
    env.reset(seed=1)
    play(env, [0, 1])
    snapshot, shown = env.unwrapped.sessions.snapshot(), env.render()
    env.reset(seed=2)
    assert env.render().count("\n") == 1
    env.unwrapped.sessions.restore(snapshot)
    assert env.render() == shown


def test_plays_that_nobody_recorded_are_drawn_without_an_outcome(small):
    silent, env = small(), small(render_mode="ansi")
    silent.reset(seed=1)
    play(silent, [0, 1])
    env.reset(seed=3)
    env.unwrapped.sessions.restore(silent.unwrapped.sessions.snapshot())
    play(env, [2])
    first, second, third = env.render().splitlines()[1:]
    assert "not recorded" in first
    assert "not recorded" in second
    assert "not recorded" not in third
    titles = env.unwrapped.sessions.catalog.tracks
    for line, track in zip((first, second, third), env.unwrapped.sessions.history[0, 1:], strict=False):
        assert (titles["title"][track] if "title" in titles else titles["id"][track]) in line
    picture = small(render_mode="rgb_array")
    picture.reset(seed=3)
    before = picture.render()
    picture.unwrapped.sessions.restore(silent.unwrapped.sessions.snapshot())
    assert not np.array_equal(picture.render(), before)

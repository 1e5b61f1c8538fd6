"""What users see when a notebook shows an object."""

import inspect
import pydoc

import numpy as np
import pytest

from segue.envs.core.setting import EnvironmentSettings, build_setting


@pytest.fixture
def seen(small, small_vector):
    """The representations by name."""
    env, many = small(), small_vector(3)
    env.reset(seed=0)
    many.reset(seed=0)
    many.step(np.zeros(3, np.int64))
    sessions = env.unwrapped.sessions
    objects = {
        "environment": env.unwrapped,
        "wrapped": env,
        "vector": many,
        "sessions": sessions,
        "many": many.unwrapped.sessions,
        "snapshot": sessions.snapshot(),
        "setting": sessions.setting,
        "pool": sessions.setting.pool,
        "layout": env.unwrapped.layout,
        "catalogue": sessions.catalog,
        "result": many.unwrapped.result,
    }
    return {name: repr(value) for name, value in objects.items()}


def test_objects_show_what_they_are_in_a_line_or_two(seen):
    for name, text in seen.items():
        assert len(text) < 300, name
        assert " object at 0x" not in text


def test_an_environment_shows_its_id_and_its_sizes(seen):
    assert seen["environment"].startswith("<<PlaylistEnv<segue/Playlist-v0>>: <Setting Catalog(")
    for part in ("400 tracks", "pool_size=12", "length=8", "split=None"):
        assert part in seen["environment"]
    assert "segue/Playlist-v0, num_envs=3" in seen["vector"]


def test_sessions_show_where_they_are(seen):
    assert "position 0" in seen["sessions"]
    assert "0 of 3 over" in seen["many"]
    assert seen["layout"].startswith("<ObservationLayout 'dict': candidates (12, 12), transitions (12, ")


def test_help_lists_settings_spaces_and_infos(small):
    env = small(mask_in_info=True)
    observation, info = env.reset(seed=0)
    shown = pydoc.render_doc(env.unwrapped, renderer=pydoc.plaintext)
    for setting in (*inspect.signature(build_setting).parameters, *EnvironmentSettings.__annotations__):
        assert f"`{setting}`: " in shown
    for key in (*observation, *(key for key in info if not key.startswith("utility_"))):
        assert f"`{key}`" in shown
    assert "`utility_<term>`" in shown

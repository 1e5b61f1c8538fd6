"""The simulator works where numba cannot: switched off, or without any folder for its cache."""

import json
import os
import subprocess
import sys

import pytest

PLAY = """
import json
import gymnasium as gym
import numpy as np
import segue.envs
vector = gym.make_vec("segue/Playlist-v0", num_envs=3, catalog="synthetic:200", pool_size=8, length=5)
vector.reset(seed=3)
print(json.dumps([vector.step(np.full(3, slot))[1].tolist() for slot in range(6)]))
"""


def play(folder, **environment):
    """Returns the rewards of a few steps in a fresh process, and what it prints to stderr."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PLAY],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [reward for step in json.loads(done.stdout) for reward in step], done.stderr


def test_it_runs_with_numba_switched_off(tmp_path):
    compiled, _ = play(tmp_path)
    plain, noise = play(tmp_path, NUMBA_DISABLE_JIT="1")
    assert plain == pytest.approx(compiled, rel=1e-6)
    assert noise == ""


def test_it_is_imported_without_a_place_for_numbas_cache(tmp_path):
    """No folder is acceptable to the one locator that is left."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import segue.envs, segue.features.audio"],
        env={**os.environ, "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator", "NUMBA_CACHE_DIR": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == 1
    assert "segue compiles again in every process" in done.stderr

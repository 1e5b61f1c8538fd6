"""The training on a log that the guide shows, with the library's own environment."""

import importlib.util
import os
import subprocess
import sys

import pytest

from segue.experiments.recording import Recording, record

SMALLER = ("n_steps=1000, n_steps_per_epoch=1000", "n_steps=20, n_steps_per_epoch=20")
PYTHON = sys.executable if importlib.util.find_spec("d3rlpy") else os.environ.get("D3RLPY_PYTHON")
"""d3rlpy pins another version of Gymnasium, so its interpreter is usually that of another environment."""


@pytest.mark.skipif(
    PYTHON is None, reason="needs d3rlpy, here or in the interpreter that D3RLPY_PYTHON names"
)
def test_d3rlpy_trains_on_a_flat_log(docs, code_blocks, tmp_path):
    pytest.importorskip("minari", reason="needs the extra offline")
    settings = {"length": 5, "pool_size": 6}
    record(
        Recording("segue/Playlist-v0", "smooth", 40, epsilon=0.5, flat=True, settings=settings),
        tmp_path / "log",
    )
    (block,) = (b for b in code_blocks(docs / "guides" / "offline.md") if b.title == "train_d3rlpy.py")
    assert SMALLER[0] in block.text
    (tmp_path / block.title).write_text(block.text.replace(*SMALLER), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [PYTHON, block.title, "log/data"],
        cwd=tmp_path,
        env={**environment, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith("the best first track is slot")
    assert 0 <= int(last.split()[-1]) < 6
    assert "conservative_loss" in done.stdout + done.stderr

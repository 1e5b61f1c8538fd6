"""Runs the examples as their readers do: from the command line, in an empty folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def examples() -> Path:
    """The folder of the examples."""
    return EXAMPLES


@pytest.fixture
def run_example(tmp_path):
    """Runs a script of `examples/` in a temporary folder, with warnings as errors where asked for."""

    def run(script, *arguments, warnings="default", **environment):
        done = subprocess.run(
            [sys.executable, "-W", warnings, EXAMPLES / script, *arguments],
            cwd=tmp_path,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done

    return run

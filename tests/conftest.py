"""What all tests share."""

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the code is right. The same tree gives
# the same examples; the scripts in tests/fuzz look for others.
settings.register_profile("segue", deadline=None, derandomize=True)
settings.load_profile("segue")

# A shell that runs the suite in the background makes it ignore interrupts, and with it what it interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The tests start about a hundred Python processes; without byte code each would compile its imports anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_configure(config):
    """Gives each worker a core of its own: its studies then start one process instead of one per core.

    What depends on the number of processes says so with `jobs`. The tests of studies take a seventh less.
    """
    worker = getattr(config, "workerinput", None)
    if worker is not None and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker["workerid"].removeprefix("gw")) % len(cores)]})


COMPILED = Path(__file__).parents[1] / "envs" / "compiled" / "__pycache__"
COMPILE = """
import gymnasium, segue.envs
env = gymnasium.make("segue/Playlist-v0")
env.reset(seed=0)
env.step(0)
"""


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session):
    """Has the loops compiled in a new clone, which both workers would otherwise do at the same time."""
    starts_workers = bool(session.config.getoption("numprocesses", None))
    if starts_workers and not list(COMPILED.glob("steps.*.nbi")):
        subprocess.run([sys.executable, "-c", COMPILE], check=False)


def pytest_collection_finish():
    """Spares the garbage collector the half million objects of the imports and the tests, which stay."""
    gc.collect()
    gc.freeze()

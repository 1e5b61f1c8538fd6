"""Code blocks of the documentation."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its title (empty without one) and its text."""

    language: str
    title: str
    text: str


def blocks_of(page: Path) -> list[Block]:
    found = re.findall(
        r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return [Block(*parts) for parts in found]


def run_code(code: str, folder: Path) -> str:
    """Runs Python with warnings as errors; returns what it prints."""
    return _run([sys.executable, "-W", "error", "-c", code], folder)


def run_shell(command: str, folder: Path) -> str:
    """Runs a command line whose home and working directory are a folder."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    # The caches stay where they are: Matplotlib would look for the fonts of the machine in every test.
    cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    return _run(["sh", "-c", command], folder, HOME=str(folder), XDG_CACHE_HOME=cache, PATH=path)


def _run(command: list[str], folder: Path, **environment: str) -> str:
    env = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[-1]}\n{done.stderr}"
    assert "Warning" not in done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def docs() -> Path:
    """The folder of the documentation."""
    return DOCS


@pytest.fixture(scope="session")
def code_blocks() -> Callable[[Path], list[Block]]:
    """Reads the fenced blocks of a page."""
    return blocks_of


@pytest.fixture(scope="session")
def python() -> Callable[[str, Path], str]:
    """Runs Python code in a folder."""
    return run_code


@pytest.fixture(scope="session")
def shell() -> Callable[[str, Path], str]:
    """Runs a command line in a folder."""
    return run_shell

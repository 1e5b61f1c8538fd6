"""The tutorial, from beginning to end, with little music and short training."""

from itertools import groupby

import numpy as np
import pytest
import soundfile

SMALLER = {
    "steps=50_000": "steps=2_048",
    "steps: 50_000": "steps: 2_048",
    "seeds: 5": "seeds: 1",
    "range(200)": "range(20)",
    "episodes: 300": "episodes: 20",
    "segue extract ~/Music": "segue extract ~/Music --min-duration 1",
    "--out runs/evening": "--out runs/evening --jobs 1 --set figures=false",
}
"""Sizes of the tutorial, and those of this test; one process has less to import than two."""
TRACKS = 60


@pytest.fixture(scope="module")
def blocks(docs, code_blocks):
    return code_blocks(docs / "tutorial.md")


@pytest.fixture
def music(tmp_path):
    """A folder with Music in it: short pieces of different tempo, pitch, loudness and brightness."""
    folder = tmp_path / "Music"
    folder.mkdir()
    rng = np.random.default_rng(0)
    seconds = np.arange(0, 4, 1 / 22050)
    for number in range(TRACKS):
        beat, pitch = rng.uniform(0.3, 0.8), 220 * 2 ** (rng.integers(12) / 12)
        tone = sum(rng.uniform() * np.sin(2 * np.pi * pitch * k * seconds) / k for k in (1, 2, 3))
        noise = rng.uniform(0, 0.3) * rng.standard_normal(len(seconds))
        sound = np.exp(-8 * (seconds % beat)) * (tone + noise)
        soundfile.write(folder / f"piece {number}.wav", rng.uniform(0.1, 0.4) * sound, 22050)
    return tmp_path


def smaller(text: str) -> str:
    for size, less in SMALLER.items():
        text = text.replace(size, less)
    return text


def test_every_size_that_the_test_reduces_is_in_the_tutorial(blocks):
    text = "\n".join(block.text for block in blocks)
    assert [size for size in SMALLER if size not in text] == []


def test_the_tutorial_runs_from_beginning_to_end(blocks, music, python, shell):
    printed = []
    # As in a notebook, the Python between two commands or files is one program.
    for (language, title), group in groupby(blocks, lambda block: (block.language, block.title)):
        text = smaller("\n".join(block.text for block in group))
        if title:
            (music / title).write_text(text, encoding="utf-8")
        elif language == "python":
            printed.append(python(text, music))
        elif language == "sh":
            printed += [shell(command, music) for command in text.splitlines()]
    assert all(printed)
    assert (music / "runs" / "evening" / "report.html").is_file()
    assert (music / "evening.zip").is_file()
    first, *_ = printed
    assert f"{TRACKS} tracks" in first

"""A small folder of tones whose names are hard to write into playlists, and a playlist of them."""

import unicodedata

import numpy as np
import pandas as pd
import pytest
import soundfile

from segue.experiments.playlists.assemble import assemble
from segue.features import Catalog

NAMES = (
    "plain.flac",
    "#1 hit & more.flac",
    "100% [live] café.flac",
    unicodedata.normalize("NFD", "Zoë – Été.flac"),
    "Привет мир.flac",
    "東京 ラーメン?.flac",
    "a:b 'quoted\".flac",
    "50%25 off + more.flac",
)


@pytest.fixture(scope="session")
def music(tmp_path_factory):
    """Folder of one second of tone per name, in subfolders of odd names too."""
    root = tmp_path_factory.mktemp("music") / "My Music #1"
    for k, name in enumerate(NAMES):
        folder = root / ("Ænima 100%" if k % 2 else "")
        folder.mkdir(parents=True, exist_ok=True)
        wave = 0.1 * np.sin(2 * np.pi * 220 * (k + 1) * np.arange(8000) / 8000)
        soundfile.write(folder / name, wave, 8000)
    return root


@pytest.fixture(scope="session")
def catalog(music):
    """Catalogue of the folder, with made-up features."""
    paths = sorted(str(path.relative_to(music)) for path in music.rglob("*.flac"))
    n = len(paths)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "id": [f"id{k}" for k in range(n)],
            "path": paths,
            "title": [f"Title {k} <b>&amp; „{k}“" for k in range(n)],
            "artist": [f"Artist {k} & Co" for k in range(n)],
            "album": ["Ålbum"] * n,
            "duration": np.full(n, 1.0),
            "tempo": rng.uniform(100, 130, n),
            "energy": rng.uniform(0, 1, n),
            "key": rng.integers(0, 12, n).astype(float),
            "mode": rng.integers(0, 2, n).astype(float),
            "intro_end": np.full(n, 0.2),
            "outro_start": np.full(n, 0.8),
        }
    )
    return Catalog.from_frame(frame, "odd names", root=str(music))


@pytest.fixture(scope="session")
def playlist(catalog):
    """The tracks in a fixed order that is not theirs in the catalogue."""
    order = np.random.default_rng(1).permutation(len(catalog))
    runners_up = [[(int(order[-1 - k]), 0.5)] for k in range(len(order))]
    curve = np.linspace(0.2, 0.9, len(order))
    return assemble(catalog, order, title="Hard <names>", curve=curve, runners_up=runners_up, utility=3.5)

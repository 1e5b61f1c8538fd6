"""Short pieces of known tempo and key, and one folder of audio that many tests share."""

import numpy as np
import pytest
import soundfile

from segue.features.audio.transforms import analyse_blocks
from segue.features.extraction.extract import extract_folder

SCALES = {1: (0, 2, 4, 5, 7, 9, 11), 0: (0, 2, 3, 5, 7, 8, 11)}


def tone(midi, seconds, rate, cents=0.0):
    """A decaying note with six overtones of falling strength."""
    t = np.arange(int(seconds * rate)) / rate
    frequency = 440 * 2 ** ((midi - 69 + cents / 100) / 12)
    wave = sum(
        np.sin(2 * np.pi * frequency * h * t) / h**1.5 for h in range(1, 7) if frequency * h < rate / 2
    )
    return wave * np.minimum(1, t / 0.005) * np.exp(-2.5 * t / seconds)


def make_piece(tempo=120.0, key=0, mode=1, seconds=20.0, rate=22050, cents=0.0, drums=True):
    """Triads I IV V I and a descending scale over kick and hats; returns samples (n,) and beat times in s."""
    rng = np.random.default_rng(0)
    out = np.zeros(int(seconds * rate) + rate)
    beat = 60 / tempo
    beats = np.arange(0.1, seconds - beat, beat)

    def add(at, wave, gain):
        start = int(at * rate)
        stop = min(len(out), start + len(wave))
        out[start:stop] += gain * wave[: stop - start]

    kick = np.sin(2 * np.pi * 60 * np.arange(int(0.12 * rate)) / rate) * np.linspace(1, 0, int(0.12 * rate))
    hat = rng.standard_normal(int(0.03 * rate)) * np.linspace(1, 0, int(0.03 * rate)) ** 2
    scale = SCALES[mode]
    for k, at in enumerate(beats):
        root = (0, 3, 4, 0)[k // 4 % 4]
        for degree in (root, root + 2, root + 4):
            pitch = 48 + key + scale[degree % 7] + 12 * (degree // 7)
            add(at, tone(pitch, beat, rate, cents), 0.10)
        add(at, tone(72 + key + scale[-k % 7], 0.9 * beat, rate, cents), 0.08)
        if drums:
            add(at, kick, 0.4)
            add(at + beat / 2, hat, 0.1)
    return out[: int(seconds * rate)].astype(np.float32), beats


@pytest.fixture(scope="session")
def piece():
    return make_piece


@pytest.fixture(scope="session")
def analysed():
    """Analyses mono samples (n,), fed in several blocks."""

    def analyse(samples, rate=22050, blocks=7):
        parts = np.array_split(samples[:, None].astype(np.float32), blocks)
        return analyse_blocks(iter(parts), rate, 1)

    return analyse


@pytest.fixture(scope="session")
def music(tmp_path_factory):
    """A folder with one piece in several formats, another piece, and files that cannot be read."""
    folder = tmp_path_factory.mktemp("music")
    one, _ = make_piece(tempo=120, key=9, mode=0, seconds=15, rate=44100)
    two, _ = make_piece(tempo=96, key=4, mode=1, seconds=15)
    album = folder / "Some Artist" / "Some Album"
    album.mkdir(parents=True)
    soundfile.write(album / "01 - First Song.flac", np.stack([one, one], axis=1), 44100)
    soundfile.write(album / "02 - Second Song.wav", two, 22050)
    soundfile.write(folder / "lossy.mp3", one, 44100)
    soundfile.write(folder / "ünï – 日本.ogg", one, 44100)
    soundfile.write(folder / "silence.wav", np.zeros(5 * 22050), 22050)
    (folder / "notes.txt").write_text("not audio, and not to be reported")
    (folder / "zero.mp3").write_bytes(b"")
    (folder / "text.mp3").write_text("hello")
    (folder / "dangling.wav").symlink_to("nowhere.wav")
    (folder / "loop").symlink_to(".")
    return folder


@pytest.fixture(scope="session")
def extracted(music, tmp_path_factory):
    """The report of one extraction of `music`."""
    out = tmp_path_factory.mktemp("out") / "cat.parquet"
    return extract_folder(music, out, jobs=1, min_duration=0, progress=False)

"""Key, tuning and chord changes."""

import numpy as np
import pytest

from segue.features.audio import tonality


@pytest.mark.parametrize(
    ("key", "mode", "cents"), [(0, 1, 0), (9, 0, 0), (6, 1, 0), (3, 0, -30), (10, 1, 20)]
)
def test_key_and_tuning(piece, analysed, key, mode, cents):
    samples, _ = piece(key=key, mode=mode, cents=cents, seconds=12)
    frames = tonality.compress_dynamics(analysed(samples).cq)
    tuning = tonality.tuning_cents(frames.mean(axis=0))
    row = tonality.summarise(frames, tuning)
    assert (row["key"], row["mode"]) == (key, mode)
    assert tuning == pytest.approx(cents, abs=6)
    assert 0 < row["key_conf"] <= 1
    assert sum(row[f"chroma_{k}"] for k in range(12)) == pytest.approx(1)


def test_chord_changes_are_counted():
    frames = np.zeros((120, 12))
    for k, root in enumerate((0, 5, 7, 0)):
        frames[30 * k : 30 * (k + 1), [(root + step) % 12 for step in (0, 4, 7)]] = 1
    seconds = 120 / tonality.FRAME_RATE
    assert tonality.chord_change_rate(frames) == pytest.approx(3 / seconds, rel=0.05)

"""The frames of a track do not depend on how its samples are split into blocks."""

import numpy as np
import pytest


def test_block_boundaries_do_not_affect_the_frames(piece, analysed):
    samples, _ = piece(seconds=9, rate=44100)
    one = analysed(samples, 44100, blocks=1)
    many = analysed(samples, 44100, blocks=40)
    np.testing.assert_allclose(one.mfcc, many.mfcc, atol=1e-2)
    np.testing.assert_allclose(one.cq, many.cq, atol=1e-5)
    np.testing.assert_allclose(one.crossings, many.crossings, atol=2 / 512)
    assert one.duration == many.duration == pytest.approx(9)

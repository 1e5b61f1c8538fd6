"""Divergence of timbres."""

import numpy as np
import pytest

from segue.features import timbre_divergence


def test_divergence_of_hand_computed_gaussians():
    zero, one = np.zeros(2), np.eye(2)
    assert timbre_divergence(zero, one, zero, one) == 0
    assert timbre_divergence(zero, one, np.array([3.0, 0.0]), one) == pytest.approx(9)
    assert timbre_divergence(zero, one, zero, 2 * one) == pytest.approx(0.5)

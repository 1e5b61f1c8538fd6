import itertools

import numpy as np
import pytest

from segue.agents.djmc.agent import plan_values
from segue.agents.djmc.preferences import Preferences, bin_of_percentile
from segue.agents.djmc.rollouts import random_sequences, sequence_values


def test_sequences_never_repeat_and_are_equally_likely():
    drawn = random_sequences(4, 3, 24_000, np.random.default_rng(1))
    found, counts = np.unique(drawn, axis=1, return_counts=True)
    assert sorted(map(tuple, found.T)) == sorted(itertools.permutations(range(4), 3))
    assert (np.abs(counts - 1000) < 160).all()  # five standard deviations


def test_values_are_the_sums_in_the_paper():
    rng = np.random.default_rng(2)
    estimated = Preferences(rng.random((1, 3, 10)), rng.random((1, 3, 10, 10)))
    songs, past = bin_of_percentile(rng.random((6, 3))), bin_of_percentile(rng.random((2, 3)))
    sequences = random_sequences(6, 4, 5, rng)
    values = plan_values(estimated, 0, songs, past, sequences)
    for sequence, value in zip(sequences.T, values, strict=True):
        played = [past[1], past[0], *songs[sequence]]
        total = 0.0
        for place in range(2, 6):
            total += sum(estimated.song[0, f, played[place][f]] for f in range(3))
            for back in range(1, place + 1):
                first, second = played[place - back], played[place]
                total += sum(estimated.transition[0, f, first[f], second[f]] for f in range(3)) / back**2
        assert value == pytest.approx(total)


def test_values_by_hand():
    """Songs 0 then 1, worth 1 and 2, and a pair worth 4."""
    pair = np.array([[5.0, 4.0], [4.0, 5.0]])
    values = sequence_values(np.array([[0], [1]]), np.array([1.0, 2.0]), pair, np.zeros((2, 2)))
    assert values == [7.0]

"""Counter-based random numbers: NumPy's Philox is the reference, and streams do not depend on each other."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.envs.compiled.draws.normal import normal_quantile
from segue.envs.compiled.draws.philox import philox, stream_id, uniform_rows

WORD = st.integers(0, 2**64 - 1)


def numpys(key, counter):
    """Returns NumPy's generator just before it uses a counter (it counts up first, from word to word)."""
    before = (sum(word << (64 * place) for place, word in enumerate(counter)) - 1) % 2**256
    words = [(before >> (64 * place)) % 2**64 for place in range(4)]
    return np.random.Philox(key=np.array(key, np.uint64), counter=np.array(words, np.uint64))


@given(key=st.tuples(WORD, WORD), counter=st.tuples(WORD, WORD, WORD, WORD))
def test_every_number_is_that_of_numpys_philox(key, counter):
    ours = philox(*(np.uint64(word) for word in (*key, *counter)))
    assert list(ours) == numpys(key, counter).random_raw(4).tolist()


@given(key=WORD, split=st.integers(0, 2), position=st.integers(0, 10_000), count=st.integers(1, 23))
def test_uniform_numbers_are_those_of_numpys_generator(key, split, position, count):
    stream = np.uint64(stream_id("noise/taste"))
    ours = uniform_rows(np.array([key], np.uint64), np.uint64(split), stream, np.array([position]), count)
    blocks = [
        np.random.Generator(numpys((key, split), (block, position, int(stream), 0))).random(4)
        for block in range(6)
    ]
    assert ours[0].tolist() == np.concatenate(blocks)[:count].tolist()


def test_streams_are_uncorrelated_between_names_positions_and_splits():
    keys, count = np.arange(4000, dtype=np.uint64), 4
    draws = {
        (split, name, position): uniform_rows(
            keys, np.uint64(split), np.uint64(stream_id(name)), np.full(4000, position), count
        ).ravel()
        for split in (1, 2)
        for name in ("response", "listener/taste")
        for position in (0, 1)
    }
    correlation = np.corrcoef(list(draws.values())) - np.eye(len(draws))
    # The standard error of a correlation of 16,000 pairs is 0.008.
    assert np.abs(correlation).max() < 0.035


@pytest.mark.parametrize("p", [1e-12, 1e-9, 0.001, 0.07, 0.075, 0.3, 0.5, 0.9, 0.925, 0.99, 1 - 1e-9])
def test_normal_quantiles_are_those_of_the_standard_library(p):
    assert normal_quantile(p) == pytest.approx(statistics.NormalDist().inv_cdf(p), rel=1e-14, abs=1e-15)

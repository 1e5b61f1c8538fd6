"""Rows of uniform numbers match those that each generator draws by itself."""

import numpy as np
import pytest

from segue.envs.compiled.noise import fill_rows

KINDS = [np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64]


@pytest.mark.parametrize(
    "kinds", [*([kind] for kind in KINDS), KINDS], ids=[*(k.__name__ for k in KINDS), "mixed"]
)
@pytest.mark.parametrize("count", [1, 9])
def test_each_row_matches_its_generator(kinds, count):
    def make():
        return [np.random.Generator(kinds[row % len(kinds)](row)) for row in range(12)]

    generators, copies = make(), make()
    rows = np.random.default_rng(0).permutation(12)[:count]
    block = np.zeros((12, 7))
    for _ in range(2):
        fill_rows(generators, rows, block)
        for row in range(12):
            expected = copies[row].random(7) if row in rows else np.zeros(7)
            assert np.array_equal(block[row], expected)
    assert generators[rows[0]].random() == copies[rows[0]].random()

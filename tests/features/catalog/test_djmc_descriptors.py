"""The descriptors of DJ-MC."""

import numpy as np

from segue.features import Catalog
from segue.features.catalog import djmc_descriptors


def test_there_are_34_finite_descriptors(extracted):
    assert len(djmc_descriptors.COLUMNS) == 34
    for catalog in (Catalog.load(extracted.catalog), Catalog.synthetic(30)):
        table = catalog.djmc_descriptors()
        assert table.shape == (len(catalog), 34)
        assert np.isfinite(table).all()
        assert (table[:, 0] <= table[:, 1] + 1e-6).mean() > 0.9  # 10th and 90th percentile of the tempo

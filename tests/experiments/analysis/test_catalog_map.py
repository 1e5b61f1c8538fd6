"""The map of a catalogue: principal axes of the features."""

import numpy as np
import pytest

from segue.experiments.analysis.catalog_map import map_positions, map_table
from segue.features import Catalog


def test_the_map_keeps_distances_within_a_plane():
    rng = np.random.default_rng(0)
    plane = rng.uniform(size=(50, 2))
    frame, _ = np.linalg.qr(rng.normal(size=(6, 2)))
    positions, shares = map_positions((plane @ frame.T).astype(np.float32))
    expected = np.linalg.norm(plane[:, None] - plane[None], axis=2)
    np.testing.assert_allclose(
        np.linalg.norm(positions[:, None] - positions[None], axis=2), expected, atol=1e-5
    )
    assert shares.sum() == pytest.approx(1)


def test_there_is_a_row_per_environment_and_track():
    catalogs = {"small": Catalog.synthetic(20), "large": Catalog.synthetic(30)}
    table = map_table(catalogs)
    assert table.groupby("environment", sort=False)["index"].agg(list).to_dict() == {
        "small": list(range(20)),
        "large": list(range(30)),
    }
    positions, shares = map_positions(catalogs["large"].matrix_without_mode)
    large = table[table["environment"] == "large"]
    assert large[["x", "y"]].to_numpy().tolist() == positions.tolist()
    assert large["variance"].unique().tolist() == [shares.sum()]

"""Derives the small tables in this folder from the demo catalogue; run after rebuilding it.

usage: python features/data/build_models.py [FRAMES_PARQUET]

Writes `synthetic_quantiles.csv` and `synthetic_correlation.csv`. With the frames file of the extraction,
it also writes `timbre_axes.csv`; then the catalogue must be extracted and built again.
"""

import sys

import numpy as np
import pandas as pd

from segue.features.arrays import FloatArray
from segue.features.catalog.catalog import Catalog
from segue.features.catalog.track_generator import LEVELS, TrackGenerator, relative_columns
from segue.features.source_tree import source_folder


def synthetic_model(tracks: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Returns the quantiles of each column and the correlation matrix of their normal scores."""
    complete = tracks[relative_columns(tracks).notna().all(axis=1)]
    model = TrackGenerator.fit(complete)
    quantiles = pd.DataFrame(model.quantiles, pd.Index(LEVELS, name="level"), model.names)
    correlation = pd.DataFrame(model.correlation, model.names, model.names)
    return quantiles.map(lambda x: float(f"{x:.5g}")), correlation.round(3)


def timbre_axes(tracks: pd.DataFrame, covariances: FloatArray) -> pd.DataFrame:
    """Computes Fisher's discriminant of MFCCs 1 to 12: variance between tracks over variance within them.

    Args:
        tracks: Rows of the catalogue.
        covariances: (n, 20, 20) MFCC covariance of each track's frames.

    Returns:
        (12, 5) the origin and four axes, as columns.
    """
    means = tracks[[f"mfcc_{k}" for k in range(1, 13)]].to_numpy(dtype=np.float64)
    root = np.linalg.inv(np.linalg.cholesky(covariances[:, 1:13, 1:13].mean(axis=0)))
    _, vectors = np.linalg.eigh(root @ np.cov(means.T) @ root.T)
    axes = root.T @ vectors[:, ::-1][:, :4]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), range(4)])
    names = ["origin", *(f"axis_{k}" for k in range(4))]
    return pd.DataFrame(np.column_stack([means.mean(axis=0), axes]), columns=names).round(6)


def main() -> None:
    """Writes the tables."""
    folder = source_folder(__file__)
    tracks = Catalog.load(folder / "demo.parquet").tracks
    quantiles, correlation = synthetic_model(tracks)
    quantiles.to_csv(folder / "synthetic_quantiles.csv")
    correlation.to_csv(folder / "synthetic_correlation.csv")
    if len(sys.argv) > 1:
        frames = pd.read_parquet(sys.argv[1]).set_index("id").loc[tracks["id"]]
        covariances = np.stack(frames["mfcc_cov"].to_list()).astype(np.float64).reshape(-1, 20, 20)
        timbre_axes(tracks, covariances).to_csv(folder / "timbre_axes.csv", index=False)


if __name__ == "__main__":
    main()

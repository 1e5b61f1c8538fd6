"""Derives the small tables in this folder from the demo catalogue; run after rebuilding it.

usage: python features/data/build_models.py [FRAMES_PARQUET]

Writes `synthetic_quantiles.csv` and `synthetic_correlation.csv`. With the frames file of the extraction,
it also writes `timbre_axes.csv`; then the catalogue must be extracted and built again.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from segue.features.arrays import FloatArray
from segue.features.catalog.catalog import Catalog
from segue.features.catalog.djmc_descriptors import COLUMNS as DJMC_COLUMNS
from segue.features.catalog.synthetic import relative_chroma
from segue.features.schema import LISTENING_FEATURES

HERE = Path(__file__).parent
_WINDOWED = ("loudness", "energy", "valence", "timbre_0", "timbre_1", "timbre_2", "timbre_3")
SYNTHETIC_COLUMNS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *LISTENING_FEATURES,
            *("duration", "lead_silence", "trail_silence"),
            *_WINDOWED,
            *(f"{window}_{name}" for window in ("intro", "outro") for name in _WINDOWED),
            *DJMC_COLUMNS,
        )
    )
)
_LEVELS = np.round(np.linspace(0, 1, 33), 5)


def synthetic_model(tracks: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Returns the quantiles of each column and the correlation matrix of their normal scores."""
    chroma = relative_chroma(tracks[[f"chroma_{k}" for k in range(12)]].to_numpy(), tracks["key"].to_numpy())
    frame = tracks[list(SYNTHETIC_COLUMNS)].copy()
    frame[[f"chroma_{k}" for k in range(12)]] = chroma
    for name in ("tempo_p10", "tempo_p90"):
        frame[name] /= frame["tempo"]
    for name in ("loudness_p10", "loudness_p90"):
        frame[name] -= frame["loudness"]
    frame = frame.dropna()
    scores = pd.DataFrame({name: norm.ppf((rankdata(frame[name]) - 0.5) / len(frame)) for name in frame})
    quantiles = frame.quantile(_LEVELS).rename_axis("level")
    return quantiles.map(lambda x: float(f"{x:.5g}")), scores.corr().round(3)


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
    tracks = Catalog.load(HERE / "demo.parquet").tracks
    quantiles, correlation = synthetic_model(tracks)
    quantiles.to_csv(HERE / "synthetic_quantiles.csv")
    correlation.to_csv(HERE / "synthetic_correlation.csv")
    if len(sys.argv) > 1:
        frames = pd.read_parquet(sys.argv[1]).set_index("id").loc[tracks["id"]]
        covariances = np.stack(frames["mfcc_cov"].to_list()).astype(np.float64).reshape(-1, 20, 20)
        timbre_axes(tracks, covariances).to_csv(HERE / "timbre_axes.csv", index=False)


if __name__ == "__main__":
    main()

"""The invertible scaler that maps raw features to percentiles; it is stored in the catalogue file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from segue.features.arrays import Float32Array, FloatArray

MAX_KNOTS = 33


@dataclass(frozen=True)
class QuantileScaler:
    """Maps each feature piecewise linearly onto [0, 1] so that its values become nearly uniform.

    Values outside the fitted range are clipped; inside it, `inverse` undoes `transform`.

    Attributes:
        names: Feature names, one per column.
        knots: Raw values at the knots of each feature, strictly increasing.
        levels: Scaled values at the knots of each feature, strictly increasing from 0 to 1.
    """

    names: tuple[str, ...]
    knots: tuple[FloatArray, ...]
    levels: tuple[FloatArray, ...]

    @classmethod
    def fit(cls, values: ArrayLike, names: Sequence[str]) -> "QuantileScaler":
        """Fits one map per column.

        Args:
            values: (n, F) raw values; non-finite ones are ignored.
            names: F feature names.
        """
        columns = np.asarray(values, dtype=np.float64).reshape(-1, len(names)).T
        fitted = [_fit_column(column) for column in columns]
        return cls(tuple(names), tuple(k for k, _ in fitted), tuple(s for _, s in fitted))

    def transform(self, values: ArrayLike) -> Float32Array:
        """Maps raw values (…, F) to [0, 1]; NaN becomes 0.5."""
        return self._apply(values, self.knots, self.levels, nan_to_half=True).astype(np.float32)

    def inverse(self, scaled: ArrayLike) -> FloatArray:
        """Maps values in [0, 1] of shape (…, F) back to raw values."""
        return self._apply(scaled, self.levels, self.knots, nan_to_half=False)

    def _apply(
        self,
        values: ArrayLike,
        x: tuple[FloatArray, ...],
        y: tuple[FloatArray, ...],
        *,
        nan_to_half: bool,
    ) -> FloatArray:
        raw = np.asarray(values, dtype=np.float64)
        if raw.shape[-1:] != (len(self.names),):
            raise ValueError(f"expected {len(self.names)} features in the last axis, got shape {raw.shape}")
        out = np.empty_like(raw)
        for f in range(len(self.names)):
            out[..., f] = np.interp(raw[..., f], x[f], y[f])
        return np.where(np.isnan(raw), 0.5, out) if nan_to_half else out

    def as_dict(self) -> dict[str, Any]:
        """Returns the knots and levels of each feature as JSON values."""
        return {
            name: {"knots": k.tolist(), "levels": s.tolist()}
            for name, k, s in zip(self.names, self.knots, self.levels, strict=True)
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Mapping[str, Sequence[float]]]) -> "QuantileScaler":
        """Rebuilds a scaler from the output of `as_dict`."""
        return cls(
            tuple(stored),
            tuple(np.asarray(entry["knots"], dtype=np.float64) for entry in stored.values()),
            tuple(np.asarray(entry["levels"], dtype=np.float64) for entry in stored.values()),
        )


def _fit_column(column: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Returns the knots and levels of one feature."""
    finite = np.sort(column[np.isfinite(column)])
    if len(finite) == 0:
        return np.array([0.0, 1.0]), np.array([0.0, 1.0])
    if finite[0] == finite[-1]:
        return finite[0] + np.array([-0.5, 0.5]), np.array([0.0, 1.0])
    levels = np.linspace(0, 1, MAX_KNOTS)
    knots, start = np.unique(np.quantile(finite, levels), return_index=True)
    # Equal values share one knot, at the middle of the percentiles they cover.
    end = np.append(start[1:], MAX_KNOTS) - 1
    scaled = (levels[start] + levels[end]) / 2
    scaled[0], scaled[-1] = 0.0, 1.0
    return knots, scaled

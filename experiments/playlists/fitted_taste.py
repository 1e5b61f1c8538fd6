"""The taste of one listener of a log, as `segue fit` has estimated it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segue.features import Catalog
from segue.features.arrays import FloatArray
from segue.features.errors import UserError, excerpt, unknown_name
from segue.features.existing_files import is_yaml

_PREFIX = "taste."


def fitted_taste(catalog: Catalog, listener: Any, name: str) -> FloatArray:
    """Reads what a fit says of one listener.

    Args:
        catalog: The catalogue.
        listener: The file of the fitted preset, `mine.yaml`; the listeners are in `mine.listeners.parquet`.
        name: The listener's name in the log.

    Returns:
        The posterior mean of the listener's taste for every feature of the catalogue, (F,); 0 for a feature
        that the fit did not know.

    Raises:
        UserError: There is no such file or listener, or the fit found no tastes.
    """
    if not isinstance(listener, str | Path) or not is_yaml(listener):
        raise UserError(
            "--for names a listener of a log: give the fitted preset too, as --listener mine.yaml."
        )
    path = Path(listener).with_suffix(".listeners.parquet")
    if not path.is_file():
        raise UserError(
            f"There is no {path}, which --for {excerpt(name)} needs; segue fit writes it beside the preset."
        )
    try:
        listeners = pd.read_parquet(path)
        row = listeners.loc[listeners["listener"].astype(str) == name]
    except (KeyError, OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as listeners of a fit; run segue fit again.") from error
    if not any(str(column).startswith(_PREFIX) for column in listeners):
        raise UserError(f"The fit of {listener} found no tastes: leave out --for {excerpt(name)}.")
    if row.empty:
        raise unknown_name("listener", name, listeners["listener"].astype(str))
    columns = [f"{_PREFIX}{feature}" for feature in catalog.feature_names]
    return row.reindex(columns=columns).iloc[0].fillna(0.0).to_numpy(np.float64)

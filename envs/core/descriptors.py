"""Features of the candidates: the listening features, or the descriptors of DJ-MC."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np

from segue.envs.listener.percentiles import percentiles
from segue.features import Catalog
from segue.features.catalog.djmc_descriptors import COLUMNS
from segue.features.errors import unknown_name


def with_descriptors(catalog: Catalog, features: str) -> Catalog:
    """Returns the catalogue with the features that agents and terms see.

    Args:
        catalog: All tracks.
        features: `"listening"`: unchanged; `"djmc"`: with the percentiles of DJ-MC's 34 descriptors in
            place of the listening features, counted among the tracks that the catalogue is fitted to.

    Raises:
        UserError: If the name is unknown, or the catalogue lacks the descriptors.
    """
    if features not in ("listening", "djmc"):
        raise unknown_name("set of candidate features", str(features), ("listening", "djmc"))
    return catalog if features == "listening" else _with_djmc_descriptors(catalog)


@lru_cache(maxsize=8)
def _with_djmc_descriptors(catalog: Catalog) -> Catalog:
    matrix = percentiles(catalog.djmc_descriptors(), catalog.djmc_corpus()).astype(np.float32)
    home = None if catalog.cluster_reference is None else _with_djmc_descriptors(catalog.cluster_reference)
    return dataclasses.replace(catalog, matrix=matrix, feature_names=COLUMNS, cluster_reference=home)

"""Warnings about the catalogues of a study."""

from __future__ import annotations

from collections.abc import Mapping

from segue.features import Catalog


def catalog_notes(catalogs: Mapping[str, Catalog]) -> list[str]:
    """Returns a sentence for each different catalogue that lacks features of listeners or transitions.

    Args:
        catalogs: The catalogue of each environment, by its label.
    """
    lacking = {catalog.name: catalog.lacking for catalog in catalogs.values()}
    return [
        f"Catalogue {name!r} lacks {', '.join(features)}: listeners and transitions cannot depend on these."
        for name, features in lacking.items()
        if features
    ]

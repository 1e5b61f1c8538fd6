"""Loaders for track tables of other programs and data sets."""

from segue.features.loaders.convert import FORMATS, Conversion, convert_catalog

__all__ = ["FORMATS", "Conversion", "convert_catalog"]

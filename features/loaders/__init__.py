"""Reading catalogues that other programs wrote."""

from segue.features.loaders.convert import FORMATS, Conversion, convert_catalog

__all__ = ["FORMATS", "Conversion", "convert_catalog"]

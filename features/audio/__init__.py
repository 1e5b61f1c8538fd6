"""Audio analysis: decoding, the shared transforms, and one module per family of descriptors."""

from segue.features.numba_cache import ensure_numba_cache

ensure_numba_cache()

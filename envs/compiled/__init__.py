"""The loops of the batched core, compiled by numba.

Every term also has a plain NumPy form, the reference that these loops are tested against. Custom terms run in
their NumPy form.
"""

from segue.features.numba_cache import ensure_numba_cache

ensure_numba_cache()

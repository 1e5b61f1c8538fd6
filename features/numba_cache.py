"""Where compiled code is kept: in a temporary folder if neither the installation nor the home is writable."""

from __future__ import annotations

import atexit
import logging
import shutil
import tempfile
from functools import cache

import numba


def _nothing() -> None:
    """A function to try the cache with."""


@cache
def ensure_numba_cache() -> None:
    """Lets numba find a place for its cache; without one it refuses even to define a cached function."""
    try:
        numba.njit(cache=True)(_nothing)
    except RuntimeError:
        folder = tempfile.mkdtemp(prefix="segue-numba-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        # numba reads the setting from here; its stubs do not list it.
        setattr(numba.config, "CACHE_DIR", folder)  # noqa: B010
        logging.getLogger("segue").warning(
            "segue compiles again in every process: neither its folder nor your home can be written to "
            "(NUMBA_CACHE_DIR names another place)."
        )

"""The key of compiled code in numba's cache on disk, so that stale code is never used."""

import hashlib
from functools import cache
from pathlib import Path

import segue.features.catalog.boundary_features
import segue.features.catalog.transitions

_MODULES = (segue.features.catalog.boundary_features, segue.features.catalog.transitions)


@cache
def cache_key() -> str:
    """Hashes all source files of the compiled loops.

    numba's cache checks only the file of the cached function, not the files of the functions that it calls.
    It does check closures, so each cached loop closes over this key.
    """
    envs = Path(__file__).parents[1]
    folders = (envs / "compiled", envs / "listener")
    files = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    files += [Path(module.__file__ or "") for module in _MODULES]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]

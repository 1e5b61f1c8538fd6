"""The key under which compiled code is kept on disk, so that it is never older than its sources."""

import hashlib
from functools import cache
from pathlib import Path

import segue.features.catalog.boundary_features
import segue.features.catalog.transitions

_MODULES = (segue.features.catalog.boundary_features, segue.features.catalog.transitions)


@cache
def cache_key() -> str:
    """Hashes every source that the compiled loops are made of.

    numba's cache on disk looks only at the file of the function it keeps, not at the functions that one
    calls in other files. It does look at closures, so each kept loop closes over this key.
    """
    envs = Path(__file__).parents[1]
    folders = (envs / "compiled", envs / "listener", envs / "listener" / "terms")
    files = [path for folder in folders for path in sorted(folder.glob("*.py"))]
    files += [Path(module.__file__ or "") for module in _MODULES]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]

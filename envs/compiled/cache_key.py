"""Compiled code that is kept on disk, and never older than its sources."""

import hashlib
from functools import cache
from pathlib import Path

import segue.features.catalog.boundary_features
import segue.features.catalog.transitions


@cache
def cache_key() -> str:
    """Hashes every source that the compiled loops are made of.

    numba's cache on disk looks only at the file of the function it keeps, not at the functions that one
    calls in other files. It does look at closures, so each kept loop closes over this digest.
    """
    loops = sorted(Path(__file__).parent.glob("*.py"))
    foreign = [
        Path(module.__file__ or "")
        for module in (segue.features.catalog.boundary_features, segue.features.catalog.transitions)
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in (*loops, *foreign))).hexdigest()[:16]

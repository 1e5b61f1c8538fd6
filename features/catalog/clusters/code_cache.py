"""Cluster codes kept between processes: importing scikit-learn takes longer than clustering a catalogue.

They are in the user's cache folder, one file per clustering: a checksum and the codes. Without a folder that
can be written to, they are computed anew.
"""

import contextlib
import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path

from segue.features.arrays import Float32Array, Int32Array


def remembered_codes(
    matrix: Float32Array, recipe: str, k: int, compute: Callable[[], Int32Array]
) -> Int32Array:
    """Returns cluster codes that an earlier call with the same arguments computed, or computes them.

    Args:
        matrix: (n, F) rows that are clustered.
        recipe: Everything else that the codes depend on, versions of libraries included.
        k: Number of clusters.
        compute: Returns the codes (n,), 0..k-1.
    """
    described = f"{recipe} k={k} {matrix.shape} {matrix.dtype.str}".encode()
    key = hashlib.blake2b(described + matrix.tobytes(), digest_size=16).hexdigest()
    file = user_cache_path("segue", appauthor=False) / "clusters" / key
    stored = np.min_scalar_type(k - 1)
    content = _intact(file)
    if content is None or len(content) != len(matrix) * stored.itemsize:
        codes = compute()
        _write(file, codes.astype(stored).tobytes())
        return codes
    return np.frombuffer(content, stored).astype(np.int32)


def _intact(file: Path) -> bytes | None:
    """Reads the codes of a file; None if it is missing or damaged."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    checksum, codes = content[:16], content[16:]
    return codes if checksum == _checksum(codes) else None


def _write(file: Path, codes: bytes) -> None:
    """Writes codes, if possible; other processes see all of the file or nothing."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".partial-", delete=False) as stream:
            partial = Path(stream.name)
            try:
                stream.write(_checksum(codes) + codes)
                stream.close()
                partial.replace(file)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise


def _checksum(codes: bytes) -> bytes:
    return hashlib.blake2b(codes, digest_size=16).digest()

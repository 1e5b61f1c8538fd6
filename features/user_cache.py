"""Small results kept between processes in the user's cache folder.

They only save time: a damaged file counts as missing, and where no folder can be written to, nothing is kept.
Each file holds a checksum and the content.
"""

import contextlib
import hashlib
import tempfile
from pathlib import Path

from platformdirs import user_cache_path


def recall(kind: str, key: bytes) -> bytes | None:
    """Reads what `remember` has stored; None if it is missing or damaged.

    Args:
        kind: Name of a folder in the cache.
        key: Everything that the content depends on, of any length.
    """
    try:
        stored = _file(kind, key).read_bytes()
    except OSError:
        return None
    checksum, content = stored[:16], stored[16:]
    return content if checksum == _hash(content) else None


def remember(kind: str, key: bytes, content: bytes) -> None:
    """Stores a content, if possible; other processes see all of it or nothing.

    Args:
        kind: Name of a folder in the cache.
        key: Everything that the content depends on, of any length.
        content: What to store.
    """
    file = _file(kind, key)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".partial-", delete=False) as stream:
            partial = Path(stream.name)
            try:
                stream.write(_hash(content) + content)
                stream.close()
                partial.replace(file)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise


def _file(kind: str, key: bytes) -> Path:
    return user_cache_path("segue", appauthor=False) / kind / _hash(key).hex()


def _hash(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()

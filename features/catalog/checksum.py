"""The checksum of a catalogue file: a hash of all that is read from it."""

import hashlib
import json
from typing import Any

import pandas as pd


def content_checksum(tracks: pd.DataFrame, header: dict[str, Any]) -> str:
    """Hashes a track table and the header of its file, apart from a checksum in the header.

    The hash depends on the values, not on how a version of pandas or Parquet stores them.

    Args:
        tracks: The table as it is read from the file.
        header: JSON values.
    """
    digest = hashlib.blake2b(digest_size=16)
    described = {name: value for name, value in header.items() if name != "checksum"}
    digest.update(json.dumps(described, sort_keys=True).encode())
    for name in tracks.columns:
        column = tracks[name]
        digest.update(f"\x00{name}\x00{len(column)}\x00".encode("utf-8", "surrogatepass"))
        if wide := {"i": "int64", "u": "uint64", "f": "float64"}.get(column.dtype.kind):
            digest.update(column.to_numpy(dtype=wide).tobytes())
        else:
            known = column.notna().to_numpy()
            texts = [str(value) for value in column.to_numpy()[known]]
            digest.update(known.tobytes() + json.dumps(texts).encode())
    return digest.hexdigest()

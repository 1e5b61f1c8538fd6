"""JSON files: written without numbers that JSON lacks, read with errors in sentences."""

from __future__ import annotations

import json
from typing import Any

from segue.features.errors import UserError


def json_text(content: dict[str, Any]) -> str:
    """Returns the text of a JSON file."""
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def parse_tracks(content: bytes, kind: str, path: tuple[str, ...]) -> list[dict[str, Any]]:
    """Returns the tracks in a JSON file.

    Args:
        content: The bytes of the file.
        kind: The format, for messages.
        path: The keys that lead to the list of tracks.

    Raises:
        UserError: It is not JSON, or has no such list of objects.
    """
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UserError(f"The {kind} file is not JSON ({error}); write it again.") from error
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list) or not all(isinstance(track, dict) for track in found):
        raise UserError(
            f"The file is JSON but not {kind}: it has no list of tracks under {'.'.join(path)!r}; "
            f"give a {kind} file."
        )
    return found

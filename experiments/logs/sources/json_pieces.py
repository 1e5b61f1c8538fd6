"""JSON arrays and JSON lines of any size, read a batch of objects at a time."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from segue.experiments.logs.counts import Counts
from segue.experiments.logs.reading import ROWS
from segue.experiments.logs.sources.beginning import Beginning
from segue.experiments.logs.sources.log_files import OnBytes
from segue.features.errors import UserError

_CHUNK = 1 << 20
_LONGEST = 4_000_000  # characters of one object
_SPACE = re.compile(r"[\s,]*")


def json_objects(
    beginning: Beginning, counts: Counts, on_bytes: OnBytes | None
) -> Iterator[list[dict[str, Any]]]:
    """Yields batches of the objects of a file, an array of objects or one object per line.

    Args:
        beginning: The beginning of the file.
        counts: Where lines that are not objects are counted.
        on_bytes: Called with the number of bytes whenever some were read.

    Raises:
        UserError: The file is cut or damaged, or is not UTF-8.
    """
    with beginning.file.open(on_bytes) as stream:
        # An array of entries has one form only, so what is wrong in it is damage; a line stands for itself.
        text = io.TextIOWrapper(stream, encoding=beginning.encoding)
        entries = _array(text, beginning) if beginning.is_array else _lines(text, beginning)
        try:
            while batch := list(islice(entries, ROWS)):
                objects = [entry for entry in batch if isinstance(entry, dict)]
                counts.read += len(batch)
                if len(objects) < len(batch):
                    counts.left_out["entries that are not JSON objects"] += len(batch) - len(objects)
                yield objects
        except UnicodeDecodeError as error:
            raise UserError(f"'{beginning.file}' is not UTF-8 text; save it as UTF-8.") from error


def _array(text: io.TextIOWrapper, beginning: Beginning) -> Iterator[Any]:
    """Yields the elements of an array."""
    decode = json.JSONDecoder().raw_decode
    buffer, at = text.read(_CHUNK).lstrip().removeprefix("["), 0
    while True:
        at = _SPACE.match(buffer, at).end()  # type: ignore[union-attr]  # it matches nothing, too
        if buffer[at : at + 1] == "]":
            return
        try:
            entry, end = decode(buffer, at)
            complete = end < len(buffer)  # a number at the end may continue
        except (ValueError, RecursionError) as error:
            complete = False
            if len(buffer) - at > _LONGEST:
                raise _damaged(beginning) from error
        if complete:
            at = end
            yield entry
            continue
        more = text.read(_CHUNK)
        if not more:
            raise _damaged(beginning)
        buffer, at = buffer[at:] + more, 0


def _lines(text: io.TextIOWrapper, beginning: Beginning) -> Iterator[Any]:
    """Yields what each line holds, None for a line that is not JSON."""
    while line := text.readline(_LONGEST):
        if len(line) == _LONGEST:
            raise _damaged(beginning)
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            yield None


def _damaged(beginning: Beginning) -> UserError:
    return UserError(f"'{beginning.file}' is cut or damaged JSON; get a whole copy of it.")

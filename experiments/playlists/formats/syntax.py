"""XML and JSON: written so that every program reads them, read with errors in sentences."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from segue.features.errors import UserError


def xml_text(root: ElementTree.Element) -> str:
    """Returns the text of an XML file."""
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def parse_xml(content: bytes, kind: str, root_name: str) -> ElementTree.Element:
    """Parses an XML file.

    A document type is refused, since its entities can expand to any size; the formats read here have none.

    Args:
        content: The bytes of the file.
        kind: The format, for messages.
        root_name: Expected name of the root, without its namespace.

    Raises:
        UserError: It is not well-formed, has a document type or another root.
    """
    if b"<!DOCTYPE" in content.upper() or b"<!ENTITY" in content.upper():
        raise UserError(f"The {kind} file has a document type, which is not read; remove it.")
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise UserError(
            f"The {kind} file is not well-formed XML ({error}); write it again with the program that made it."
        ) from error
    if root.tag.rpartition("}")[2] != root_name:
        raise UserError(
            f"The file is XML but not {kind}: its root is {root.tag!r}, not {root_name!r}; "
            f"give a {kind} file."
        )
    return root


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

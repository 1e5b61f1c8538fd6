"""XML files: written with declaration and indentation, read without anything that lies elsewhere."""

from __future__ import annotations

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

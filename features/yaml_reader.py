"""Reads YAML that people write: the scalars of YAML 1.2, and limits that hold before anything is built.

YAML 1.1, which PyYAML reads, takes `020` for 16, `1:20` for 80, `no` for false and `1e-3` for text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from segue.features.errors import UserError, excerpt
from segue.features.existing_files import is_file, what_else

MAX_CHARACTERS = 200_000
"""Longest text that is read; the parser takes a few seconds for it."""
MAX_DEPTH = 40
"""Deepest nesting of lists and mappings."""
MAX_VALUES = 50_000
"""Most values, those behind each alias counted wherever it stands."""
MAX_DIGITS = 300
"""Longest number."""

_TAG = "tag:yaml.org,2002:"
_WHOLE = r"[-+]?[0-9][0-9_]*|0o[0-7]+|0x[0-9a-fA-F]+"
_FLOAT = (
    r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_AMBIGUOUS = re.compile("(?i:yes|no|on|off)")
"""Booleans of YAML 1.1 that are text in YAML 1.2."""


@dataclass(frozen=True)
class YamlDocument:
    """A YAML text as parsed.

    Attributes:
        data: Mappings, lists, text, numbers, booleans and None; the keys of mappings are text.
        root: The nodes, which record their lines; None for an empty text.
    """

    data: Any
    root: yaml.Node | None


class _Resolver(yaml.resolver.BaseResolver):
    """Finds the type of a plain scalar as the core schema of YAML 1.2 does; underscores divide digits."""


for _tag, _pattern, _first in (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", _WHOLE, "-+0123456789"),
    ("float", _FLOAT, "-+.0123456789"),
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", "<<", "<"),
):
    _Resolver.add_implicit_resolver(_TAG + _tag, re.compile(f"(?:{_pattern})$"), list(_first))


class _Loader(
    yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer, _Resolver
):
    """Composes the nodes of a text while counting them."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)
        yaml.composer.Composer.__init__(self)
        _Resolver.__init__(self)
        self.depth = 0
        self.values: dict[int, int] = {}

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Composes a node and all below it, unless it is too deep, too large or an alias to itself."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1 if event.start_mark else 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _LimitError(line, f"lists and mappings are nested more than {MAX_DEPTH} deep; flatten them")
        node = super().compose_node(parent, index)
        if isinstance(event, yaml.AliasEvent) and id(node) not in self.values:
            raise _LimitError(line, f"*{event.anchor} stands inside what it refers to; remove this alias")
        if node is not None:
            count = 1 + sum(self.values[id(child)] for child in _children(node))
            if count > MAX_VALUES:
                raise _LimitError(
                    line, f"there are more than {MAX_VALUES:,} values; use fewer or shorter lists"
                )
            self.values[id(node)] = count
        self.depth -= 1
        return node


class _Dumper(yaml.SafeDumper):
    """Quotes all text that YAML 1.1 or 1.2 would read as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        """Writes every value out."""
        return True


for _letter, _resolvers in _Resolver.yaml_implicit_resolvers.items():
    for _tag, _pattern in _resolvers:
        _Dumper.add_implicit_resolver(_tag, _pattern, [_letter])


class _LimitError(Exception):
    """A text that is not built; the arguments are its line and the reason."""


def read_yaml(file: Path, subject: str) -> YamlDocument:
    """Reads a YAML file.

    Args:
        file: A regular file.
        subject: Subject of the error messages, such as `"Environment file me.yaml"`.

    Raises:
        UserError: The file cannot be read; or see `parse_yaml`.
    """
    return parse_yaml(read_text(file, subject), subject)


def read_text(file: Path, subject: str) -> str:
    """Reads a text file that is not too long.

    Raises:
        UserError: It is not a text file, is too long, or cannot be read.
    """
    if not is_file(file):
        other = what_else(file)
        raise UserError(f"{subject}: {f'it {other}' if other else 'no such file'}; check the path.")
    try:
        with file.open("rb") as stream:
            raw = stream.read(4 * MAX_CHARACTERS + 1)
    except OSError as error:
        raise UserError(f"{subject} cannot be read: {error.strerror}.") from None
    if len(raw) > 4 * MAX_CHARACTERS:
        raise _too_long(subject)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{subject} is not UTF-8 text; save it as UTF-8.") from None


def parse_yaml(text: str, subject: str) -> YamlDocument:
    """Parses a YAML text.

    Args:
        text: One document, at most `MAX_CHARACTERS` long.
        subject: Subject of the error messages.

    Raises:
        UserError: It is not YAML, is too long, too deep or too large, repeats a key, has an alias to itself,
            or a type that settings do not have.
    """
    if len(text) > MAX_CHARACTERS:
        raise _too_long(subject)
    try:
        root = _Loader(text).get_single_node()
        return YamlDocument(None if root is None else _value(root), root)
    except _LimitError as error:
        line, reason = error.args
        raise UserError(f"{subject}, line {line}: {reason}.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{subject}, line {line}: this is not YAML ({excerpt(error.problem)}).") from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise UserError(
            f"{subject}, line {line}: this is not YAML (character {error.character:#x} is not allowed)."
        ) from None


def dump_yaml(data: Any) -> str:
    """Writes data so that `parse_yaml` reads it again."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def _too_long(subject: str) -> UserError:
    return UserError(f"{subject} is longer than {MAX_CHARACTERS:,} characters; is it the right file?")


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    """Yields the nodes directly below a node."""
    if isinstance(node, yaml.MappingNode):
        for pair in node.value:
            yield from pair
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _value(node: yaml.Node) -> Any:
    """Builds the value of a node."""
    kind = node.tag.removeprefix(_TAG)
    if isinstance(node, yaml.MappingNode) and kind == "map":
        return _mapping(node)
    if isinstance(node, yaml.SequenceNode) and kind == "seq":
        return [_value(child) for child in node.value]
    if isinstance(node, yaml.ScalarNode) and kind in ("str", "int", "float", "bool", "null"):
        return _scalar(node, kind)
    tag = node.tag.replace(_TAG, "!!")
    raise _LimitError(_line(node), f"`{excerpt(tag)}` is not a type of settings; remove it")


def _mapping(node: yaml.MappingNode) -> dict[str, Any]:
    """Builds a mapping; its own keys override those that `<<` merges, and the first of these the others."""
    own: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key, child in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _LimitError(_line(key), "the key of a mapping must be text; write a word before the colon")
        if key.tag == f"{_TAG}merge":
            value = _value(child)
            for part in value if isinstance(value, list) else [value]:
                if not isinstance(part, dict):
                    raise _LimitError(_line(key), "`<<` merges mappings only; name the anchor of one")
                merged = {**part, **merged}
            continue
        if key.value in own:
            raise _LimitError(_line(key), f"the key `{excerpt(key.value)}` occurs twice; remove one")
        own[key.value] = _value(child)
    return {**merged, **own}


def _scalar(node: yaml.ScalarNode, kind: str) -> Any:
    """Builds text, a number, a boolean or None."""
    text: str = node.value
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "str":
        if node.style is None and _AMBIGUOUS.fullmatch(text):
            meant = "true" if text.lower() in ("yes", "on") else "false"
            raise _LimitError(_line(node), f"`{text}` is ambiguous; write {meant}, or '{text}' with quotes")
        return text
    if len(text) > MAX_DIGITS:
        raise _LimitError(_line(node), f"a number has more than {MAX_DIGITS} digits; shorten it")
    digits = text.replace("_", "")
    try:
        if kind == "float":
            return float(re.sub(r"\.(?=inf|nan)", "", digits.lower()))
        return int(digits, {"0o": 8, "0x": 16}.get(digits[:2], 10))
    except ValueError:
        raise _LimitError(_line(node), f"`{excerpt(text)}` is not a number") from None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1

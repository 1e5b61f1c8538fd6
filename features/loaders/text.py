"""Repair of wrongly encoded and wrongly exported text."""

import ast
import re
import warnings

_ESCAPE = re.compile(r"<U\+([0-9A-Fa-f]{4,8})>")
# UTF-8 read as Latin-1 shows one of these before a character that is rare in words.
_MOJIBAKE = re.compile(r"[ÂÃâãäåæçðÐÑØÙ][\u0080-\u00bf\u0152-\u0178\u02c6\u02dc\u2013-\u2122\u20ac]")
_WINDOWS_1252 = re.compile(r"[\x80-\x9f]")
_NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def repair_text(text: str) -> str:
    """Repairs wrong decoding, escapes like `<U+1F525>`, and literals like `['A', 'B']` and `b'A'`.

    The result is one line without space at its ends; control characters become spaces.
    """
    if text[:2] in ("b'", 'b"', "['", '["'):
        text = _literal(text)
    if _MOJIBAKE.search(text):
        for encoding in ("cp1252", "latin-1"):
            try:
                text = text.encode(encoding).decode("utf-8")
                break
            except UnicodeError:
                continue
    text = _WINDOWS_1252.sub(_as_windows_1252, _ESCAPE.sub(_character, text))
    return _SURROGATE.sub("\ufffd", _NOT_IN_A_LINE.sub(" ", text)).strip()


def _character(escape: re.Match[str]) -> str:
    """Returns the character that an escape stands for; the escape itself if there is none."""
    code = int(escape[1], 16)
    return chr(code) if code <= 0x10FFFF else escape[0]


def _as_windows_1252(control: re.Match[str]) -> str:
    """Returns the character that Windows-1252 has in place of a control character of Latin-1."""
    return control[0].encode("latin-1").decode("cp1252", "replace")


def _literal(text: str) -> str:
    """Evaluates a Python literal of bytes or a list; any other text is returned unchanged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as that of "\d", which is not an escape
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "; ".join(map(str, value)) if isinstance(value, list) else text

"""Copyright holders and licences of files, from a Debian package's machine-readable copyright file."""

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePath

_YEARS = re.compile(r"^[\s(©c)]*(?:copyright|\(c\)|©)?[\s:]*(?:\d{4}[\d\s,–-]*)?,?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Credit:
    """A file's first copyright holder and the short name of its licence; empty if unknown."""

    holder: str
    licence: str


def read_credits(file: Path) -> list[tuple[list[str], Credit]]:
    """Returns the patterns and the credit of each `Files` paragraph, in order."""
    paragraphs = re.split(r"\n\s*\n", file.read_text(encoding="utf-8", errors="replace"))
    found = []
    for paragraph in paragraphs:
        fields = _fields(paragraph)
        licence = fields.get("license", "").partition("\n")[0].strip()
        if "files" in fields and licence:
            holders = [_holder(line) for line in fields.get("copyright", "").splitlines()]
            first = next((h for h in holders if h), "")
            found.append((fields["files"].split(), Credit(first, licence)))
    return found


def credit_of(path: PurePath, credits_of: list[tuple[list[str], Credit]]) -> Credit:
    """Finds the credit of an installed file; by Debian's policy, the last matching paragraph applies.

    Patterns are paths in the source package, which installs its files elsewhere: a pattern matches if its
    end matches the end of the path. Specific patterns take precedence over `*`.

    Args:
        path: Path of the file in the package.
        credits_of: As from `read_credits`.
    """
    chosen = Credit("", "")
    for patterns, credit in credits_of:
        if any(p in ("*", "./*") for p in patterns):
            chosen = credit if not chosen.licence else chosen
    for patterns, credit in credits_of:
        if any(_matches(path, pattern) for pattern in patterns):
            chosen = credit
    return chosen


def _matches(path: PurePath, pattern: str) -> bool:
    """Returns whether some end of a pattern matches some end of a path."""
    parts = PurePath(pattern.replace("\\", "")).parts
    # At least a folder and a name must match, or "debian/*" would match everything.
    if len(parts) < 2 or parts[0] == "debian":
        return False
    ends = ["/".join(path.parts[k:]) for k in range(len(path.parts) - 1)]
    return any(fnmatch(end, "/".join(parts[k:])) for k in range(len(parts) - 1) for end in ends)


def _holder(line: str) -> str:
    """Extracts the name from a copyright line."""
    name = re.split(r"<|\(|,\s|\s-\s|@", _YEARS.sub("", line.strip()))[0]
    return name.strip(" ,.;")


def _fields(paragraph: str) -> dict[str, str]:
    """Parses the fields of a paragraph; names in lower case."""
    fields: dict[str, str] = {}
    name = ""
    for line in paragraph.splitlines():
        if line[:1] not in (" ", "\t", "#") and ":" in line:
            name, _, value = line.partition(":")
            name = name.lower()
            fields[name] = value.strip()
        elif name:
            fields[name] += "\n" + line.strip()
    return fields

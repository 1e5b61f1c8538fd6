"""Tags guessed from the path of a file, for files that lack them."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from segue.features.extraction.tags import TEXT_TAGS, Tags, printable_line, track_number

_NUMBER = re.compile(r"^\s*(\d{1,3})(\s*[.)]\s+|\s*[.)](?=\D)|\s+-+\s+|\s*-\s*(?=\D)|\s+)(?=\S)")
_CLEAR = re.compile(r"\s*[.)]\s*|\s+-+\s+")
"""What follows the number of a track and seldom a number that belongs to a name."""

_NUMBERED_SHARE = 0.5
_FEW = 3


def numbered_folders(paths: Iterable[PurePath]) -> frozenset[PurePath]:
    """Returns the folders whose files are numbered: at least three, half of all, with different numbers.

    In them, `50 Cent - Title.mp3` is track 50; elsewhere it is by 50 Cent.
    """
    files: Counter[PurePath] = Counter()
    numbers: dict[PurePath, set[str]] = {}
    for path in paths:
        files[path.parent] += 1
        if match := _NUMBER.match(_stem(path)):
            numbers.setdefault(path.parent, set()).add(match[1])
    return frozenset(
        folder
        for folder, found in numbers.items()
        if len(found) >= max(_FEW, _NUMBERED_SHARE * files[folder])
    )


def tags_from_path(tags: Mapping[str, object], relative: PurePath, numbered: bool = False) -> Tags:
    """Guesses from the path the tags that a file lacks.

    Args:
        tags: Tags as from `read_tags`.
        relative: Path below the extracted folder.
        numbered: Whether the files of its folder are numbered, see `numbered_folders`.

    Returns:
        Only the tags to add.
    """
    guessed = guess_from_path(relative, numbered)
    added: Tags = {name: guessed[name] for name in TEXT_TAGS if not tags.get(name) and name in guessed}
    if tags.get("title"):
        # A guessed artist belongs to the guessed title, not to the tagged one.
        added.pop("artist", None)
    if tags.get("track") != tags.get("track") and "track" in guessed:
        added["track"] = track_number(guessed["track"])
    return added


def guess_from_path(relative: PurePath, numbered: bool = False) -> dict[str, str]:
    """Guesses tags from paths such as `Artist/Album/01 - Title.ext` or `Artist - Title.ext`.

    Args:
        relative: Path below the extracted folder.
        numbered: Whether a number at the start of the name is a track's in any case. Otherwise only one that
            has a zero in front, or at most two digits and a separator after it: `50 Cent`, `99 Luftballons`
            and `311 - Down` begin with names.
    """
    guessed: dict[str, str] = {}
    stem = _stem(relative)
    match = _NUMBER.match(stem)
    if match and (numbered or _is_track(match)):
        guessed["track"] = match[1]
        stem = stem[match.end() :]
    parts = [part.strip() for part in stem.split(" - ") if part.strip()]
    if len(parts) >= 2:
        guessed["artist"], guessed["title"] = parts[0], " - ".join(parts[1:])
    else:
        guessed["title"] = stem.strip(" -") or relative.stem
    if len(relative.parts) >= 3:
        guessed.setdefault("artist", relative.parts[-3])
    if len(relative.parts) >= 2:
        guessed["album"] = relative.parts[-2]
    return {name: printable_line(text) for name, text in guessed.items()}


def _stem(path: PurePath) -> str:
    """Returns the file name without its ending and underscores."""
    return path.stem.replace("_", " ").strip()


def _is_track(match: re.Match[str]) -> bool:
    """Returns whether a number at the start of a name is that of a track for certain."""
    digits, separator = match[1], match[2]
    return (len(digits) > 1 and digits[0] == "0") or (
        len(digits) <= 2 and _CLEAR.fullmatch(separator) is not None
    )

"""Tables with faults, as strangers send them: converting one must never shift a row or end in a traceback.

By hand, with many tables:

    python tests/fuzz/tables.py --tables 1000 --seed 0

The test suite checks some more with hypothesis, see `tests/features/loaders/test_fuzzed_tables.py`.
"""

import argparse
import math
import random
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from segue.features import Catalog, UserError
from segue.features.loaders import convert_catalog

COLUMNS = {
    "id": "Track URI",
    "title": "Track Name",
    "artist": "Artist Name(s)",
    "year": "Release Date",
    "duration": "Duration (ms)",
    "energy": "Energy",
    "key": "Key",
    "loudness": "Loudness",
    "mode": "Mode",
    "tempo": "Tempo",
}
"""Name in the file of each column, in order."""

ROWS = 12

STRANGE = (
    "", " ", "NA", "None", "nan", "inf", "-inf", "1e999", "-1", "0", "1e5", "12,5", "1.234,5", "1,234", "6/8",
    "0x10", "1_000", "\uff18", "<U+110000>", "<U+D800>", "['a', 'b']", "['" + "[" * 300, "b'\\xc3'", "=1+1",
    "Am", "8A", "13B", "1m", "C#/Db minor", "3:45", "1:02:03", "\x00", "\ufeff", "\u2028", "🔥", "Ã¼", "true",
    "a" * 5000, "9" * 400, "spotify:local:A:B:C:123", "\\\"", "2147483648", "-0.0", "+5", "5.", ".5", "١٢",
)  # fmt: skip

SEPARATORS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1")
LINE_ENDS = ("\n", "\r\n", "\r")
KINDS = ("cell", "separator", "no separator", "quote", "line end", "blank line", "letter", "join")
"""What an edit does: replaces a cell, inserts something into one, or removes what ends one."""


@dataclass(frozen=True)
class Edit:
    """One fault.

    Attributes:
        kind: One of `KINDS`.
        row: Row of the table, 0 for the header.
        column: Position of the column.
        offset: Position in the cell's text, modulo its length.
        text: What is inserted or put in place.
    """

    kind: str
    row: int
    column: int
    offset: int = 0
    text: str = ""


def original(row: int) -> dict[str, str]:
    """Returns the cells of a row, 1..ROWS; in no column do two rows have the same number or name."""
    return {
        "id": f"spotify:track:{row:06d}",
        "title": f"Title {row}",
        "artist": f"Artist {row}",
        "year": f"{1990 + row}-05-01",
        "duration": f"{200000 + 1000 * row}",
        "energy": f"0.{50 + row}",
        "key": f"{row % 12}",
        "loudness": f"-{5 + row}.5",
        "mode": f"{row % 2}",
        "tempo": f"{100 + row}.25",
    }


def expected(row: int) -> dict[str, str | float]:
    """Returns the values of a row in the catalogue."""
    numbers = {
        name: float(text) for name, text in original(row).items() if name in ("energy", "key", "loudness")
    }
    return {
        "id": f"{row:06d}",
        "title": f"Title {row}",
        "artist": f"Artist {row}",
        "year": 1990.0 + row,
        "duration": 200.0 + row,
        "mode": float(row % 2),
        "tempo": 100.25 + row,
        **numbers,
    }


def table(edits: list[Edit], separator: str, line_end: str, encoding: str) -> bytes:
    """Returns the bytes of the table with its faults; each row has one fault at most."""
    faults = {edit.row: edit for edit in edits}
    lines = [list(COLUMNS.values()), *(list(original(row).values()) for row in range(1, ROWS + 1))]
    text = "".join(_line(cells, faults.get(row), separator, line_end) for row, cells in enumerate(lines))
    return text.encode(encoding, "replace")


def _line(cells: list[str], edit: Edit | None, separator: str, line_end: str) -> str:
    """Returns one row as text, with its fault."""
    if edit is None:
        return separator.join(cells) + line_end
    column = edit.column % len(cells)
    cell = cells[column]
    at = edit.offset % (len(cell) + 1)
    inserted = {"separator": separator, "quote": '"', "line end": line_end, "letter": edit.text[:1]}
    if edit.kind in inserted:
        cells[column] = cell[:at] + inserted[edit.kind] + cell[at:]
    elif edit.kind == "cell":
        quoted = any(mark in edit.text for mark in (separator, '"', "\n", "\r"))
        cells[column] = '"' + edit.text.replace('"', '""') + '"' if quoted else edit.text
    elif edit.kind == "no separator" and column < len(cells) - 1:
        cells[column : column + 2] = [cells[column] + cells[column + 1]]
    blank = line_end if edit.kind == "blank line" else ""
    return blank + separator.join(cells) + ("" if edit.kind == "join" else line_end)


def check(edits: list[Edit], separator: str, line_end: str, encoding: str, folder: Path) -> str:
    """Converts a table with faults and checks the catalogue against what the table says.

    Returns:
        `"read"`, or `"refused"` if the conversion ended in a UserError.

    Raises:
        AssertionError: A row is shifted, a row without faults is missing, or a value is not that of its cell.
    """
    file = folder / "table.csv"
    file.write_bytes(table(edits, separator, line_end, encoding))
    try:
        conversion = convert_catalog(file)
        conversion.catalog.save(folder / "table.parquet")
    except UserError as error:
        if "\n" in str(error):
            raise AssertionError(f"not one sentence: {error}") from error
        return "refused"
    tracks = Catalog.load(folder / "table.parquet").tracks.set_index("id")
    faults = {edit.row: edit for edit in edits}
    joined = {edit.row + 1 for edit in edits if edit.kind == "join"}
    names = list(COLUMNS)
    header = faults.get(0)
    renamed = {names[header.column % len(names)]} if header else set()
    if not {"id"} & renamed:
        whole = {expected(row)["id"] for row in range(1, ROWS + 1) if row not in faults and row not in joined}
        assert whole <= set(tracks.index), f"missing: {sorted(whole - set(tracks.index))}"
    for row in range(1, ROWS + 1):
        if expected(row)["id"] in tracks.index:
            fault = faults.get(row)
            excused = renamed | ({names[fault.column % len(names)]} if fault else set())
            if fault and fault.kind == "join":
                excused |= {names[-1]}  # which may end with the beginning of the next row
            if "key" in excused and fault:
                excused |= {"mode"}  # a key such as Am states the mode
            _compare(tracks.loc[expected(row)["id"]], expected(row), excused)
    return "read"


def _compare(found: "object", right: dict[str, str | float], excused: set[str]) -> None:
    """Asserts that a track has the right values, apart from columns with a fault."""
    for name, value in right.items():
        if name == "id" or name in excused:
            continue
        got = found.get(name)  # type: ignore[attr-defined]
        same = math.isclose(got, value) if isinstance(value, float) else got == value
        assert same, f"{name} of {right['id']} is {got!r}, not {value!r}"


def random_edits(rng: random.Random) -> list[Edit]:
    """Draws faults in different rows, in the header less often."""
    rows = rng.sample(range(1, ROWS + 1), rng.choice((1, 1, 2, 3, 5)))
    if rng.random() < 0.15:
        rows = [0, *rows]
    return [
        Edit(rng.choice(KINDS), row, rng.randrange(len(COLUMNS)), rng.randrange(30), rng.choice(STRANGE))
        for row in rows
    ]


def main() -> None:
    """Checks many tables and prints how many of them were read."""
    parser = argparse.ArgumentParser(description="Converts tables with faults.")
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.tables):
            rng = random.Random(1_000_003 * arguments.seed + number)
            edits = random_edits(rng)
            form = rng.choice(SEPARATORS), rng.choice(LINE_ENDS), rng.choice(ENCODINGS)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    outcomes[check(edits, *form, Path(folder))] += 1
            except Exception as error:
                outcomes["faulty"] += 1
                print(f"table {number} ({form}, {edits}): {type(error).__name__}: {error}")
    print(f"{arguments.tables} tables: {dict(outcomes)}")
    raise SystemExit(bool(outcomes["faulty"]))


if __name__ == "__main__":
    main()

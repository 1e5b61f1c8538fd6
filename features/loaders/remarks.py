"""The log of a conversion: what was changed or left out, and on which lines of the file."""

from collections.abc import Sequence

from segue.features.arrays import BoolArray, Int64Array

_MOST_LINES = 50


class Remarks:
    """Collects sentences about a table.

    Args:
        lines: (n,) line number in the file of each row of the table, 0 for a row that is not in the file.
    """

    def __init__(self, lines: Int64Array) -> None:
        self.sentences: list[str] = []
        self._lines = lines

    def add(self, text: str, rows: BoolArray | None = None) -> None:
        """Adds a sentence, unless it is about rows and none is marked.

        Args:
            text: The sentence.
            rows: (n,) the rows concerned; None if it is about the whole table.
        """
        if rows is None:
            self.sentences.append(text)
        elif rows.any():
            self.add_lines(text, self._lines[rows].tolist())

    def add_lines(self, text: str, lines: Sequence[int]) -> None:
        """Adds a sentence about some lines of the file."""
        numbers = [str(line) for line in lines if line]
        listed = ", ".join(numbers[:_MOST_LINES]) + (", …" if len(numbers) > _MOST_LINES else "")
        count = f"{len(lines)} row{'s' if len(lines) > 1 else ''}"
        self.sentences.append(f"{text}: {count}" + (f" ({listed})" if listed else ""))

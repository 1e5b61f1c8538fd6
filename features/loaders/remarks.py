"""The log of a conversion: what was changed or left out, and on which lines of the file."""

from collections.abc import Sequence

from segue.features.arrays import BoolArray, Int64Array

_MOST_LINES = 50


class Remarks:
    """Collects sentences about a table.

    Args:
        lines: (n,) line number in the file of each row of the table, 0 for a row that is not in the file.
        unit: What the numbers count, `"line"`, or `"row"` in a file without lines.
    """

    def __init__(self, lines: Int64Array, unit: str = "line") -> None:
        self.sentences: list[str] = []
        self._lines, self._unit = lines, unit

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
        where = f" ({_counted(self._unit, len(numbers))} {listed})" if numbers else ""
        self.sentences.append(f"{text}: {len(lines)} {_counted('row', len(lines))}{where}")


def _counted(noun: str, count: int) -> str:
    """Returns a noun in the singular or the plural."""
    return noun if count == 1 else f"{noun}s"

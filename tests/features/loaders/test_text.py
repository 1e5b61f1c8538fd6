"""Repair of wrongly encoded text."""

import pytest

from segue.features.loaders.text import repair_text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("['A', 'B']", "A; B"),
        ("b'A'", "A"),
        (None, ""),
        (float("nan"), ""),
        ("RomÃ¡ntico", "Romántico"),
        ("Ärger", "Ärger"),
    ],
)
def test_text_is_repaired(given, expected):
    assert repair_text(given) == expected

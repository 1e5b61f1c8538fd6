"""Repair of wrongly encoded text."""

import pytest

from segue.features.loaders.text import repair_text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("['A', 'B']", "A; B"),
        ("b'A'", "A"),
        ("  ", ""),
        ("None", "None"),
        ("Two\r\nLines", "Two Lines"),
        ("<U+110000> <U+D800>", "<U+110000> \ufffd"),
        (r"['a\d', 'b']", r"a\d; b"),
        ("['" + "[" * 5000, "['" + "[" * 5000),
        ("RomÃ¡ntico", "Romántico"),
        ("Jacob\x92s", "Jacob\u2019s"),
        ("Ärger", "Ärger"),
    ],
)
def test_text_is_repaired(given, expected):
    assert repair_text(given) == expected

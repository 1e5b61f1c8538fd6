"""YAML that people write: the values of YAML 1.2, limits, and errors with their lines."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.features.errors import UserError
from segue.features.yaml_reader import MAX_CHARACTERS, dump_yaml, parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("020", 20),
        ("0x1F", 31),
        ("0o17", 15),
        ("40_000", 40000),
        ("1:20", "1:20"),
        ("2026-01-02", "2026-01-02"),
        ("1e-3", 0.001),
        ("-.inf", float("-inf")),
        ("'no'", "no"),
        ("true", True),
        ("", None),
        ("~", None),
        ("a no b", "a no b"),
    ],
)
def test_values_are_those_of_yaml_1_2(written, value):
    read = parse_yaml(f"key: {written}", "x").data["key"]
    assert read == value
    assert type(read) is type(value)


def test_keys_are_text():
    assert parse_yaml("{1: a, no: b, 020: c}", "x").data == {"1": "a", "no": "b", "020": "c"}


def test_merges_keep_own_keys_and_prefer_the_first_mapping():
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], z: 3}"
    assert parse_yaml(text, "x").data["c"] == {"x": 1, "y": 1, "z": 3}


LAUGHS = "\n".join(
    ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    + [
        f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ok: 1\na: &a [1, *a]", "x, line 2: *a stands inside what it refers to"),
        ("a: &a {b: {c: *a}}", "*a stands inside what it refers to"),
        ("[" * 100_000, "x, line 1: lists and mappings are nested more than 40 deep"),
        (LAUGHS, "more than 50,000 values"),
        ("a" * (MAX_CHARACTERS + 1), "longer than 200,000 characters"),
        ("a: 1\nb: on", "x, line 2: `on` is ambiguous; write true, or 'on' with quotes."),
        ("a: 1\n\na: 2", "x, line 3: the key `a` occurs twice"),
        (f"a: {'9' * 5000}", "more than 300 digits"),
        (
            "a: !!python/object/apply:os.system [x]",
            "`!!python/object/apply:os.system` is not a type of settings",
        ),
        ("? [a]\n: b", "the key of a mapping must be text"),
        ("a: [1", "this is not YAML"),
        ("a: *b", "found undefined alias 'b'"),
        ("a: b\n\x07", "line 2: this is not YAML (character 0x7 is not allowed)"),
        ("--- 1\n--- 2", "this is not YAML"),
    ],
)
def test_a_wrong_text_is_refused_in_one_short_line(text, expected):
    with pytest.raises(UserError) as caught:
        parse_yaml(text, "x")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc <&*:'#-", max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_written_is_read_again(value):
    assert parse_yaml(dump_yaml({"key": value}), "x").data == {"key": value}


def test_only_regular_text_files_are_read(tmp_path):
    (tmp_path / "latin.yaml").write_bytes("caf\xe9".encode("latin-1"))
    with pytest.raises(UserError, match="not UTF-8"):
        read_yaml(tmp_path / "latin.yaml", "x")
    with pytest.raises(UserError, match="it is a folder"):
        read_yaml(tmp_path, "x")
    with pytest.raises(UserError, match="it is not a regular file"):
        read_yaml(Path("/dev/zero"), "x")
    for name in ("nowhere.yaml", "n" * 5000, "a\0b"):
        with pytest.raises(UserError, match="no such file"):
            read_yaml(Path(name), "x")
    (tmp_path / "marked.yaml").write_bytes(b"\xef\xbb\xbfa: 1")  # as editors on Windows begin a file
    assert read_yaml(tmp_path / "marked.yaml", "x").data == {"a": 1}

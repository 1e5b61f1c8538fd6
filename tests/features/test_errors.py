"""Messages for users repeat only a little of what was given."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.features.errors import SHOWN, UserError, shorten, unknown_name

FIX = "choose another one, such as 'demo' or \"a folder's file\"."


def test_ordinary_messages_stay_as_they_are():
    message = "The study's key 'x' is 'a b c' but must be one of: " + ", ".join(
        f"name-{k}" for k in range(100)
    )
    assert str(UserError(message)) == message


@pytest.mark.parametrize(
    "given_value",
    [
        "x" * 5000,
        "many short words " * 500,
        "it's " * 1000,
        ["a", "b"] * 2000,
        {"k": {"x": 1}} | {i: i for i in range(900)},
    ],
    ids=["word", "text", "apostrophes", "list", "mapping"],
)
def test_a_long_value_is_shortened_and_the_fix_still_said(given_value):
    message = str(UserError(f"The name {given_value!r} is unknown; {FIX}"))
    assert message.startswith("The name ")
    assert message.endswith(FIX)
    assert len(message) <= SHOWN + len(f"The name  is unknown; {FIX}")


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=0, max_size=3000))
def test_no_text_is_repeated_at_length(text):
    message = str(UserError(f"{text!r} is not a name; {FIX}"))
    assert len(message) <= SHOWN + len(f" is not a name; {FIX}")
    assert message.endswith(FIX)


def test_an_enormous_name_is_refused_quickly():
    message = str(unknown_name("agent", "y" * 50_000_000, ["random", "smooth"]))
    assert len(message) < 400
    assert "random, smooth" in message


def test_both_ends_of_a_text_are_kept():
    assert shorten("abc", 3) == "abc"
    short = shorten("a" * 500 + "z" * 500)
    assert len(short) == SHOWN
    assert short.startswith("aaa")
    assert short.endswith("zzz")
    assert "…" in short

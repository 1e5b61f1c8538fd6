"""How numbers and lists are written."""

from segue.experiments.formatting import duration, format_interval, join_words, number, per_cent, signed


def test_numbers_in_prose():
    assert number(-1234.5) == "\N{MINUS SIGN}1,234.50"
    assert number(-0.001) == "0.00"
    assert number(float("nan")) == "\N{EN DASH}"
    assert signed(0.5) == "+0.50"
    assert format_interval(-1.0, 2.0) == "[\N{MINUS SIGN}1.00, 2.00]"
    assert format_interval(float("nan"), float("nan")) == ""
    assert per_cent(0.295) == "30 %"


def test_lists_in_prose():
    assert join_words(["a"]) == "a"
    assert join_words(["a", "b", "c"], "or") == "a, b or c"


def test_durations_have_the_two_units_that_matter():
    assert [duration(seconds) for seconds in (4.4, 130, 3900)] == ["4 s", "2 min 10 s", "1 h 5 min"]

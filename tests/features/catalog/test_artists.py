"""Artist credits: which names are in them, and which are the same."""

import pandas as pd
import pytest

from segue.features import Catalog
from segue.features.catalog.identity.artists import artist_name, credited_artists, first_artist


@pytest.mark.parametrize(
    "names",
    [
        ("Björk", "BJORK", "björk "),
        ("The Beatles", "Beatles, The", "beatles"),
        ("R.E.M.", "REM"),
        ("Destiny’s Child", "Destiny's Child", "Destinys Child"),
        ("Jay-Z", "JAY Z"),
        ("Simon & Garfunkel", "Simon and Garfunkel"),
        ("Trentemøller", "TRENTEMOLLER"),
        ("Иван Ёлкин", "иван елкин"),
    ],
)
def test_spellings_of_one_name_are_equal(names):
    assert len({artist_name(name) for name in names}) == 1


@pytest.mark.parametrize("names", [("The The", "!!!"), ("ガガ", "カカ"), ("A1", "A"), ("P!nk", "P")])
def test_different_names_stay_different(names):
    assert len({artist_name(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("credit", "artists"),
    [
        ("A feat. B", {"a", "b"}),
        ("A (ft B)", {"a", "b"}),
        ("A; B / C", {"a", "b", "c"}),
        ("A, B & C", {"a b and c", "a", "b", "c"}),
        ("A x B", {"a x b", "a", "b"}),
        ("Ella (with Louis)", {"ella with louis", "ella", "louis"}),
        ("Duke and His Orchestra", {"duke and his orchestra", "duke"}),
        ("Clint and others", {"clint and others", "clint"}),
        ("http://band.example/", {"http band example", "http bandexample"}),
    ],
)
def test_the_artists_of_a_credit(credit, artists):
    assert set(credited_artists(credit)) <= artists
    assert {name for name in artists if len(name) == 1} <= set(credited_artists(credit))


@pytest.mark.parametrize(
    "credit",
    [
        "",
        " ",
        None,
        float("nan"),
        "Unknown Artist",
        "<unknown>",
        "Various Artists",
        "V.A.",
        "N/A",
        "-",
        "OST",
    ],
)
def test_a_credit_that_names_nobody(credit):
    assert credited_artists(credit) == ()
    assert first_artist(credit) == ""


def test_the_first_artist_is_the_first_one_who_is_known():
    assert first_artist("Björk feat. Someone") == first_artist("BJÖRK; Other") == "bjork"
    assert first_artist("Various Artists; Adele") == "adele"
    assert first_artist("AC/DC") != first_artist("")


def test_artists_are_numbered_in_order_of_appearance():
    artists = ["Björk", "Unknown", "Alex", "BJORK feat. Alex", "", "Àlex"]
    catalog = Catalog.from_frame(pd.DataFrame({"artist": artists, "tempo": 120}), "c")
    assert catalog.artist_codes.tolist() == [0, -1, 1, 0, -1, 1]

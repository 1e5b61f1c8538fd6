"""Keys in the notations of other programs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.features.audio.tonality import camelot
from segue.features.loaders.musical_key import parse_key, read_keys


@pytest.mark.parametrize(
    ("texts", "key", "mode"),
    [
        (
            ("8A", "08A", "8a", "1m", "1M", "Am", "A minor", "A min", "Amin", "a-Moll", "A Minor", "Am/Am"),
            9,
            0,
        ),
        (("8B", "1d", "1D", "C major", "Cmaj", "C-Dur", "C dur", "C MAJOR", "CM"), 0, 1),
        (("11A", "4m", "F#m", "F♯m", "F# minor", "fis-Moll", "F sharp minor", "F#m/Gbm", "Gb minor"), 6, 0),
        (("6B", "11d", "Bb major", "B♭ Maj", "B-Dur", "A# major", "B flat major"), 10, 1),
        (("3A", "8m", "Bbm", "b-Moll"), 10, 0),
        (("5B", "10d", "Eb major", "Es-Dur", "D#/Eb major"), 3, 1),
        (("1B", "H-Dur", "B major"), 11, 1),
        (("C#", "Db", "C♯/D♭", "Cis", "Des"), 1, None),
        (("A:min", "8A (Am)", "Am (8A)", "8A/Am", "1m / Am"), 9, 0),
        (("Eis", "E#", "F"), 5, None),
    ],
)
def test_notations(texts, key, mode):
    for text in texts:
        found = parse_key(text)
        assert found[0] == key, text
        assert found[1] == mode if mode is not None else np.isnan(found[1]), text


@pytest.mark.parametrize(
    "text",
    [
        "", "0A", "13B", "C lydian", "minor", "X", "A major minor", "8A8A", "1", "🔥",
        "C/Am", "Am/C", "C/G", "8A (C)", "Am/A major", "/", "A minor/x",
    ],
)  # fmt: skip
def test_other_text_is_unknown(text):
    assert np.isnan(parse_key(text)).all()


@given(st.integers(0, 11), st.sampled_from([0, 1]))
def test_camelot_codes_of_our_own_are_read(key, mode):
    assert parse_key(camelot(key, mode)) == (key, mode)


@given(st.text(max_size=12))
def test_any_text_is_read_or_unknown(text):
    key, mode = parse_key(text)
    assert np.isnan(key) or (0 <= key <= 11 and (np.isnan(mode) or mode in (0, 1)))


def test_beside_am_a_bare_c_is_major():
    keys, modes, _ = read_keys(pd.Series(["Am", "C", "F#", "7"], dtype="str"))
    assert (keys[:3].tolist(), modes[:3].tolist()) == ([9, 0, 6], [0, 1, 1])
    assert np.isnan(read_keys(pd.Series(["C", "F#"], dtype="str"))[1]).all()


def test_beside_h_a_bare_b_is_b_flat():
    keys, _, _ = read_keys(pd.Series(["H", "B", "Hm", "Bm", "B-Dur", "Bb"], dtype="str"))
    assert keys.tolist() == [11, 10, 11, 10, 10, 10]
    assert read_keys(pd.Series(["B", "Bm", "Bb"], dtype="str"))[0].tolist() == [11, 11, 10]

"""The names that users import from `segue.features`."""

import pydoc
import subprocess
import sys

import pytest

import segue.features as features
from segue.features.errors import UserError, unknown_name
from segue.features.schema import column


def test_every_public_name_can_be_imported_and_is_listed():
    assert set(features.__all__) <= set(dir(features))
    for name in features.__all__:
        value = getattr(features, name)
        home = getattr(value, "__module__", "")
        if home.startswith("segue."):
            assert getattr(sys.modules[home], name) is value


def test_help_shows_the_public_functions_and_classes():
    text = pydoc.plain(pydoc.render_doc(features))
    for signature in ("class Catalog", "extract_folder(", "open_catalog(", "nearest_tracks("):
        assert signature in text


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"'segue\.features' has no attribute 'catalogue'"):
        features.catalogue  # noqa: B018


def test_importing_features_loads_no_heavy_library():
    heavy = ("av", "gymnasium", "librosa", "numba", "pandas", "scipy", "soundfile", "torch")
    code = f"import sys, segue.features; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_opening_a_catalogue_loads_no_audio_library():
    heavy = ("av", "gymnasium", "librosa", "numba", "soundfile", "torch")
    code = (
        "import sys; from segue.features import open_catalog; open_catalog('demo'); "
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_gets_the_closest_one_or_all():
    known = ("random", "greedy")
    assert str(unknown_name("agent", "randm", known)) == "Unknown agent 'randm'; did you mean 'random'?"
    assert str(unknown_name("agent", "x", known)) == "Unknown agent 'x'; expected one of: greedy, random."
    assert str(unknown_name("agent", None, known)) == "Unknown agent None; expected one of: greedy, random."


@pytest.mark.parametrize("name", [5, None, ["tempo"], "temp"])
def test_a_column_that_does_not_exist_is_refused(name):
    with pytest.raises(UserError, match="Unknown column"):
        column(name)

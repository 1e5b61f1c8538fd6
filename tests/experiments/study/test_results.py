"""The tables of a study are saved and loaded by any kind of path."""

import pandas as pd
import pytest

from segue.experiments import Results, StudyFolder
from segue.features.errors import UserError


@pytest.fixture
def results():
    names = ("scores", "differences", "episodes", "plays", "curves", "tracks", "runs")
    return Results(**{name: pd.DataFrame({"a": [1, 2]}) for name in names})


def test_text_is_a_path(results, tmp_path):
    (tmp_path / "results").mkdir()
    results.save(str(tmp_path / "results"))
    for folder in (tmp_path / "results", str(tmp_path / "results"), str(tmp_path)):
        pd.testing.assert_frame_equal(Results.load(folder).scores, results.scores)
    assert StudyFolder(str(tmp_path)).results == tmp_path / "results"


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(UserError, match="no results"):
        Results.load(str(tmp_path))


def test_they_say_how_large_they_are(results):
    assert repr(results).startswith("<Results of 2 runs; rows per table: scores 2, differences 2")

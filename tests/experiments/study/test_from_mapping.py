"""A study may be a dictionary."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.experiments import Results, StudyFolder, compare, load_study
from segue.experiments.study.file_format.from_mapping import study_text
from segue.features.errors import UserError

STUDY = {
    "name": "small",
    "environments": [{"id": "segue/Playlist-v0", "settings": {"catalog": "synthetic:150", "pool_size": 10}}],
    "agents": [{"name": "random"}, {"name": "greedy-oracle"}],
    "evaluation": {"episodes": 30},
}


def test_a_dictionary_and_the_file_that_says_the_same_are_one_study(tmp_path):
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(STUDY), "utf-8")
    assert load_study(STUDY).config == load_study(tmp_path / "small.yaml").config
    assert repr(load_study(STUDY)) == "StudyFile('small', 'the study')"


def test_numbers_of_numpy_tuples_and_paths_are_written_as_yaml():
    agents = ({"name": "random"}, {"name": "greedy-oracle"})
    env_settings = {"catalog": Path("synthetic:150"), "pool_size": np.int64(10)}
    environments = [{"id": "segue/Playlist-v0", "settings": env_settings}]
    assert (
        load_study({**STUDY, "agents": agents, "environments": environments}).config
        == load_study(STUDY).config
    )


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text("ab1e.:+-#'\" né\n", max_size=8)
)
studies = st.dictionaries(
    st.text("abz", min_size=1),
    st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab1"), inner),
        max_leaves=8,
    ),
)


@settings(max_examples=30)
@given(studies)
def test_yaml_gives_back_what_was_written(study):
    assert yaml.safe_load(study_text(study)) == study


@pytest.mark.parametrize("text", ["1e5", "020", "1:20", "+1", ".5", "-7", "0x1F", "1_000"])
def test_text_that_looks_like_a_number_is_quoted(text):
    assert f"'{text}'" in study_text({"name": text})


def test_wrong_keys_and_objects_are_refused_in_a_sentence():
    with pytest.raises(UserError, match=r"agents\[0\].*did you mean `name`"):
        load_study({**STUDY, "agents": [{"nam": "random"}]})
    with pytest.raises(UserError, match="`catalog` holds an object of type object"):
        load_study({**STUDY, "environments": [{"id": "x", "settings": {"catalog": object()}}]})
    endless = dict(STUDY)
    endless["agents"] = [endless]
    with pytest.raises(UserError, match="contains itself"):
        load_study(endless)


def test_its_folder_keeps_it_as_a_file_and_knows_it_again(tmp_path, finished, small):
    study = yaml.safe_load(small)
    folder = StudyFolder(tmp_path)
    folder.start(load_study(study))
    assert load_study(folder.study).config == load_study(study).config
    pd.testing.assert_frame_equal(compare(study, str(finished)).scores, Results.load(str(finished)).scores)
    with pytest.raises(UserError, match="a different study"):
        compare({**study, "resamples": 101}, finished)


def test_reading_a_study_imports_nothing_that_it_names(tmp_path, monkeypatch):
    (tmp_path / "module_of_a_stranger.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    name = "module_of_a_stranger:Thing"
    settings = {"reward": name, "pool": name, "listener": {"terms": {"x": {"kind": name}}}}
    study = {
        **STUDY,
        "environments": [{"id": "segue/Playlist-v0", "settings": settings}],
        "agents": [{"name": name}, *STUDY["agents"]],
    }
    assert load_study(study).config.agents[0].name == name

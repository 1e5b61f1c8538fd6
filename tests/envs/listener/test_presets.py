"""Every preset has a description, sources and a measurement of how much order matters."""

import pytest

from segue.envs import environments, load_preset, preset_names
from segue.envs.listener.listener import Listener
from segue.envs.listener.terms import TERMS, term_class
from segue.features.errors import UserError


@pytest.mark.parametrize("name", preset_names())
def test_presets_are_documented_and_have_terms(name):
    preset = load_preset(name)
    assert preset.name == name
    assert preset.description
    assert preset.sources
    assert preset.order
    assert Listener.from_config(preset.listener).terms


@pytest.mark.parametrize("name", sorted(TERMS))
def test_terms_name_their_sources(name):
    assert term_class(name).source


def test_every_preset_has_an_environment():
    used = {info.settings["listener"] for id_, info in environments().items() if id_.startswith("segue/")}
    assert used == set(preset_names())


def test_a_file_is_named_by_text_or_a_path(tmp_path):
    for name in ("calm.yaml", "calm.yml", "CALM.YAML"):
        path = tmp_path / name
        path.write_text("preset: rebound\nbias: 0.25\n")
        for source in (path, str(path)):
            assert load_preset(source).listener["bias"] == 0.25
    with pytest.raises(UserError, match=r"nowhere\.yaml': no such file"):
        load_preset(tmp_path / "nowhere.yaml")


def test_a_modified_preset_keeps_its_sources_but_not_its_measurements():
    changed = load_preset({"preset": "full", "terms": {"energy_arc": {"weight": 0}}})
    assert changed.sources == load_preset("full").sources
    assert changed.order == ""
    assert changed.listener["terms"]["energy_arc"] == {"weight": 0, "curve": "peak"}

"""Every preset says what it is, where it comes from and how much order matters to it."""

import pytest

from segue.envs import environments, load_preset, preset_names
from segue.envs.listener.listener import Listener
from segue.envs.listener.terms import TERMS, term_class


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_documented_and_has_terms(name):
    preset = load_preset(name)
    assert preset.name == name
    assert preset.description
    assert preset.sources
    assert preset.order
    assert Listener.from_config(preset.listener).terms


@pytest.mark.parametrize("name", sorted(TERMS))
def test_a_term_names_its_source(name):
    assert term_class(name).source


def test_every_preset_has_an_environment():
    used = {info.settings["listener"] for id_, info in environments().items() if id_.startswith("segue/")}
    assert used == set(preset_names())


def test_a_changed_preset_keeps_its_sources_but_not_what_was_measured():
    changed = load_preset({"preset": "full", "terms": {"energy_arc": {"weight": 0}}})
    assert changed.sources == load_preset("full").sources
    assert changed.order == ""
    assert changed.listener["terms"]["energy_arc"] == {"weight": 0, "curve": "peak"}

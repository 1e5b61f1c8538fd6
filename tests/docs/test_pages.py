"""The site: navigation, generated text and results."""

import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generators():
    """The modules that write generated text, without MkDocs."""
    sys.path.insert(0, str(ROOT / "docs" / "generators"))
    try:
        import environments
        import tables
    finally:
        sys.path.pop(0)
    return environments, tables


def nav_pages(entry) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    children = entry.values() if isinstance(entry, dict) else entry
    return [page for child in children for page in nav_pages(child)]


def test_every_page_is_in_the_navigation_once(docs, generators):
    nav = nav_pages(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"])
    environments, _ = generators
    written = [page.relative_to(docs).as_posix() for page in docs.rglob("*.md")]
    assert sorted(nav) == sorted([*written, *map(environments.page_path, environments.built_in())])


def test_every_term_has_a_section_and_its_settings():
    from segue.envs.listener.terms import TERMS

    text = (ROOT / "docs" / "listener" / "terms.md").read_text("utf-8")
    sections = re.findall(r"^## (\w+)$.*?^<!-- generated: term (\w+) -->$", text, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in sections] == [name for _, name in sections]
    assert {name for name, _ in sections} == set(TERMS)


def test_generated_text_is_asked_for_by_names_that_exist():
    hooks = (ROOT / "docs" / "generators" / "hooks.py").read_text("utf-8")
    known = re.findall(r'^    "(\w+)": ', hooks, re.MULTILINE)
    asked = {
        name
        for page in (ROOT / "docs").rglob("*.md")
        for name in re.findall(r"<!-- generated: (\w+)", page.read_text("utf-8"))
    }
    assert asked <= set(known)
    assert asked


def test_settings_come_from_the_docstring_with_their_defaults(generators):
    _, tables = generators
    text = tables.term("transition")
    assert re.search(r"^\| `memory` \| `3` \| .+ \|$", text, re.MULTILINE)
    departure = tables.settings("segue.envs.listener.departure:AbandonHazard")
    assert departure.count("\n") == 1 + 7


@pytest.mark.parametrize(
    ("section", "row"),
    [
        ("StudyConfig", "| `environments` | list | required |"),
        ("AgentConfig", "| `steps` | number or null | `null` |"),
        ("EvaluationConfig", "| `deterministic` | true or false | `true` |"),
    ],
)
def test_every_key_of_a_study_is_listed(section, row, generators):
    from segue.experiments.study import config

    _, tables = generators
    text = tables.study_keys(section)
    assert row in text
    fields = set(getattr(config, section).model_fields) - {"variant", "variant_of"}
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == fields


def test_an_environment_page_states_spaces_terms_and_sources(generators):
    from segue.envs import load_preset

    environments, _ = generators
    text = environments.page("segue/Rebound-v0")
    preset = load_preset("rebound")
    assert "`(50, 12)`" in text
    assert "Discrete(50)" in text
    assert "| [satiation](../listener/terms.md#satiation) | 2 |" in text
    assert all(source in text for source in preset.sources)
    assert preset.order in text


def test_the_results_page_shows_the_kept_results(docs):
    from segue.experiments.publish import marks
    from segue.experiments.reporting.results_markdown import section

    page = docs / "results.md"
    text = page.read_text("utf-8")
    names = re.findall(r"<!-- results of (\S+) -->", text)
    results = ROOT / "experiments" / "results"
    # The simulations are shown by the protocol.
    kept = {path.name for path in results.iterdir() if path.is_dir()} - {"statistics", "playlists"}
    assert sorted(names) == sorted(kept)
    for name in names:
        start, end = marks("results", name)
        assert text.partition(start)[2].partition(end)[0] == f"\n{section(results / name, page)}"
    links = re.findall(r"\]\((\.\./[^)]+)\)", text)
    assert links
    assert [link for link in links if not (docs / link).resolve().is_file()] == []

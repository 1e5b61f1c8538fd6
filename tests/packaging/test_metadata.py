"""What is written in several places agrees: versions, the linters' commands, the steps of the workflow."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import segue

ROOT = Path(__file__).parents[2]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_citation_file_is_complete_and_of_this_version():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert set(citation) >= {"cff-version", "message", "title", "authors", "abstract"}
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == segue.__version__
    assert citation["type"] == "software"
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert citation["license"] == project["license"]


def test_the_changelog_has_an_entry_for_this_version():
    number = segue.__version__.partition(".dev")[0]
    latest = re.search(r"^## \[(.+?)\]", read("CHANGELOG.md"), re.MULTILINE)[1]
    assert latest == ("Unreleased" if ".dev" in segue.__version__ else number)
    assert number in read("CHANGELOG.md")


def recipe(target):
    """The commands of a target of the Makefile, without the folder of the environment."""
    body = re.search(rf"^{target}:.*\n((?:\t.+\n)+)", read("Makefile"), re.MULTILINE)[1]
    return [line.strip().removeprefix("$(BIN)/") for line in body.splitlines()]


def test_the_hooks_of_pre_commit_are_the_commands_of_make_lint():
    hooks = [
        hook for repo in yaml.safe_load(read(".pre-commit-config.yaml"))["repos"] for hook in repo["hooks"]
    ]
    # Hooks in the project's own environment have the pinned versions, so that none are written here.
    assert {hook["language"] for hook in hooks} == {"system"}
    assert [hook["entry"].removeprefix(".venv/bin/") for hook in hooks] == recipe("lint")


@pytest.mark.parametrize("name", ["ruff", "mypy", "pytest", "setuptools"])
def test_the_development_tools_are_pinned(name):
    dev = tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]["dev"]
    assert any(re.match(rf"{name}\b", requirement) for requirement in dev)
    assert re.search(rf"^{name}==", read("constraints.txt"), re.MULTILINE)


def test_the_workflow_calls_what_a_developer_calls():
    jobs = yaml.safe_load(read(".github/workflows/ci.yml"))["jobs"]
    steps = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs.items()}
    assert ".ci/run" in steps["test"]
    assert "python -m build" in steps["package"]
    assert "make docs" in steps["docs"]
    oldest = tomllib.loads(read("pyproject.toml"))["project"]["requires-python"].removeprefix(">=")
    assert oldest in jobs["test"]["strategy"]["matrix"]["python"]
    targets = re.findall(r"\bmake ([^;\n]+)", read(".ci/run"))
    assert {"lint", "test", "docs"} <= {word for line in targets for word in line.split()}


@pytest.mark.parametrize("name", ["bug", "feature", "question"])
def test_issue_templates_are_forms_that_github_accepts(name):
    form = yaml.safe_load(read(f".github/ISSUE_TEMPLATE/{name}.yml"))
    assert form["name"]
    assert form["description"]
    for field in form["body"]:
        assert field["type"] in {"textarea", "input", "dropdown", "checkboxes", "markdown"}
        assert field["attributes"]["label"]
    assert len({field["id"] for field in form["body"]}) == len(form["body"])

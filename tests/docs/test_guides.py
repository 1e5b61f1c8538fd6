"""The code of the guides and of the front page."""

import re

import pytest
import yaml

PAGES = (
    "index.md",
    *(
        f"guides/{name}.md"
        for name in (
            "environment",
            "term",
            "reward",
            "agent",
            "catalogue",
            "logs",
            "fit",
            "offline",
            "playlists",
        )
    ),
)


EVALUATION = '"evaluation": {"episodes": 20},'
FEWER = (EVALUATION, f'{EVALUATION} "training": {{"seeds": 2}}, "figures": False,')
"""A study of the guides, and that of this test, whose figures are not looked at."""


@pytest.mark.parametrize("page", PAGES)
def test_the_python_of_a_page_runs_without_warnings(page, docs, code_blocks, python, tmp_path):
    if page == "guides/offline.md":
        pytest.importorskip("minari", reason="needs the extra offline")
    # A block with a title is a file, which needs something else to run.
    blocks = [block for block in code_blocks(docs / page) if block.language == "python" and not block.title]
    code = "\n".join(block.text for block in blocks)
    assert python(code.replace(*FEWER), tmp_path)


def test_the_text_that_the_test_replaces_is_in_the_guide_on_agents(docs):
    assert EVALUATION in (docs / "guides" / "agent.md").read_text("utf-8")


def test_every_page_with_python_is_run_by_a_test(docs, code_blocks):
    with_python = {
        page.relative_to(docs).as_posix()
        for page in docs.rglob("*.md")
        if any(block.language == "python" for block in code_blocks(page))
    }
    assert with_python == {*PAGES, "tutorial.md"}


def test_every_command_exists_with_its_options(docs, code_blocks, capsys):
    from segue.experiments.cli import main

    lines = [
        line.partition("#")[0].split()
        for page in docs.rglob("*.md")
        for block in code_blocks(page)
        if block.language == "sh"
        for line in block.text.splitlines()
    ]
    commands = [words for words in lines if words[:1] == ["segue"]]
    assert len(commands) > 5
    for _, command, *rest in commands:
        with pytest.raises(SystemExit) as stopped:
            main([command, "--help"])
        assert stopped.value.code == 0, command
        shown = capsys.readouterr().out
        assert [word for word in rest if word.startswith("--") and word not in shown] == []


def test_the_complete_study_is_valid(docs, code_blocks):
    from segue.experiments.study.config import StudyConfig

    studies = [
        yaml.safe_load(block.text)
        for block in code_blocks(docs / "guides" / "studies.md")
        if block.language == "yaml" and "name:" in block.text
    ]
    complete = [study for study in studies if "evaluation" in study]
    assert [StudyConfig.model_validate(study).name for study in complete]


def test_the_listener_example_changes_the_preset_it_starts_from(docs, code_blocks):
    from segue.envs import load_preset

    first, *_ = (b for b in code_blocks(docs / "guides" / "environment.md") if b.language == "yaml")
    preset = load_preset(yaml.safe_load(first.text))
    assert preset.listener["terms"]["transition"] == {"weight": 2.0, "memory": 5}
    assert preset.listener["terms"]["satiation"]["weight"] == 0
    assert preset.listener["departure"]["never"] is True
    assert "a" in preset.listener["departure"]


def test_the_rewards_and_pools_of_the_guides_are_all_there_are(docs):
    from segue.envs.core.rewards import REWARDS
    from segue.envs.pools.kinds import KINDS

    for names, page in ((REWARDS, "reward.md"), (KINDS, "environment.md")):
        text = (docs / "guides" / page).read_text("utf-8")
        listed = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
        assert [name for name in names if name not in listed] == []

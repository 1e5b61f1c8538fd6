"""The template of a study: it can be run as it is, and names every key."""

import re
from pathlib import Path

from segue.experiments.study import config
from segue.experiments.study.file_format.sections import written_keys
from segue.experiments.study.file_format.template import study_template
from segue.experiments.study.loader import parse_study
from segue.experiments.study.plan import plan_runs


def test_it_can_be_planned():
    plan = plan_runs(parse_study(study_template(), Path("study.yaml")))
    assert {spec.agent for spec in plan.specs} == {
        "random",
        "smooth",
        "content",
        "maskable-ppo",
        "greedy-oracle",
    }


def test_it_names_every_key():
    text = study_template()
    sections = ("Study", "Environment", "Agent", "Training", "Evaluation", "Table")
    for section in sections:
        for key in written_keys(getattr(config, f"{section}Config")):
            assert re.search(rf"^[# -]*{key}: ?", text, re.MULTILINE), key


def test_every_commented_key_can_be_used():
    lines = study_template().splitlines()
    keys = [n for n, line in enumerate(lines) if re.match(r"^ *# [a-z_]+:( |$)", line)]
    assert len(keys) > 15
    for number in keys:
        line = lines[number].replace("# ", "", 1)
        if line == "tables:":
            continue  # whose entry is behind `#` too
        text = "\n".join([*lines[:number], line, *lines[number + 1 :]])
        assert parse_study(text, Path("study.yaml")).config.name == "My study"
    at = lines.index("# tables:")
    tables = [line.removeprefix("# ") for line in lines[at : lines.index("", at)]]
    study = parse_study("\n".join([*lines[:at], *tables]), Path("study.yaml"))
    assert [table.title for table in study.config.tables] == ["Normalised score"]

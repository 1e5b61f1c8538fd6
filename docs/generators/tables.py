"""Tables about agents, terms, study files and catalogue columns, from the code that defines them."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import yaml
from markdown_table import code, table


def agents() -> str:
    """Lists the built-in agents with their roles."""
    from segue.agents.built_in import BUILT_IN

    return table(
        ("agent", "role", "description"),
        [(code(info.name), info.role, info.description) for info in BUILT_IN],
    )


def term(name: str) -> str:
    """Lists the settings of a built-in term."""
    from segue.envs.listener.terms import term_class

    return settings_of(term_class(name))


def settings(path: str) -> str:
    """Lists the settings of a dataclass, given as `"module:Class"`."""
    return settings_of(_load(path))


def settings_of(cls: type) -> str:
    """Lists the fields of a dataclass with defaults and descriptions."""
    described = docstring_section(cls, "Attributes")
    fields = [field for field in dataclasses.fields(cls) if field.init and field.name in described]
    if not fields:
        return "It has no settings besides `weight`."
    rows = [(code(field.name), code(_default(field.default)), described[field.name]) for field in fields]
    return table(("setting", "default", "meaning"), rows)


def arguments(path: str) -> str:
    """Lists the arguments of a function, given as `"module:function"`, with defaults and descriptions."""
    function = _load(path)
    described = docstring_section(function, "Args")
    parameters = inspect.signature(function).parameters
    rows = [(code(name), code(_default(parameters[name].default)), text) for name, text in described.items()]
    return table(("setting", "default", "meaning"), rows)


def _load(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def docstring_section(documented: Any, heading: str) -> dict[str, str]:
    """Reads a section such as `Attributes:` of a docstring in Google style: name to description."""
    text = inspect.cleandoc(documented.__doc__ or "")
    section = re.search(rf"^{heading}:\n((?:[ ]{{4}}.*\n?|\n)*)", text, re.MULTILINE)
    entries = re.findall(
        r"^ {4}(\w+): ((?:.*\n?)(?:^ {8}.*\n?)*)", section[1] if section else "", re.MULTILINE
    )
    return {name: " ".join(text.split()) for name, text in entries}


def _default(value: Any) -> Any:
    if value in (dataclasses.MISSING, inspect.Parameter.empty):
        return ""
    return list(value) if isinstance(value, tuple) else value


def curves() -> str:
    """Lists the named energy curves."""
    from segue.envs.listener.terms.energy_arc import CURVES

    rows = [(code(name), ", ".join(map(str, points))) for name, points in CURVES.items()]
    return table(("curve", "target energy at equally spaced points"), rows)


def study_keys(section: str) -> str:
    """Lists the keys of a section of a study file, given by the name of its class."""
    from segue.experiments.study import config
    from segue.experiments.study.file_format.sections import written_keys

    model = getattr(config, section)
    fields = {name: model.model_fields[name] for name in written_keys(model)}
    rows = [
        (code(name), _type(field.annotation), _given(field), _limits(field), field.description or "")
        for name, field in fields.items()
    ]
    return table(("key", "type", "default", "limits", "meaning"), rows)


def study_limits() -> str:
    """Lists the limits of a study as a whole."""
    from segue.experiments.study.file_format import limits
    from segue.features import yaml_reader

    numbers = {
        "environments, and agents, with their variants": limits.MAX_ENTRIES,
        "environments times agents": limits.MAX_PAIRS,
        "seeds of an agent": limits.MAX_SEEDS,
        "runs": limits.MAX_RUNS,
        "characters of the file": yaml_reader.MAX_CHARACTERS,
        "values in the file, those behind an alias counted wherever it stands": yaml_reader.MAX_VALUES,
        "depth of lists and mappings": yaml_reader.MAX_DEPTH,
    }
    return table(("what", "at most"), [(name, f"{number:,}") for name, number in numbers.items()])


def _limits(field: Any) -> str:
    """Writes the limits of a number, or of the length of a text or a list."""
    words = {"ge": "≥ {:,}", "le": "≤ {:,}", "lt": "< {:,}"}
    lengths = {"min_length": "≥ {:,}", "max_length": "≤ {:,}"}
    found = [
        text.format(getattr(part, name))
        for part in field.metadata
        for name, text in (words | lengths).items()
        if getattr(part, name, None) is not None
    ]
    unit = "" if any(hasattr(part, name) for part in field.metadata for name in words) else " long"
    return f"{', '.join(found)}{unit}" if found else ""


def _type(annotation: Any) -> str:
    """Names a type as a writer of YAML would."""
    members = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _type(members[0])
    if type(None) in members:
        return " or ".join([*(_type(member) for member in members if member is not type(None)), "null"])
    plain = get_origin(annotation) or annotation
    if plain is Literal:
        return " or ".join(code(choice) for choice in members)
    words = {
        list: "list",
        dict: "mapping",
        str: "text",
        bool: "true or false",
        int: "number",
        float: "number",
    }
    return words.get(plain, "section")


def _given(field: Any) -> str:
    """Writes the default of a key."""
    if field.is_required():
        return "required"
    value = field.default
    if hasattr(value, "model_dump"):
        return "see below"
    return code(json.dumps(value))


def studies(folder: Path) -> str:
    """Lists the study files that come with segue."""
    rows = []
    for path in sorted(folder.glob("*.yaml")):
        study = yaml.safe_load(path.read_text("utf-8"))
        rows.append((code(path.stem), study.get("description", "")))
    return table(("study", "question"), rows)


def columns() -> str:
    """Lists every column of the catalogue schema."""
    from segue.features.columns import COLUMNS
    from segue.features.schema import LISTENING_FEATURES

    rows = []
    for column in COLUMNS:
        name = f"{column.name}_0 … {column.name}_{column.size - 1}" if column.size else column.name
        bounds = [("" if end is None else f"{end:g}") for end in (column.low, column.high)]
        span = f"{bounds[0]} to {bounds[1]}" if all(bounds) else f"≥ {bounds[0]}" if bounds[0] else ""
        marks = ["listening feature"] * (column.name in LISTENING_FEATURES) + [
            "intro, outro"
        ] * column.windowed
        rows.append((code(name), column.unit, span, column.meaning, column.source, ", ".join(marks)))
    return table(("column", "unit", "range", "meaning", "source", "also"), rows)


def repository_page(path: Path) -> str:
    """Includes a page of the repository without its title; its links lead to pages of the site."""
    text = re.sub(r"\A# .*\n", "", path.read_text("utf-8"))
    link = r"\]\((?:docs/([\w/-]+\.md)|([A-Z]+\.md))\)"
    return re.sub(link, lambda found: f"]({found[1] or found[2].lower()})", text)

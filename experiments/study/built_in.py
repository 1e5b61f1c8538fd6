"""The built-in studies, which can be named instead of giving a file."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from segue.features.errors import UserError, excerpt, unknown_name
from segue.features.existing_files import is_file, is_folder


def built_in_studies() -> dict[str, Path]:
    """Returns the files of the built-in studies by name, in alphabetical order."""
    files = Path(str(resources.files("segue.experiments.configs"))).glob("*.yaml")
    return {file.stem: file for file in sorted(files)}


def find_study(study: str | Path) -> Path:
    """Returns the file of a study.

    Args:
        study: A file, or the name of a built-in study. An existing file of that name takes precedence.

    Raises:
        UserError: There is neither such a file nor such a built-in study.
    """
    path, built_in = Path(study), built_in_studies()
    if is_file(path):
        return path
    if str(study) in built_in:
        return built_in[str(study)]
    # A bare word is meant as a name, anything else as a file.
    if path.name == str(study) and not path.suffix:
        raise unknown_name("study", str(study), built_in)
    problem = "it is a folder" if is_folder(path) else "there is no such file"
    hint = f"; did you mean the built-in study {path.stem!r}?" if path.stem in built_in else "."
    raise UserError(f"Cannot read the study file {excerpt(path)}: {problem}{hint}")

"""The command that writes a study file to start from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg


def init(file: Positional[Annotated[Path, arg(metavar="STUDY.yaml")]]) -> None:
    """Write a commented study file with all its keys, to change and to run with `segue compare`.

    Example: segue init study.yaml

    Args:
        file: The file to write; an existing one is kept.
    """
    from segue.experiments.study.file_format.template import study_template
    from segue.features.errors import UserError
    from segue.features.existing_files import is_folder, readable, write_whole

    if os.path.lexists(file):
        raise UserError(f"{file} already exists; choose another file.")
    if not is_folder(file.parent):
        raise UserError(f"There is no folder {file.parent}; create it first.")
    with write_whole(file) as stream:
        stream.write(study_template(readable(file.name)).encode("utf-8"))
    print(f"A study to change: {file}. Run it with: segue compare {file} --out runs/{file.stem}")

"""The command line reference, from the commands' own help."""

from __future__ import annotations

import contextlib
import io
import os
import re


def help_pages() -> str:
    """Writes a section with the help of each command."""
    (names,) = re.findall(r"usage: segue .*?\{([\w,-]+)\}", help_of())
    return "\n\n".join(
        f"## segue {name}\n\n```text\n{help_of(name).strip()}\n```" for name in names.split(",")
    )


def help_of(*command: str) -> str:
    """Returns what `segue COMMAND --help` prints."""
    from segue.experiments.cli import main

    os.environ["COLUMNS"] = "100"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        main([*command, "--help"])
    return printed.getvalue()

"""The command line `segue`."""

from __future__ import annotations

import errno
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tyro.extras import SubcommandApp

from segue.experiments.commands.lists import agents, envs
from segue.experiments.commands.music import catalog, extract
from segue.experiments.commands.studies import compare, report, runs
from segue.experiments.commands.training import train
from segue.experiments.commands.tuning import tune

DESCRIPTION = """Simulate and compare playlists.

Example: segue compare experiments/configs/demo.yaml --out runs/demo"""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_USER_ERRORS = (*_FULL, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR)
"""Errors of the file system that the user can mend: full, read-only, forbidden, not a folder, not a file."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command and ends the process where it fails.

    What the user can mend ends with one sentence on standard error and exit code 2, an interruption with 130.

    Args:
        arguments: The command line without the program's name; that of the process by default.
    """
    # Names such as `mine:make_agent` in a study are looked for beside it too, after all that is installed.
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)
    app = SubcommandApp()
    for command in (extract, catalog, envs, agents, train, tune, compare, report, runs):
        app.command(command)
    # Warnings and chatter of other libraries say nothing that a user of a command could act on.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            app.cli(prog="segue", description=DESCRIPTION, args=arguments)
        except BrokenPipeError:
            # Whoever read our output has read enough, as `head` does; Python would complain once more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except KeyboardInterrupt:
            _fail("Interrupted. The same command goes on where this one stopped.", 130)
        except Exception as error:
            sentence = _what_the_user_can_mend(error)
            if sentence is None:
                raise
            _fail(sentence, 2)


def _what_the_user_can_mend(error: Exception) -> str | None:
    """The sentence for an error that the user can mend; None for a fault of ours."""
    # Imported late: the package behind it takes half a second, which --help need not wait for.
    from segue.features.errors import UserError

    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and error.errno in _USER_ERRORS:
        where = f" ({error.filename})" if error.filename else ""
        return f"{os.strerror(error.errno)}{where}. Mend that, and the same command goes on."
    return None


def _fail(sentence: str, code: int) -> NoReturn:
    """Prints a sentence on standard error and ends the process."""
    print(f"segue: {sentence}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()

"""The command line `segue`."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from tyro.extras import SubcommandApp

from segue import __version__
from segue.experiments.commands.listening.fitting import fit
from segue.experiments.commands.listening.logs import logs
from segue.experiments.commands.listening.recording import record
from segue.experiments.commands.lists import agents, configs, envs, models
from segue.experiments.commands.music import catalog, extract
from segue.experiments.commands.playlist import playlist
from segue.experiments.commands.runs import runs
from segue.experiments.commands.studies import compare, report
from segue.experiments.commands.templates import init
from segue.experiments.commands.training import train
from segue.experiments.commands.tuning import tune
from segue.experiments.console import user_message
from segue.experiments.substitutes import use_substitutes

DESCRIPTION = """Simulate listeners, sequence playlists and compare agents.

Example: segue compare demo --out runs/demo

`segue --version` prints the version."""

COMMANDS = (
    extract, catalog, logs, playlist, envs, agents, models, configs,
    init, train, tune, compare, record, report, runs, fit,
)  # fmt: skip
"""The commands in the order of the help."""

_IMPORTING = [["train"], ["tune"], ["compare"], ["record"], ["envs"], ["agents"]]
"""Commands that import the modules that users name."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; exits the process if it fails.

    An error that the user can fix prints one sentence on standard error and exits with code 2, an
    interruption with code 130.

    Args:
        arguments: The command line without the program's name; that of the process by default.
    """
    # With an option such as -E, Python ignores the variable that is set then: once is enough.
    if arguments is None and sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        _start_again_in_utf8_mode()
    use_substitutes()
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words == ["--version"]:
        print(f"segue {__version__}")
        return
    # Names such as `module:make_agent` in a study also refer to modules in the working directory. No other
    # command executes code that merely lies there, as an optional import of a library would.
    if words[:1] in _IMPORTING and (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)
    app = SubcommandApp()
    for command in COMMANDS:
        app.command(command)
    with _our_warnings_alone():
        try:
            app.cli(prog="segue", description=DESCRIPTION, args=words)
        except BrokenPipeError:
            # The reader has closed our output, as `head` does; Python must not fail again when flushing.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except KeyboardInterrupt:
            _fail("Interrupted. Run the same command again to resume.", 130)
        except Exception as error:
            sentence = user_message(error)
            if sentence is None:
                raise
            _fail(sentence, 2)


def _start_again_in_utf8_mode() -> NoReturn:
    """Replaces the process by one that takes names of files and arguments for UTF-8, as Python 3.15 does.

    In the C locale Python may take them for ASCII, and Arrow opens no file whose name is not. What is printed
    keeps the encoding of the terminal.
    """
    shown = {"PYTHONIOENCODING": sys.stdout.encoding, **os.environ}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**shown, "PYTHONUTF8": "1"})


@contextmanager
def _our_warnings_alone() -> Iterator[None]:
    """Leaves out the warnings of other libraries, on which users of a command cannot act."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    usual = warnings.formatwarning
    warnings.formatwarning = lambda message, *_, **__: f"segue: {message}\n"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # What was changed in a table that is used as a catalogue.
            warnings.filterwarnings("default", message=".* was converted: ")
            yield
    finally:
        warnings.formatwarning = usual


def _fail(sentence: str, code: int) -> NoReturn:
    """Prints a sentence on standard error and exits the process."""
    print(f"segue: {sentence}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()

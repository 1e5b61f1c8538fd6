"""Provenance of results: the command, the versions of the packages and the revision of the code."""

from __future__ import annotations

import platform
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypedDict

from segue import __version__
from segue.experiments.storage.code_fingerprint import code_fingerprint
from segue.features.existing_files import readable

PACKAGES = (
    "gymnasium",
    "stable-baselines3",
    "sb3-contrib",
    "torch",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "numba",
    "librosa",
    "matplotlib",
)
"""Dependencies whose version can change a number or a figure."""


class Provenance(TypedDict):
    """The provenance that a run folder records.

    Attributes:
        command: The command line, quoted for a shell.
        python: Version of the interpreter.
        platform: Operating system and processor.
        versions: Version by package.
        revision: Git revision of the code, or None outside a checkout.
        dirty: Whether tracked files differed from that revision; None outside a checkout.
        code: Hash of the code that affects the numbers, committed or not; see `code_fingerprint`.
    """

    command: str
    python: str
    platform: str
    versions: dict[str, str]
    revision: str | None
    dirty: bool | None
    code: str


def current_provenance() -> Provenance:
    """Returns the provenance of what this process produces."""
    revision, dirty = git_revision(Path(__file__))
    versions = package_versions()
    return Provenance(
        command=command_line(),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        versions=versions,
        revision=revision,
        dirty=dirty,
        code=code_fingerprint(versions),
    )


def command_line() -> str:
    """Returns the command that started this process, with the bare name of the program."""
    return shlex.join(map(readable, [Path(sys.argv[0]).name or "python", *sys.argv[1:]]))


def package_versions() -> dict[str, str]:
    """Returns the versions of segue and of the installed packages among `PACKAGES`."""
    found = {"segue": __version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def git_revision(file: Path) -> tuple[str | None, bool | None]:
    """Returns the revision of the checkout that tracks a file.

    Args:
        file: A source file. An untracked file inside a checkout, such as a package installed in a virtual
            environment, has no revision.

    Returns:
        The revision and whether tracked files differ from it; (None, None) outside a checkout or without git.
    """
    folder = file.resolve().parent
    if _git(folder, "ls-files", "--error-unmatch", file.name) is None:
        return None, None
    revision, status = _git(folder, "rev-parse", "HEAD"), _git(folder, "status", "--porcelain", "-uno")
    return (revision, bool(status)) if revision else (None, None)


def _git(folder: Path, *arguments: str) -> str | None:
    """Returns the output of a git command in a folder, or None if it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None

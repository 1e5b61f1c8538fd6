"""Where numbers come from: the command, the versions of the packages, the revision of the code."""

from __future__ import annotations

import platform
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypedDict

from segue.experiments.storage.code_fingerprint import code_fingerprint

PACKAGES = (
    "segue",
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
"""The packages whose version can change a number or a figure."""


class Provenance(TypedDict):
    """What a run folder says of where it came from.

    Attributes:
        command: The command line, quoted so that a shell takes it back.
        python: Version of the interpreter.
        platform: Operating system and processor.
        versions: Version by package.
        revision: Git revision of the code, or None outside a checkout.
        dirty: Whether tracked files differed from that revision; None outside a checkout.
        code: Hash of the code that decides the numbers, committed or not.
    """

    command: str
    python: str
    platform: str
    versions: dict[str, str]
    revision: str | None
    dirty: bool | None
    code: str


def current_provenance() -> Provenance:
    """Describes this process: see `Provenance`."""
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
    """The command that started this process, with the program's bare name."""
    return shlex.join([Path(sys.argv[0]).name or "python", *sys.argv[1:]])


def package_versions() -> dict[str, str]:
    """Versions of the installed packages among `PACKAGES`."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def git_revision(file: Path) -> tuple[str | None, bool | None]:
    """Finds the revision of the checkout that tracks a file.

    Args:
        file: A source file. One that merely lies inside someone's checkout, as an installed package in a
            virtual environment does, has no revision.

    Returns:
        The revision and whether tracked files differ from it; (None, None) outside a checkout or without git.
    """
    folder = file.resolve().parent
    if _git(folder, "ls-files", "--error-unmatch", file.name) is None:
        return None, None
    revision, status = _git(folder, "rev-parse", "HEAD"), _git(folder, "status", "--porcelain", "-uno")
    return (revision, bool(status)) if revision else (None, None)


def _git(folder: Path, *arguments: str) -> str | None:
    """Output of a git command in a folder, or None where it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None

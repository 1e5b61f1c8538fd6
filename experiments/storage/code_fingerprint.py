"""Says whether two sets of numbers were made by the same code, whatever its revision is called."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

_FOLDERS = ("features", "envs", "agents", "experiments.runs")
"""Packages that decide the numbers of a run; the others only plan, compare and show."""
_DECISIVE = ("gymnasium", "stable-baselines3", "sb3-contrib", "torch", "numpy", "scipy", "numba")
"""Packages whose version can change the numbers of a run."""


def code_fingerprint(versions: Mapping[str, str]) -> str:
    """Hashes all code that decides the numbers of a run; comments, docstrings and formatting do not count.

    Args:
        versions: Version by package; those of packages that only read, draw or tell are passed over.
    """
    below = sorted((name, text) for name, text in versions.items() if name in _DECISIVE)
    return hashlib.sha256(f"{_own_code()} {below}".encode()).hexdigest()[:12]


@cache
def _own_code() -> str:
    """Hash of our own code."""
    digest = hashlib.sha256()
    for name in _FOLDERS:
        folder = _folder_of(name)
        for file in _sources(folder):
            digest.update(f"{name}/{file.relative_to(folder).as_posix()}".encode() + _meaning(file))
    return digest.hexdigest()


def _folder_of(package: str) -> Path:
    """The folder of a package, which need not stand beside this one once it is installed."""
    return Path(str(import_module(f"segue.{package}").__file__)).parent


def _sources(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if not path.name.startswith("."))


def _meaning(file: Path) -> bytes:
    """What the interpreter makes of a file, without its docstrings."""
    tree = ast.parse(file.read_bytes())
    for node in ast.walk(tree):
        match getattr(node, "body", None):
            case [ast.Expr(value=ast.Constant()), *_] as body:
                body[0] = ast.Pass()
    return ast.dump(tree).encode()

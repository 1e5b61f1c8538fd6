"""Fingerprints of code, equal if two results come from the same code, whatever its git revision."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from segue.features.user_cache import recall, remember

_FOLDERS = ("features", "envs", "agents", "experiments.runs")
"""Subpackages that affect the numbers of a run; the others only plan, compare and show."""
_DECISIVE = ("gymnasium", "stable-baselines3", "sb3-contrib", "torch", "numpy", "scipy", "numba")
"""Dependencies whose version can change the numbers of a run."""


def code_fingerprint(versions: Mapping[str, str]) -> str:
    """Hashes all code that affects the numbers of a run, ignoring comments, docstrings and formatting.

    Args:
        versions: Version by package; only those in `_DECISIVE` count.
    """
    below = sorted((name, text) for name, text in versions.items() if name in _DECISIVE)
    return hashlib.sha256(f"{_segue_code()} {below}".encode()).hexdigest()[:12]


@cache
def _segue_code() -> str:
    """Returns the hash of the code of segue."""
    files = [
        (f"{name}/{file.relative_to(folder).as_posix()}".encode(), file.read_bytes())
        for name in _FOLDERS
        for folder in [_folder_of(name)]
        for file in _sources(folder)
    ]
    # Parsing it takes half a second.
    key = repr((sys.version, files)).encode()
    if (known := recall("code", key)) is not None:
        return known.decode()
    digest = hashlib.sha256()
    for path, source in files:
        digest.update(path + syntax_of(source))
    remember("code", key, digest.hexdigest().encode())
    return digest.hexdigest()


def _folder_of(package: str) -> Path:
    """Returns the folder of a subpackage; once installed, the rooms need not be siblings."""
    return Path(str(import_module(f"segue.{package}").__file__)).parent


def _sources(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if not path.name.startswith("."))


def syntax_of(source: bytes) -> bytes:
    """Returns the syntax tree of a module without its docstrings.

    Raises:
        SyntaxError: The source is not Python.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        match getattr(node, "body", None):
            case [ast.Expr(value=ast.Constant()), *_] as body:
                body[0] = ast.Pass()
    return ast.dump(tree).encode()

"""Fingerprints of users' modules: of the package that a module belongs to, and of what it imports."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from typing import Any

from segue.experiments.storage.code_fingerprint import syntax_of
from segue.features.errors import UserError

_imported: dict[str, tuple[Any, str]] = {}
"""Specification of each users' module that is loaded, and the hash of its file when it was first seen."""


def module_fingerprints(module: str) -> dict[str, str]:
    """Hashes the package of a module and the users' modules that it imports, directly or not.

    Of a package all files of code count, without comments, docstrings and formatting. Libraries that it
    imports count only if they were installed from a folder, as a user's own packages are.

    Args:
        module: Name of an imported module.

    Returns:
        A short hash by the name of each package or single module; empty for modules of segue and of Python.

    Raises:
        UserError: A file has changed since this process imported it: its numbers would not be those of the
            file.
    """
    found: dict[str, str] = {}
    waiting = [module.partition(".")[0]]
    while waiting:
        name = waiting.pop()
        files = {} if name in found else code_of_module(name)
        if files:
            found[name] = _hash(files)
            _refuse_changes(name)
            waiting += [other for other in _imports(files) if not is_library(other)]
    return dict(sorted(found.items()))


def code_of_module(module: str) -> dict[str, bytes]:
    """Reads the files of the package that a user's module belongs to.

    Args:
        module: Name of the module.

    Returns:
        Content by relative path; empty for modules of segue, of Python, and without a file.
    """
    name = module.partition(".")[0]
    if name in ("segue", "__main__", "__mp_main__") or name in sys.stdlib_module_names:
        return {}
    origin, folders = _location(name)
    if folders:
        files = {path.relative_to(folder).as_posix(): path for folder in folders for path in _code_in(folder)}
    else:
        files = {origin.name: origin} if origin is not None and origin.is_file() else {}
    return {name: files[name].read_bytes() for name in sorted(files)}


def _location(name: str) -> tuple[Path | None, list[Path]]:
    """Returns the file of a module and the folders of a package; nothing of the module is executed."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    if spec is None:
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            return None, []
    origin = Path(spec.origin) if spec is not None and spec.origin and spec.has_location else None
    return origin, [Path(folder) for folder in getattr(spec, "submodule_search_locations", None) or ()]


def _code_in(folder: Path) -> Iterator[Path]:
    """Yields the files of code below a folder."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
        if not hidden and path.name.endswith((".py", *EXTENSION_SUFFIXES)) and path.is_file():
            yield path


def _hash(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in files.items():
        decisive = content
        # Of a template, or of code for another version of Python, the bytes count.
        with contextlib.suppress(SyntaxError, ValueError):
            decisive = syntax_of(content) if name.endswith(".py") else content
        digest.update(f"{name} {len(decisive)}\n".encode() + decisive)
    return digest.hexdigest()[:12]


def _imports(files: Mapping[str, bytes]) -> set[str]:
    """Returns the names of the packages that files import, except relatively."""
    names: set[str] = set()
    for name, content in files.items():
        try:
            nodes = list(ast.walk(ast.parse(content))) if name.endswith(".py") else []
        except (SyntaxError, ValueError):
            continue
        for node in nodes:
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names


@cache
def is_library(name: str) -> bool:
    """Returns whether a package was installed from a package index, by PEP 610."""
    origin, folders = _location(name)
    places = [*folders, *([origin] if origin is not None else [])]
    installed = any({"site-packages", "dist-packages"} & set(place.parts) for place in places)
    owners = _owners().get(name, [])
    return installed and bool(owners) and distribution(owners[0]).read_text("direct_url.json") is None


@cache
def _owners() -> Mapping[str, list[str]]:
    """Returns the installed distributions by the packages that they hold."""
    return packages_distributions()


def _refuse_changes(package: str) -> None:
    """Refuses a package of which a file has changed since this process imported it.

    Raises:
        UserError: One has. A module that was reloaded since counts as newly imported.
    """
    for name in [name for name in sys.modules if f"{name}.".startswith(f"{package}.")]:
        spec = getattr(sys.modules[name], "__spec__", None)
        file = Path(spec.origin) if spec is not None and spec.has_location and spec.origin else None
        if file is None or not file.is_file():
            continue
        now = _hash({file.name: file.read_bytes()})
        seen, before = _imported.get(name, (None, now))
        if seen is spec and before != now:
            raise UserError(
                f"{file} has changed since this process imported {name!r}, so that its numbers would be "
                "those of the old code: start a new process, or restart the kernel of the notebook."
            )
        _imported[name] = (spec, now)

"""Fingerprints of functions, classes and values of a script or a notebook, which have no file of their own.

A function counts by its byte code, its defaults, and the globals and closures that it uses; a class by its
members and its bases. The same code gives the same fingerprint in every process with the same Python.
"""

from __future__ import annotations

import functools
import hashlib
import pickle
import sys
from collections.abc import Iterable, Mapping
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from segue.experiments.storage.user_modules import code_of_module, is_library, module_fingerprints

_IGNORED = {
    *("__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__annotate__"),
    *("__abstractmethods__", "_abc_impl", "__dataclass_fields__", "__dataclass_params__"),
    *("__firstlineno__", "__static_attributes__", "__annotations_cache__", "__annotate_func__"),
}
"""Members of classes that hold no behaviour, or only what others hold too."""
MAIN = "__main__"
"""Name under which the code of scripts and notebooks is counted."""
_LOOSE = (MAIN, "__mp_main__", "builtins")
"""Names of modules whose objects have no file; `exec` gives the last one."""


def object_fingerprints(value: Any) -> dict[str, str]:
    """Hashes a function, a class or an instance, and the users' modules that it comes from or uses.

    Args:
        value: The object.

    Returns:
        A short hash by the name of each package; `__main__:name` stands for what no file of a module holds.

    Raises:
        UserError: See `module_fingerprints`.
    """
    named = isinstance(value, type | FunctionType)
    walk = _Walk(str((value if named else type(value)).__module__))
    digest = walk.of(value)
    found = {name: code for module in walk.modules for name, code in module_fingerprints(module).items()}
    # The attributes of an instance, or the arguments of a partial function, are in no file.
    name = getattr(value, "__qualname__", type(value).__qualname__)
    return {**found, f"{MAIN}:{name}": digest[:12]} if walk.found_loose_code or not named else found


class _Walk:
    """Follows an object to everything that its behaviour depends on.

    Args:
        home: Module of the object. Its package counts even if it is an installed library.

    Attributes:
        modules: Users' modules that it was found to use.
        found_loose_code: Whether anything was found that no module's file holds.
    """

    def __init__(self, home: str) -> None:
        self.modules: set[str] = set()
        self.found_loose_code = False
        self._home = home.partition(".")[0]
        self._users: dict[str, bool] = {}
        # The objects are kept, so that no two of them get the same id. None: its hash is being computed.
        self._known: dict[int, tuple[Any, str | None]] = {}

    def of(self, value: Any) -> str:
        """Returns the hash of a value."""
        if value is None or isinstance(value, bool | int | float | complex | str | bytes):
            return _digest(type(value).__name__, repr(value))
        if id(value) not in self._known:
            self._known[id(value)] = (value, None)
            self._known[id(value)] = (value, self._hash(value))
        return self._known[id(value)][1] or _digest("cycle", type(value).__name__)

    def _hash(self, value: Any) -> str:
        match value:
            case CodeType():
                return self._of_code(value)
            case ModuleType():
                self._uses(value.__name__)
                return _digest("module", value.__name__)
            case type() | FunctionType():
                return self._of_definition(value)
            case tuple() | list():
                return _digest(type(value).__name__, *map(self.of, value))
            case dict():
                return _digest("dict", *self._of_items(value))
            case set() | frozenset():
                return _digest("set", *sorted(_digest(repr(entry)) for entry in value))
            case np.ndarray() if value.dtype != object:
                return _digest(str(value.dtype), str(value.shape), value.tobytes().hex())
            case property():
                return _digest("property", *map(self.of, (value.fget, value.fset, value.fdel)))
            case staticmethod() | classmethod():
                return _digest(type(value).__name__, self.of(value.__func__))
            case MethodType():
                return _digest("method", *map(self.of, (value.__func__, value.__self__)))
            case functools.cached_property():
                return _digest("cached_property", self.of(value.func))
            case functools.partial():
                return _digest("partial", *map(self.of, (value.func, value.args, value.keywords)))
            case BuiltinFunctionType():
                return _digest(str(value.__module__), value.__qualname__)
        return self._of_instance(value)

    def _uses(self, module: str) -> bool:
        """Returns whether a module is one of the user's, and remembers it then."""
        top = module.partition(".")[0]
        if top not in self._users:
            counts = top == self._home or not is_library(top)
            self._users[top] = counts and top not in _LOOSE and bool(code_of_module(top))
        if self._users[top]:
            self.modules.add(top)
        return self._users[top]

    def _of_definition(self, value: Any) -> str:
        """Hashes a function or a class: by its name if the file of a module holds it, else by its content."""
        module, name = str(value.__module__), value.__qualname__
        users = self._uses(module)
        if module != MAIN and _resolve(module, name) is value:
            return _digest(module, name)
        cells = [_content(cell) for cell in getattr(value, "__closure__", None) or ()]
        if not users and module in sys.modules and module not in _LOOSE:
            # Made by a function of a library, such as a decorator: what it was made from counts.
            return _digest(module, name, self.of(cells), self.of(getattr(value, "__wrapped__", None)))
        self.found_loose_code = True
        return self._of_function(value, cells) if isinstance(value, FunctionType) else self._of_class(value)

    def _of_function(self, value: FunctionType, cells: list[Any]) -> str:
        used = {name: value.__globals__[name] for name in _names(value.__code__) if name in value.__globals__}
        parts = (value.__code__, value.__defaults__, value.__kwdefaults__, cells)
        return _digest("function", *map(self.of, parts), *self._of_items(used))

    def _of_class(self, value: type) -> str:
        members = {name: member for name, member in vars(value).items() if name not in _IGNORED}
        bases = [base for base in value.__bases__ if base is not object]
        return _digest("class", value.__qualname__, *map(self.of, bases), *self._of_items(members))

    def _of_code(self, value: CodeType) -> str:
        counts = (value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount, value.co_flags)
        names = (value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars)
        tables = (value.co_code, value.co_exceptiontable)
        return _digest("code", repr((counts, names, tables)), *map(self.of, value.co_consts))

    def _of_instance(self, value: Any) -> str:
        cls = type(value)
        if callable(getattr(value, "py_func", None)):
            return _digest("compiled", self.of(value.py_func))  # by numba
        if self._uses(cls.__module__) or cls.__module__ in _LOOSE[:2]:
            return _digest("instance", self.of(cls), *self._of_items(getattr(value, "__dict__", {})))
        try:
            content = pickle.dumps(value, protocol=4)
        except Exception:  # a lock, a connection, a console: they hold no numbers
            return _digest("instance", cls.__module__, cls.__qualname__)
        return _digest("instance", content.hex())

    def _of_items(self, items: Mapping[Any, Any]) -> Iterable[str]:
        ordered = sorted(items.items(), key=lambda item: repr(item[0]))
        return [_digest(repr(key), self.of(value)) for key, value in ordered]


def _resolve(module: str, name: str) -> Any:
    """Returns the object that a module has under a qualified name; None if there is none."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _names(code: CodeType) -> set[str]:
    """Returns the names of globals that a function and the functions in it may use."""
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    return set(code.co_names).union(*map(_names, inner))


def _content(cell: Any) -> Any:
    """Returns what a cell of a closure holds; None while it is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()

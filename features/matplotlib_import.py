"""Importing Matplotlib to draw to files, which needs no backend, whatever the variable MPLBACKEND names.

Jupyter and Colab set the variable for every process that a notebook starts. Where the package of that backend
is not installed, a plain `import matplotlib` raises a ValueError.
"""

import contextlib
import os
from types import ModuleType

_VARIABLE = "MPLBACKEND"


def import_matplotlib() -> ModuleType:
    """Imports Matplotlib, and chooses the backend that MPLBACKEND names only if there is one."""
    named = os.environ.pop(_VARIABLE, None)
    try:
        import matplotlib as mpl
    finally:
        if named is not None:
            os.environ[_VARIABLE] = named
    if named:
        # A notebook that imports pyplot later still draws where it is told to.
        with contextlib.suppress(ValueError):
            mpl.rcParams["backend"] = named
    return mpl

"""segue: a simulator for sequencing playlists with reinforcement learning.

The four rooms build on each other: `segue.features` (audio to tables), `segue.envs` (tables to Gymnasium),
`segue.agents` (policies) and `segue.experiments` (studies, statistics, reports and the command line).
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

__all__ = ["__version__", "agents", "envs", "experiments", "features"]

__version__ = "0.2.0.dev0"

_HERE = Path(__file__).parent
if not (_HERE / "features").is_dir() and (_HERE.parent / "features").is_dir():
    # A source tree, whose folder comes first for programs started there: the rooms stand beside this folder.
    __path__.append(str(_HERE.parent))


def __getattr__(name: str) -> ModuleType:
    # Each room is imported when it is first asked for: `import segue` stays instant.
    if name in ("agents", "envs", "experiments", "features"):
        return import_module(f"segue.{name}")
    raise AttributeError(f"module 'segue' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

"""The users' code that a run depends on: agents, terms, rewards, pools and responses that are not segue's.

Its fingerprints belong to the key of a run, so that a run is made again once its code has changed. segue's
own code is left to `storage.code_fingerprint`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from segue.envs.registration.entry_points import load_named
from segue.experiments.storage.object_code import MAIN, object_fingerprints
from segue.experiments.storage.user_modules import module_fingerprints

if TYPE_CHECKING:
    from segue.envs.listener.preset import Preset


def code_of_environment(env_id: str, settings: dict[str, Any]) -> dict[str, str]:
    """Hashes the users' code that an environment consists of.

    Args:
        env_id: A registered environment, or `"module:id"`.
        settings: Its settings.

    Returns:
        A short hash by the name of each package or module; `__main__:name` stands for the code of a script or
        a notebook. Empty if everything is segue's own.

    Raises:
        UserError: A file of that code has changed since this process imported it.
    """
    from segue.envs import environment, load_preset

    merged = {**environment(env_id).settings, **settings}
    registering, _, _ = env_id.rpartition(":")
    found = module_fingerprints(registering) if registering else {}
    for path in _paths(merged, load_preset(merged.get("listener", "full"))):
        found |= _code_of_path(path)
    return found


def code_of_agent(name: str) -> dict[str, str]:
    """Hashes the users' code that an agent consists of; see `code_of_environment`.

    Args:
        name: A registered name, or `"module:callable"`.
    """
    from segue.agents import agent_info

    factory = agent_info(name).factory
    return _code_of_path(factory) if isinstance(factory, str) else object_fingerprints(factory)


def _paths(settings: dict[str, Any], preset: Preset) -> Iterator[str]:
    """Yields what the settings of an environment and its listener name as `"module:attribute"`."""
    pool, response = settings.get("pool"), preset.listener.get("response")
    named = [settings.get("reward") or preset.reward, pool.get("kind") if isinstance(pool, dict) else pool]
    named.append(response.get("model") if isinstance(response, dict) else None)
    terms = preset.listener.get("terms")
    kinds = terms.values() if isinstance(terms, dict) else ()
    named += [kind.get("term") for kind in kinds if isinstance(kind, dict)]
    yield from (str(path) for path in named if path is not None and ":" in str(path))


def _code_of_path(path: str) -> dict[str, str]:
    """Hashes the code that `"module:attribute"` names."""
    module = path.partition(":")[0]
    if module.partition(".")[0] == "segue":
        return {}
    named = load_named(path, "code")
    return object_fingerprints(named) if module == MAIN else module_fingerprints(module)

"""Makes the vector environments that step the sessions of a run, from settings that users give."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from segue.features.errors import UserError, excerpt, unknown_name


def make_batch(env_id: str, settings: Mapping[str, Any], sessions: int, *, copy: bool = True) -> Any:
    """Makes the vector environment that steps some sessions at once.

    Args:
        env_id: A registered environment.
        settings: Its settings.
        sessions: Number of sessions.
        copy: Whether its observations are copies; otherwise each step overwrites them.

    Raises:
        UserError: There is no such environment, or a setting is unknown or has a wrong value or type.
    """
    import gymnasium as gym

    from segue.envs import environment
    from segue.envs.vector import FORM_ARGUMENTS

    if not isinstance(settings, Mapping):
        raise UserError(f"The settings of an environment must be a mapping, but are {excerpt(settings)}.")
    known = [*environment_settings(), *(name for name in FORM_ARGUMENTS if name != "copy")]
    for name in settings:
        if name not in known:
            raise unknown_name("setting of the environment", name, known)
    environment(env_id)
    mode = "vector_entry_point"
    try:
        return gym.make_vec(env_id, num_envs=sessions, vectorization_mode=mode, copy=copy, **settings)
    except UserError:
        raise
    except MemoryError:
        raise UserError("The environment needs more memory than there is; choose smaller settings.") from None
    except Exception as error:  # whatever the parts that users write do, too
        raise UserError(f"The environment cannot be made from its settings ({described(error)}).") from error


def described(error: Exception) -> str:
    """Returns the name and the message of an error that a message repeats."""
    return excerpt(f"{type(error).__name__}: {error}")


def environment_settings() -> dict[str, Any]:
    """Returns all settings of a playlist environment that have a default, by name."""
    from segue.envs.core.setting import build_setting
    from segue.envs.vector import FORM_ARGUMENTS, PlaylistVectorEnv

    keywords = inspect.signature(PlaylistVectorEnv).parameters
    parameters = {
        **inspect.signature(build_setting).parameters,
        **{
            name: p for name, p in keywords.items() if p.kind is p.KEYWORD_ONLY and name not in FORM_ARGUMENTS
        },
    }
    return {name: p.default for name, p in parameters.items() if p.default is not p.empty}

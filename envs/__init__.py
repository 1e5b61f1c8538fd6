"""Simulated listeners as Gymnasium environments; they react to each track and to the transition into it.

Importing this package registers its environments.
"""

from segue.envs.core.observation import ObservationLayout
from segue.envs.core.session import Sessions
from segue.envs.core.state import Snapshot
from segue.envs.core.step_result import StepResult
from segue.envs.listener.preset import Preset, load_preset, preset_names
from segue.envs.listener.response import ResponseModel
from segue.envs.listener.term import CompiledTerm, Play, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.envs.playlist import PlaylistEnv
from segue.envs.pools.uniform import Pool
from segue.envs.registration.built_in import register_built_in
from segue.envs.registration.from_yaml import register_from_yaml
from segue.envs.registration.registry import EnvironmentInfo, environment, environments, register_playlist_env
from segue.envs.vector import PlaylistVectorEnv

__all__ = [
    "CompiledTerm",
    "EnvironmentInfo",
    "ObservationLayout",
    "Play",
    "PlaylistEnv",
    "PlaylistVectorEnv",
    "Pool",
    "Preset",
    "ResponseModel",
    "Sessions",
    "SessionsView",
    "Snapshot",
    "StepResult",
    "Term",
    "TermContext",
    "environment",
    "environments",
    "load_preset",
    "preset_names",
    "register_from_yaml",
    "register_playlist_env",
]

register_built_in()

"""Tables to Gymnasium: simulated listeners who react to each track and to the transition into it.

Importing this package registers its environments.
"""

from segue.envs.from_yaml import register_from_yaml
from segue.envs.listener.response import ResponseModel
from segue.envs.listener.term import Play, Scene, Term
from segue.envs.observation import ObservationLayout
from segue.envs.playlist import PlaylistEnv
from segue.envs.presets import load_preset, preset_names
from segue.envs.registration import EnvironmentInfo, environment, environments, register_playlist_env
from segue.envs.registrations import register_built_in
from segue.envs.session import Sessions, Snapshot
from segue.envs.step_result import StepResult
from segue.envs.vector import PlaylistVectorEnv

__all__ = [
    "EnvironmentInfo",
    "ObservationLayout",
    "Play",
    "PlaylistEnv",
    "PlaylistVectorEnv",
    "ResponseModel",
    "Scene",
    "Sessions",
    "Snapshot",
    "StepResult",
    "Term",
    "environment",
    "environments",
    "load_preset",
    "preset_names",
    "register_from_yaml",
    "register_playlist_env",
]

register_built_in()

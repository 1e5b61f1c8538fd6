"""Practice: the sessions of an environment with the tracks of another catalogue.

A catalogue of a few hundred tracks can be learnt by heart, and what is known of a track by heart is of no use
with another. Rounds with other tracks in between make that useless in training, too: domain randomisation
(Tobin et al. 2017), of the music and not of the listeners.
"""

from typing import Any

import gymnasium as gym

from segue.agents.vec_env import PlaylistVecEnv
from segue.features.errors import UserError


def practice_of(env: PlaylistVecEnv, catalog: str) -> PlaylistVecEnv | None:
    """Makes as many sessions with the same settings, but with other tracks.

    Args:
        env: The training sessions, made by ``gymnasium.make_vec``. A pool that lists tracks becomes a
            uniform one.
        catalog: Name or path of the other catalogue; of its tracks too, only the split's are used.

    Returns:
        The other sessions, or None if their observations mean something else: where one catalogue knows
        features that the other lacks, there is nothing to practise with.

    Raises:
        UserError: The environment was made in another way, or the catalogue cannot serve it.
    """
    spec = env.env.spec
    if spec is None:
        raise UserError(
            "To practise, an environment must be made by gymnasium.make_vec; or leave practice out."
        )
    settings: dict[str, Any] = {**spec.kwargs, "catalog": catalog}
    pool = settings.get("pool")
    if isinstance(pool, dict) and pool.get("kind") == "list":
        settings["pool"] = "uniform"
    other = PlaylistVecEnv(gym.make_vec(spec.id, **settings))
    return other if other.observed == env.observed else None

"""Practice: the sessions of an environment with the tracks of another catalogue.

A catalogue of a few hundred tracks can be learnt by heart, and what is known of a track by heart is of no use
with another. Rounds with other tracks in between make that useless in training, too: domain randomisation
(Tobin et al. 2017), of the music and not of the listeners.
"""

from typing import Any

from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.envs import PlaylistVectorEnv
from segue.features import open_catalog
from segue.features.errors import UserError


def randomized_env(env: PlaylistVecEnv, catalog: str) -> PlaylistVecEnv | None:
    """Makes as many sessions with the same settings, but with other tracks.

    The tracks join the clusters of the environment's own, so that the same kinds of music satiate or bore.

    Args:
        env: The training sessions, made by `gymnasium.make_vec`. A pool that lists tracks becomes a
            uniform one.
        catalog: Name or path of the other catalogue; of its tracks too, only the split's are used.

    Returns:
        The other sessions, or None if there is nothing to practise with: where one catalogue knows features
        that the other lacks, or its tracks cannot serve these sessions.

    Raises:
        UserError: There is no such catalogue, or the environment was made in another way.
    """
    other = open_catalog(catalog)
    spec = env.env.spec
    if spec is None:
        raise UserError(
            "To practise, an environment must be made by gymnasium.make_vec; or leave practice out."
        )
    settings: dict[str, Any] = {**spec.kwargs}
    for key in ("num_envs", "vectorization_mode"):
        settings.pop(key, None)
    pool = settings.get("pool")
    if isinstance(pool, dict) and pool.get("kind") == "list":
        settings["pool"] = "uniform"
    try:
        settings["catalog"] = other.with_clusters_of(open_catalog(settings.get("catalog", "demo")))
        return PlaylistVecEnv(PlaylistVectorEnv(env.num_envs, **settings))
    except UserError:
        return None

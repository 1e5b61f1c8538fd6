"""Domain randomisation: the sessions of an environment with the tracks of another catalogue.

A catalogue of a few hundred tracks can be memorised, and what is memorised about single tracks does not
transfer to others. Rounds with other tracks prevent that: domain randomisation (Tobin et al. 2017), of the
music and not of the listeners.
"""

from typing import Any

from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.envs import PlaylistVectorEnv
from segue.features import open_catalog
from segue.features.errors import UserError


def randomized_env(env: PlaylistVecEnv, catalog: str) -> PlaylistVecEnv | None:
    """Makes as many sessions with the same settings, but with other tracks.

    The tracks are assigned to the clusters of the environment's catalogue, so that listeners satiate and tire
    of the same kinds of music. Synthetic tracks imitate those of the environment's catalogue. If the
    environment has a split, then percentiles, clusters and imitation rest on its training tracks only.

    Args:
        env: The training sessions, made by `gymnasium.make_vec`. A pool that lists tracks is replaced by a
            uniform one.
        catalog: Name or path of the other catalogue; only its tracks of the same part are used.

    Returns:
        The other sessions, or None if the catalogue cannot be used: one of the two has features that the
        other lacks, or its tracks do not suffice for these sessions.

    Raises:
        UserError: There is no such catalogue, or the environment was not made by `gymnasium.make_vec`.
    """
    spec = env.env.spec
    if spec is None:
        raise UserError(
            "`domain_randomization` needs an environment made by gymnasium.make_vec; use that, or leave "
            "`domain_randomization` out."
        )
    settings: dict[str, Any] = {**spec.kwargs}
    for key in ("num_envs", "vectorization_mode"):
        settings.pop(key, None)
    pool = settings.get("pool")
    if isinstance(pool, dict) and pool.get("kind") == "list":
        settings["pool"] = "uniform"
    own = open_catalog(settings.get("catalog", "demo"))
    if settings.get("split") is not None:
        own = own.for_split(settings.get("split_seed", 0))
    other = open_catalog(catalog, like=own)
    try:
        settings["catalog"] = other.with_clusters_of(own)
        return PlaylistVecEnv(PlaylistVectorEnv(env.num_envs, **settings))
    except UserError:
        return None

"""Domain randomisation: the sessions of an environment with the tracks of another catalogue.

A catalogue of a few hundred tracks can be memorised, and what is memorised about single tracks does not
transfer to others. Sessions with other tracks prevent that: domain randomisation (Tobin et al. 2017), of the
music and not of the listeners.
"""

from typing import Any

from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.envs import PlaylistVectorEnv
from segue.features import open_catalog
from segue.features.errors import UserError, excerpt


def randomized_env(env: PlaylistVecEnv, catalog: str, num_envs: int) -> PlaylistVecEnv:
    """Makes sessions with the same settings, but with other tracks.

    The tracks are assigned to the clusters of the environment's catalogue, so that listeners satiate and tire
    of the same kinds of music. Synthetic tracks imitate those of the environment's catalogue. If the
    environment has a split, then percentiles, clusters and imitation rest on its training tracks only.

    Args:
        env: Training sessions, made by `gymnasium.make_vec`.
        catalog: Name or path of the other catalogue; only its tracks of the same part are used.
        num_envs: Number of sessions.

    Returns:
        The other sessions.

    Raises:
        UserError: There is no such catalogue, one of the two has features that the other lacks, its tracks do
            not suffice for these sessions, the pool lists tracks, or the environment was not made by
            `gymnasium.make_vec`.
    """
    if not isinstance(catalog, str):
        raise UserError(
            "domain_randomization is the name or path of a catalogue, such as synthetic:10000, not "
            f"{excerpt(repr(catalog))}."
        )
    spec = env.env.spec
    if spec is None:
        raise _unusable(catalog, "it needs an environment made by gymnasium.make_vec.")
    settings: dict[str, Any] = {**spec.kwargs}
    for key in ("num_envs", "vectorization_mode"):
        settings.pop(key, None)
    pool = settings.get("pool")
    if isinstance(pool, dict) and pool.get("kind") == "list":
        raise _unusable(catalog, "the pool of this environment lists its tracks.")
    try:
        own = open_catalog(settings.get("catalog", "demo"))
        if settings.get("split") is not None:
            own = own.for_split(settings.get("split_seed", 0))
        settings["catalog"] = open_catalog(catalog, like=own).with_clusters_of(own)
        return PlaylistVecEnv(PlaylistVectorEnv(num_envs, **settings))
    except UserError as error:
        raise _unusable(catalog, str(error)) from error


def _unusable(catalog: str, reason: str) -> UserError:
    return UserError(
        f"domain_randomization cannot be {catalog!r} here (null trains without other tracks): {reason}"
    )

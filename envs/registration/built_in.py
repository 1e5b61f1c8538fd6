"""The environments that come with segue: a table of construction arguments."""

from __future__ import annotations

from typing import Any

from segue.envs.registration.registry import register_playlist_env

BUILT_IN: dict[str, tuple[str, dict[str, Any]]] = {
    "segue/Playlist-v0": (
        "The full listener: taste, transitions, satiation, boredom, exposure, an energy arc and engagement.",
        {"listener": "full"},
    ),
    "segue/PlaylistContinuous-v0": (
        "The full listener; an action is a point in feature space and plays the nearest available candidate.",
        {"listener": "full", "action": "continuous"},
    ),
    "segue/DJMC-v0": (
        "The listener of DJ-MC over 1,000 songs, 200 per session (pool_size up to 999); nobody leaves.",
        {"listener": "djmc", "catalog": "synthetic:1000", "features": "djmc", "pool_size": 200},
    ),
    "segue/DJMCPairs-v0": (
        "As DJMC, with preferences for conjunctions of descriptors, which DJ-MC's model cannot represent.",
        {"listener": "djmc-pairs", "catalog": "synthetic:1000", "features": "djmc", "pool_size": 200},
    ),
    "segue/Rebound-v0": (
        "Taste with satiation and boredom that recover with rest, so that favourites are worth saving.",
        {"listener": "rebound"},
    ),
    "segue/DJSet-v0": (
        "A dance floor: an energy arc, smooth transitions over the last six tracks, and weak taste.",
        {"listener": "djset"},
    ),
    "segue/Session-v0": (
        "A listener calibrated to real skip logs, in which order hardly matters and short tracks help.",
        # The longer a track, the more time to skip it: of the mean listener's expected reward, the transition
        # explains half of the variance, and with the duration together nearly all. On the other environments,
        # agents that were trained with durations earned no more than without, or not more than two trainings
        # differ by (dagger, 40,000 steps, 2,000 sessions): 6.60 instead of 6.46 here, 15.3 instead of 15.3 on
        # Rebound, 16.9 instead of 17.0 on DJSet and 18.8 instead of 19.3 on Playlist.
        {"listener": "session", "observe_durations": True},
    ),
}
"""Environment id to description and construction arguments."""


def register_built_in() -> None:
    """Registers every built-in environment; calling it again changes nothing."""
    for env_id, (description, settings) in BUILT_IN.items():
        register_playlist_env(env_id, description=description, **settings)

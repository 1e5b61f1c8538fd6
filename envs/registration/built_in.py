"""The environments that come with segue: a table of construction arguments."""

from __future__ import annotations

from typing import Any

from segue.envs.registration.registry import register_playlist_env

BUILT_IN: dict[str, tuple[str, dict[str, Any]]] = {
    "segue/Playlist-v0": (
        "The full listener: taste, transitions, satiation, an energy arc and engagement.",
        {"listener": "full"},
    ),
    "segue/PlaylistContinuous-v0": (
        "The full listener; an action is a point in feature space, answered by the nearest free candidate.",
        {"listener": "full", "action": "continuous"},
    ),
    "segue/DJMC-v0": (
        "DJ-MC's own listener over 1,000 songs, 200 a session (pool_size up to 999); nobody leaves.",
        {"listener": "djmc", "catalog": "synthetic:1000", "features": "djmc", "pool_size": 200},
    ),
    "segue/DJMCPairs-v0": (
        "As DJMC, with a listener that DJ-MC's model cannot represent: conjunctions of descriptors.",
        {"listener": "djmc-pairs", "catalog": "synthetic:1000", "features": "djmc", "pool_size": 200},
    ),
    "segue/Rebound-v0": (
        "Taste that satiates, bores and rebounds with rest.",
        {"listener": "rebound"},
    ),
    "segue/DJSet-v0": (
        "A dance floor: an energy arc to follow and transitions that are remembered; little taste.",
        {"listener": "djset"},
    ),
    "segue/Session-v0": (
        "A listener calibrated to real skip logs; order matters little here, as it does in them.",
        {"listener": "session"},
    ),
}
"""Id to description and construction arguments."""


def register_built_in() -> None:
    """Registers all of them; doing so again changes nothing."""
    for env_id, (description, settings) in BUILT_IN.items():
        register_playlist_env(env_id, description=description, **settings)

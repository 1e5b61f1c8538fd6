"""Registers me/Commute-v0: the full listener, in a car."""

from segue.envs import register_playlist_env

register_playlist_env(
    "me/Commute-v0",
    description="A drive to work, with road noise that masks soft tracks.",
    listener={
        "preset": "full",
        "terms": {"road_noise": {"term": "envs.road_noise:RoadNoise", "weight": 2.0}},
    },
    pool={"kind": "clusters", "mixed": 4},
    length=12,
)

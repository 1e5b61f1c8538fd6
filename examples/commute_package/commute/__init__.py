"""Registers me/Commute-v0: the full listener, in a car.

Importing the package is enough, and `gym.make("commute:me/Commute-v0")` imports it.
"""

from segue.envs import register_playlist_env

register_playlist_env(
    "me/Commute-v0",
    description="A drive to work: road noise drowns out quiet tracks.",
    listener={
        "preset": "full",
        "terms": {"road_noise": {"term": "commute.road_noise:RoadNoise", "weight": 2.0}},
    },
    pool={"kind": "clusters", "mixed": 4},
    length=12,
)

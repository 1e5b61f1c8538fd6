"""Random numbers of an agent that belong to a session.

They are a function of the agent's seed, the session's candidates and the position, so an agent plays the same
in a session however many sessions run beside it.
"""

import hashlib

import numpy as np

from segue.agents.base import Batch
from segue.envs.compiled.draws.philox import stream_id, uniform_rows
from segue.features.arrays import FloatArray, Int64Array, UInt64Array

STREAM = np.uint64(stream_id("agent"))


def session_keys(observation: Batch) -> UInt64Array:
    """Returns one number per session, a hash of its candidates, which stay the same to its end, (B,)."""
    hashes = [
        hashlib.blake2b(np.ascontiguousarray(part).data, digest_size=8) for part in observation["candidates"]
    ]
    return np.array([int.from_bytes(part.digest(), "little") for part in hashes], np.uint64)


def session_uniforms(observation: Batch, seed: int, columns: int) -> FloatArray:
    """Draws uniform numbers for each session at its position, (B, columns)."""
    return uniform_rows(session_keys(observation), np.uint64(seed), STREAM, _positions(observation), columns)


def session_generator(observation: Batch, row: int, seed: int) -> np.random.Generator:
    """Returns a generator for one session at its position."""
    one = {key: part[row : row + 1] for key, part in observation.items()}
    return np.random.default_rng([seed, int(session_keys(one)[0]), int(_positions(one)[0])])


def _positions(observation: Batch) -> Int64Array:
    """Returns how many candidates are gone in each session, (B,)."""
    gone: Int64Array = (observation["available"] < 0.5).sum(axis=1)
    return gone

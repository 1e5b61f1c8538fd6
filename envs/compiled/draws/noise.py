"""The random numbers of a play: response, departure and the noise of terms.

Without noise (`SharedArrays.noiseless`) every draw is the middle of its distribution.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from segue.envs.compiled.draws.normal import normal_quantile
from segue.envs.compiled.draws.philox import stream_id, uniform

RESPONSE, DEPARTURE = np.uint64(stream_id("response")), np.uint64(stream_id("departure"))
POOL, START = np.uint64(stream_id("pool")), np.uint64(stream_id("start"))
BIAS = np.uint64(stream_id("listener/bias"))


@njit(error_model="numpy")
def response_draw(shared, key, position):
    """Returns the uniform draw of a session that decides how much of the track at a position is heard."""
    return 0.5 if shared.noiseless else uniform(key, shared.split, RESPONSE, position)


@njit(error_model="numpy")
def uniform_noise(term, shared, key, position):
    """Returns a term's uniform noise of the play at a position in the session with a key."""
    return 0.5 if shared.noiseless else uniform(key, shared.split, term.noise_stream, position)


@njit(error_model="numpy")
def normal_noise(term, shared, key, position):
    """Returns a term's standard normal noise of the play at a position in the session with a key."""
    if shared.noiseless:
        return 0.0
    return normal_quantile(uniform(key, shared.split, term.noise_stream, position))

"""The random numbers of a play: response, departure and the noise of terms.

Without noise (`SharedArrays.noiseless`) every draw is the middle of its distribution.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from segue.envs.compiled.normal import normal_quantile
from segue.envs.compiled.philox import stream_id, uniform

RESPONSE, DEPARTURE = np.uint64(stream_id("response")), np.uint64(stream_id("departure"))
POOL, START = np.uint64(stream_id("pool")), np.uint64(stream_id("start"))
BIAS = np.uint64(stream_id("listener/bias"))


@njit(error_model="numpy", forceinline=True)
def response_draw(state, shared, b, position):
    """Returns the uniform draw of session `b` that decides how much of the track at a position is heard."""
    return 0.5 if shared.noiseless else uniform(state.key[b], shared.split, RESPONSE, position)


@njit(error_model="numpy", forceinline=True)
def uniform_noise(term, state, shared, b, position):
    """Returns a term's uniform noise of the play at a position in session `b`."""
    return 0.5 if shared.noiseless else uniform(state.key[b], shared.split, term.noise_stream, position)


@njit(error_model="numpy", forceinline=True)
def normal_noise(term, state, shared, b, position):
    """Returns a term's standard normal noise of the play at a position in session `b`."""
    if shared.noiseless:
        return 0.0
    return normal_quantile(uniform(state.key[b], shared.split, term.noise_stream, position))

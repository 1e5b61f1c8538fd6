"""What responses say of the skip hazard: exact, left-censored and right-censored times to a skip.

With the risk r = exp(−βU) and the base hazard H accumulated until τ, a response contributes (Klein and
Moeschberger 2003, *Survival Analysis*, section 3.5)

- the density r h₀(τ) exp(−r H(τ)), if a skip at τ is known exactly;
- 1 − exp(−r H(τ)), if it is only known that the skip came before τ: the end of the track, or the least time
  that a log resolves;
- exp(−r H(τ)), if there was no skip until τ: the end of the track, or the time at which the play stopped for
  another or an unknown reason.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from segue.envs.listener.response import SkipHazard
from segue.experiments.fitting.play_arrays import PlayArrays
from segue.features.arrays import BoolArray, FloatArray

LEAST_SECONDS = 1.0
"""Skips before this count as skips at some time before it, since logs round: some say 0 s. There the density
is r h₀(0), without an upper bound, and the likelihood would grow without end as utilities vary more."""


class ResponseHazards(NamedTuple):
    """What the likelihood of N responses reads.

    Attributes:
        exact: Whether the response is a skip at an exactly known time, (N,).
        hazard: Base hazard accumulated until the time τ of the response, 0 if nothing is known of it, (N,).
        log_rate: log h₀(τ) of exact responses, h₀ in 1/s, 0 for others, (N,).
    """

    exact: BoolArray
    hazard: FloatArray
    log_rate: FloatArray


def response_hazards(plays: PlayArrays, response: SkipHazard) -> ResponseHazards:
    """Returns what the responses of some plays say under a base hazard."""
    timed = plays.timed | plays.stopped
    seconds = np.where(timed, plays.listened, 1.0) * plays.duration
    exact = plays.timed & (seconds >= LEAST_SECONDS)
    rounded = plays.timed & ~exact
    until = np.where(rounded, np.minimum(LEAST_SECONDS, plays.duration), seconds)
    rate, hazard = response.base_hazard(until, plays.duration)
    hazard = np.where(timed, hazard, np.where(plays.skipped >= 0, response.constants.until_end, 0.0))
    return ResponseHazards(exact, hazard, np.where(exact, np.log(np.where(exact, rate, 1.0)), 0.0))

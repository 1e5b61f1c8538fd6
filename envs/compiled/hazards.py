"""The response and the departure, one play at a time; the equations stand at the classes that call these."""

import numpy as np
from numba import njit


@njit(error_model="numpy")
def listened_fraction(uniform, utility, duration, response):
    """Inverts the survival function of `SkipHazard`.

    Args:
        uniform: Uniform draw.
        utility: Utility of the play.
        duration: Length of the track in s.
        response: β, then the cumulative base hazard at 5 s, 30 s and the end, (4,).

    Returns:
        Heard fraction, exactly 1.0 at the end.
    """
    reached = -np.log1p(-uniform) * np.exp(response[0] * utility)
    if reached >= response[3]:
        return 1.0
    early, settled = min(5.0, duration / 10.0), min(30.0, duration / 2.0)
    if reached < response[1]:
        seconds = reached / response[1] * early
    elif reached < response[2]:
        seconds = early + (reached - response[1]) / (response[2] - response[1]) * (settled - early)
    else:
        share = (reached - response[2]) / (response[3] - response[2])
        seconds = settled + share * (duration - settled)
    return min(seconds / duration, 1.0 - 2.0**-53)


@njit(error_model="numpy")
def leaving_probability(played, skips, ema, departure):
    """Evaluates the logit of `AbandonHazard`.

    Args:
        played: Tracks played so far.
        skips: Consecutive skips.
        ema: Moving average of the utility.
        departure: 1 if the listener never leaves, a, b, c, κ, λ, decay, (7,).
    """
    if departure[0] > 0.0:
        return 0.0
    weibull = (departure[4] - 1.0) * np.log(played / departure[5])
    return 1.0 / (1.0 + np.exp(-(departure[1] + departure[2] * skips - departure[3] * ema + weibull)))


@njit(error_model="numpy")
def listened_fractions(uniform, utility, duration, response):
    """Does `listened_fraction` for arrays (B,)."""
    out = np.empty(uniform.size)
    for b in range(uniform.size):
        out[b] = listened_fraction(uniform[b], utility[b], duration[b], response)
    return out


@njit(error_model="numpy")
def leaving_probabilities(played, skips, ema, departure):
    """Does `leaving_probability` for arrays (B,)."""
    out = np.empty(ema.size)
    for b in range(ema.size):
        out[b] = leaving_probability(played[b], skips[b], ema[b], departure)
    return out

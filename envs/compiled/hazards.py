"""The response and the departure for one play; see `SkipHazard` and `AbandonHazard` for the equations."""

import numpy as np
from numba import njit


@njit(error_model="numpy")
def listened_fraction(uniform, utility, duration, response):
    """Inverts the survival function of `SkipHazard`.

    Args:
        uniform: Uniform draw.
        utility: Utility of the play.
        duration: Length of the track in s.
        response: `SkipHazardConstants`.

    Returns:
        Heard fraction, exactly 1.0 at the end.
    """
    reached = -np.log1p(-uniform) * np.exp(response.beta * utility)
    if reached >= response.until_end:
        return 1.0
    early, settled = min(5.0, duration / 10.0), min(30.0, duration / 2.0)
    if reached < response.until_5s:
        seconds = reached / response.until_5s * early
    elif reached < response.until_30s:
        share = (reached - response.until_5s) / (response.until_30s - response.until_5s)
        seconds = early + share * (settled - early)
    else:
        share = (reached - response.until_30s) / (response.until_end - response.until_30s)
        seconds = settled + share * (duration - settled)
    return min(seconds / duration, 1.0 - 2.0**-53)


@njit(error_model="numpy")
def leaving_probability(played, skips, ema, departure):
    """Evaluates the logit of `AbandonHazard`.

    Args:
        played: Tracks played so far.
        skips: Consecutive skips.
        ema: Moving average of the utility.
        departure: `AbandonHazardConstants`.

    Returns:
        Probability of leaving now.
    """
    if departure.never:
        return 0.0
    weibull = (departure.shape - 1.0) * np.log(played / departure.scale)
    logit = departure.a + departure.b * skips - departure.c * ema + weibull
    return 1.0 / (1.0 + np.exp(-logit))


@njit(error_model="numpy", cache=True)
def listened_fractions(uniform, utility, duration, response):
    """Computes `listened_fraction` for arrays (B,)."""
    out = np.empty(uniform.size)
    for b in range(uniform.size):
        out[b] = listened_fraction(uniform[b], utility[b], duration[b], response)
    return out


@njit(error_model="numpy", cache=True)
def leaving_probabilities(played, skips, ema, departure):
    """Computes `leaving_probability` for arrays (B,)."""
    out = np.empty(ema.size)
    for b in range(ema.size):
        out[b] = leaving_probability(played[b], skips[b], ema[b], departure)
    return out

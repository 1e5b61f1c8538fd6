"""The built-in terms, one session and one candidate at a time.

Each function is the compiled form of a class in `segue.envs.listener.terms`, which holds the equation. Its
``c`` are the constants that `segue.envs.compiled.lowering` takes from that class, ``h`` and ``s`` the term's
hidden parameters and state in one session.
"""

import numpy as np
from numba import njit
from segue.envs.compiled.arrivals import LEAVING, arrive
from segue.features.transitions import TRANSITION_NEUTRAL

TASTE, TRANSITION, SATIATION, BOREDOM, EXPOSURE, DRIFT, ARC, ENGAGEMENT = range(8)

_SPAN = np.maximum(TRANSITION_NEUTRAL, np.float32(1.0) - TRANSITION_NEUTRAL)


@njit(error_model="numpy")
def taste(c, s, x):
    """Gives the scaled inner product with features ``x``."""
    total = 0.0
    for f in range(x.size):
        total += s[f] * (2.0 * x[f] - 1.0)
    return total * c[0]


@njit(error_model="numpy")
def transition(c, h, history, position, links, arriving, slot, scratch):
    """Gives the roughness of the steps from the last tracks into ``slot``, negated."""
    leaving = np.empty(LEAVING.size, np.float32)
    total = 0.0
    for back in range(1, int(c[0]) + 1):
        if position - (back - 1) < 0:
            break
        track = history[position - (back - 1)]
        for column in range(LEAVING.size):
            leaving[column] = links[track, LEAVING[column]]
        arrive(leaving, arriving, slot, slot + 1, scratch)
        cost = 0.0
        for t in range(h.size):
            cost += h[t] * (abs(scratch[t, slot] - TRANSITION_NEUTRAL[t]) / _SPAN[t])
        total -= cost / (back * back)
    return total


@njit(error_model="numpy")
def satiation_update(c, h, s, groups, slot, heard, noise):
    """Adds the play to the stock of its group, then lets all stocks decay."""
    played = groups[slot]
    jolt = c[0] * noise if c[0] > 0.0 else 0.0
    for k in range(groups.size):
        same = heard and groups[k] == played
        s[k] = h[0] * (s[k] + (1.0 if same else 0.0))
        if same and c[0] > 0.0:
            s[k] = max(s[k] + jolt, 0.0)


@njit(error_model="numpy")
def boredom_update(c, s, groups, slot, heard, noise):
    """Moves the chain, then adds the play to the stock of its cluster and lets all stocks decay."""
    stock, bored = s[1 + slot], s[0] > 0.0
    change = c[5] * np.exp(-stock) if bored else -np.expm1(-c[4] * stock)
    if heard and noise < change:
        bored = not bored
    retention = c[1] if bored else c[0]
    played = groups[slot]
    for k in range(groups.size):
        same = heard and groups[k] == played
        s[1 + k] = retention * (s[1 + k] + (1.0 if same else 0.0))
    s[0] = 1.0 if bored else 0.0


@njit(error_model="numpy")
def exposure(c, h, x, group, past, position):
    """Gives the inverted U of the novelty that is left after exposure to the group."""
    activation = 0.0
    for place in range(position + 1):
        if past[place] == group:
            activation += (position + 1 - place + c[3]) ** -0.5
    square = 0.0
    for f in range(x.size):
        square += (x[f] - h[f]) ** 2
    novelty = max(np.sqrt(square / x.size) - c[2] * activation, 0.0)
    return c[0] * novelty + c[1] * novelty * novelty


@njit(error_model="numpy")
def drift_update(c, taste_state, x, heard, noise):
    """Moves the taste toward or away from features ``x``."""
    if not heard:
        return
    likes = 0.0
    for f in range(x.size):
        likes += (2.0 * x[f] - 1.0) * taste_state[f]
    sign = 1.0 if noise < (likes / x.size + 1.0) / 2.0 else -1.0
    for f in range(x.size):
        centred, u = 2.0 * x[f] - 1.0, taste_state[f]
        step = (0.3 - 0.3 * abs(u)) * centred * (centred - u)
        taste_state[f] = min(max(u + c[0] * sign * step, -1.0), 1.0)


@njit(error_model="numpy")
def arc(c, h, x, target):
    """Gives the negated square distance from the target energy."""
    wanted = min(max(target + h[0], 0.0), 1.0)
    return -((x[int(c[0])] - wanted) ** 2)


@njit(error_model="numpy")
def engagement_update(c, s, listened, noise):
    """Lets the momentum decay and adds what the response says."""
    s[0] = c[0] * s[0] + c[1] * (2.0 * listened - 1.0)
    if c[2] > 0.0:
        s[0] += c[2] * noise

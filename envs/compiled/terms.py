"""The built-in terms as loops over a batch.

Each loop is the compiled form of a class in `segue.envs.listener.terms`, which holds the equation. Its `c`
are the constants that `segue.envs.compiled.term_table` takes from that class; `h0` and `s0` are the term's
first columns in `hidden` (B, n_hidden) and in `terms` (B, n_state). A loop that computes utilities writes
`out` (B, M) for `slots` (B, M). No loop makes views of rows: their reference counts would cost more than
the arithmetic. `outcome` is the tuple of `segue.envs.compiled.steps`.
"""

import numpy as np
from numba import njit

from segue.envs.compiled.transitions import ARRIVING, arrive
from segue.features.catalog.transitions import TRANSITION_NAMES, TRANSITION_NEUTRAL

TASTE, TRANSITION, SATIATION, BOREDOM, EXPOSURE, DRIFT, ARC, ENGAGEMENT = range(8)

_COUNT = len(TRANSITION_NAMES)
_SPAN = np.maximum(TRANSITION_NEUTRAL, np.float32(1.0) - TRANSITION_NEUTRAL)


@njit(error_model="numpy")
def taste(c, s0, terms, features, slots, out):
    """Writes the scaled inner product of the preference and the features."""
    wide = features.shape[2]
    for b in range(slots.shape[0]):
        for m in range(slots.shape[1]):
            slot, total = slots[b, m], 0.0
            for f in range(wide):
                total += terms[b, s0 + f] * (2.0 * features[b, slot, f] - 1.0)
            out[b, m] = total * c[0]


@njit(error_model="numpy")
def transition(c, h0, hidden, position, leaving, records, wide, pool, arriving, slots, scratch, out):
    """Writes the roughness of the steps from the last tracks, negated."""
    one = slots.shape[1] == 1
    # The columns of one candidate lie side by side in the catalogue, but far apart in the session.
    alone = np.empty((1, ARRIVING.size, 1), np.float32)
    out[:] = 0.0
    for b in range(slots.shape[0]):
        if one:
            candidate = max(pool[b, slots[b, 0]], 0)
            for column in range(ARRIVING.size):
                alone[0, column, 0] = records[candidate, wide + column]
        for back in range(1, min(int(c[0]), position[b] + 1) + 1):
            place = position[b] - (back - 1)
            if one:
                arrive(leaving, b, place, alone, 0, scratch, 0)
            else:
                arrive(leaving, b, place, arriving, b, scratch, 0)
            for m in range(slots.shape[1]):
                at, cost = 0 if one else slots[b, m], 0.0
                for t in range(_COUNT):
                    rough = abs(scratch[0, at * _COUNT + t] - TRANSITION_NEUTRAL[t]) / _SPAN[t]
                    cost += hidden[b, h0 + t] * rough
                out[b, m] -= cost / (back * back)


@njit(error_model="numpy")
def satiation(h0, s0, hidden, terms, slots, out):
    """Writes −λ s for the group of each candidate."""
    for b in range(slots.shape[0]):
        for m in range(slots.shape[1]):
            out[b, m] = -hidden[b, h0 + 1] * terms[b, s0 + slots[b, m]]


@njit(error_model="numpy")
def satiation_update(c, h0, s0, n0, g, hidden, terms, groups, noise, slots, outcome):
    """Adds the play to the stock of its group, then lets all stocks decay."""
    _real, whole, flags = outcome
    for b in range(slots.shape[0]):
        played = groups[b, g, slots[b, 0]] if flags[0, b] else -2
        retention = hidden[b, h0]
        for k in range(groups.shape[2]):
            added = 1.0 if groups[b, g, k] == played else 0.0
            terms[b, s0 + k] = retention * (terms[b, s0 + k] + added)
        if c[0] > 0.0:
            jolt = c[0] * noise[b, whole[1, b], 2 + n0]
            for k in range(groups.shape[2]):
                if groups[b, g, k] == played:
                    terms[b, s0 + k] = max(terms[b, s0 + k] + jolt, 0.0)


@njit(error_model="numpy")
def boredom(c, s0, terms, slots, out):
    """Writes pleasure·s while sensitised, −dislike·s while bored."""
    for b in range(slots.shape[0]):
        factor = -c[3] if terms[b, s0] > 0.0 else c[2]
        for m in range(slots.shape[1]):
            out[b, m] = factor * terms[b, s0 + 1 + slots[b, m]]


@njit(error_model="numpy")
def boredom_update(c, s0, n0, g, terms, groups, noise, slots, outcome):
    """Moves the chain, then adds the play to the stock of its cluster and lets all stocks decay."""
    _real, whole, flags = outcome
    for b in range(slots.shape[0]):
        heard = flags[0, b]
        stock, bored = terms[b, s0 + 1 + slots[b, 0]], terms[b, s0] > 0.0
        change = c[5] * np.exp(-stock) if bored else -np.expm1(-c[4] * stock)
        if heard and noise[b, whole[1, b], 2 + n0] < change:
            bored = not bored
        retention = c[1] if bored else c[0]
        played = groups[b, g, slots[b, 0]] if heard else -2
        for k in range(groups.shape[2]):
            added = 1.0 if groups[b, g, k] == played else 0.0
            terms[b, s0 + 1 + k] = retention * (terms[b, s0 + 1 + k] + added)
        terms[b, s0] = 1.0 if bored else 0.0


@njit(error_model="numpy")
def exposure(c, h0, g, fading, hidden, features, groups, past, position, slots, out):
    """Writes the inverted U of the novelty that is left after exposure to the group."""
    wide = features.shape[2]
    for b in range(slots.shape[0]):
        for m in range(slots.shape[1]):
            slot, activation, square = slots[b, m], 0.0, 0.0
            group = groups[b, g, slot]
            for place in range(position[b] + 1):
                activation += fading[position[b] - place] if past[b, g, place] == group else 0.0
            for f in range(wide):
                gap = features[b, slot, f] - hidden[b, h0 + f]
                square += gap * gap
            novelty = max(np.sqrt(square / wide) - c[2] * activation, 0.0)
            out[b, m] = c[0] * novelty + c[1] * novelty * novelty


@njit(error_model="numpy")
def drift_update(c, n0, taste0, terms, features, noise, slots, outcome):
    """Moves the taste toward or away from what was heard."""
    _real, whole, flags = outcome
    wide = features.shape[2]
    for b in range(slots.shape[0]):
        if not flags[0, b]:
            continue
        slot, likes = slots[b, 0], 0.0
        for f in range(wide):
            likes += (2.0 * features[b, slot, f] - 1.0) * terms[b, taste0 + f]
        sign = 1.0 if noise[b, whole[1, b], 2 + n0] < (likes / wide + 1.0) / 2.0 else -1.0
        for f in range(wide):
            centred, u = 2.0 * features[b, slot, f] - 1.0, terms[b, taste0 + f]
            step = (0.3 - 0.3 * abs(u)) * centred * (centred - u)
            terms[b, taste0 + f] = min(max(u + c[0] * sign * step, -1.0), 1.0)


@njit(error_model="numpy")
def arc(c, h0, curve, hidden, features, position, slots, out):
    """Writes the negated square distance from the target energy."""
    energy = int(c[0])
    for b in range(slots.shape[0]):
        target = curve[position[b]] + hidden[b, h0]
        target = min(max(target, 0.0), 1.0)
        for m in range(slots.shape[1]):
            gap = features[b, slots[b, m], energy] - target
            out[b, m] = -(gap * gap)


@njit(error_model="numpy")
def engagement(h0, s0, hidden, terms, slots, out):
    """Writes the same level and momentum for every candidate."""
    for b in range(slots.shape[0]):
        for m in range(slots.shape[1]):
            out[b, m] = hidden[b, h0] + terms[b, s0]


@njit(error_model="numpy")
def engagement_update(c, s0, n0, terms, noise, outcome):
    """Lets the momentum decay and adds what the response says."""
    real, whole, _flags = outcome
    for b in range(terms.shape[0]):
        momentum = c[0] * terms[b, s0] + c[1] * (2.0 * real[1, b] - 1.0)
        if c[2] > 0.0:
            momentum += c[2] * noise[b, whole[1, b], 2 + n0]
        terms[b, s0] = momentum

"""The session statistics shown in observations, and how an observation is written."""

from __future__ import annotations

from numba import njit

from segue.envs.compiled.transitions import transitions_into

SHORT_DECAY, LONG_DECAY = 0.8, 0.97
"""Weights of the past in short averages (responses, tracks heard) and in long ones (liked, disliked)."""
LAST_LISTENED, LAST_SKIPPED, LISTENED_AVERAGE, SKIPPED_AVERAGE, LIKED_WEIGHT, DISLIKED_WEIGHT = range(6)
"""First columns of `SessionState.context`; blocks of F features follow: current, heard, liked, disliked."""
CONTEXT_SCALARS = 6


@njit(error_model="numpy")
def reset_context(context, b, records, start):
    """Initialises the statistics of session `b` after the track `start`."""
    n_features = (context.shape[1] - CONTEXT_SCALARS) // 4
    for column in range(CONTEXT_SCALARS):
        context[b, column] = 0.0
    context[b, LAST_LISTENED] = 1.0
    context[b, LISTENED_AVERAGE] = 1.0
    for f in range(n_features):
        context[b, CONTEXT_SCALARS + f] = records[start, f]
        context[b, CONTEXT_SCALARS + n_features + f] = records[start, f]
        context[b, CONTEXT_SCALARS + 2 * n_features + f] = 0.5
        context[b, CONTEXT_SCALARS + 3 * n_features + f] = 0.5


@njit(error_model="numpy")
def update_context(context, b, records, track, listened):
    """Adds one play of session `b` to its statistics."""
    n_features, missed = (context.shape[1] - CONTEXT_SCALARS) // 4, 1.0 - listened
    skipped = 1.0 if listened < 1.0 else 0.0
    context[b, LAST_LISTENED] = listened
    context[b, LAST_SKIPPED] = skipped
    context[b, LISTENED_AVERAGE] += (1.0 - SHORT_DECAY) * (listened - context[b, LISTENED_AVERAGE])
    context[b, SKIPPED_AVERAGE] += (1.0 - SHORT_DECAY) * (skipped - context[b, SKIPPED_AVERAGE])
    context[b, LIKED_WEIGHT] = LONG_DECAY * context[b, LIKED_WEIGHT] + listened
    context[b, DISLIKED_WEIGHT] = LONG_DECAY * context[b, DISLIKED_WEIGHT] + missed
    liked = listened / context[b, LIKED_WEIGHT] if context[b, LIKED_WEIGHT] > 0.0 else 0.0
    disliked = missed / context[b, DISLIKED_WEIGHT] if context[b, DISLIKED_WEIGHT] > 0.0 else 0.0
    current, heard = CONTEXT_SCALARS, CONTEXT_SCALARS + n_features
    good, bad = heard + n_features, heard + 2 * n_features
    for f in range(n_features):
        x = records[track, f]
        context[b, current + f] = x
        context[b, heard + f] += (1.0 - SHORT_DECAY) * (x - context[b, heard + f])
        context[b, good + f] += liked * (x - context[b, good + f])
        context[b, bad + f] += disliked * (x - context[b, bad + f])


@njit(error_model="numpy")
def observe_session(state, b, seen, row):
    """Writes the observation of session `b`, except the candidates' features, to `row` of `seen`."""
    available, skips, context = state.available, state.skips, state.context
    position, past, out = state.position[b], state.exits.shape[1], seen.context
    transitions_into(state.exits, b, position % past, state.entry, b, seen.transitions, row)
    for k in range(available.shape[1]):
        seen.available[row, k] = 1.0 if available[b, k] else 0.0
    out[row, 0] = position / (state.history.shape[1] - 1)
    for at in range(4):
        out[row, 1 + at] = context[b, at]
    out[row, 5] = min(skips[b], 5) / 5.0
    out[row, 6] = context[b, LIKED_WEIGHT] / (context[b, LIKED_WEIGHT] + 2.0)
    out[row, 7] = context[b, DISLIKED_WEIGHT] / (context[b, DISLIKED_WEIGHT] + 2.0)
    for at in range(context.shape[1] - CONTEXT_SCALARS):
        # The averages are convex combinations, but rounding may exceed the ends.
        out[row, 8 + at] = min(max(context[b, CONTEXT_SCALARS + at], 0.0), 1.0)

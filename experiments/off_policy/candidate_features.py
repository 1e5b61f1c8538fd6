"""Features of a candidate in the state of its session, for models of its value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from segue.features.arrays import AnyArray, Float32Array

CandidateFeatures: TypeAlias = Callable[[dict[str, AnyArray]], AnyArray]
"""From observations, arrays (n, …) by name, to features (n, K, D)."""

AVERAGES = 4
"""Blocks of features at the end of the context: the current track's, and those heard, liked and disliked."""


def session_features(observations: dict[str, AnyArray]) -> Float32Array:
    """Describes each candidate by itself, by the transition to it, and by how it fits what was liked.

    Args:
        observations: Those of segue's environments: `candidates` (n, K, F), `transitions` (n, K, T),
            `available` (n, K), `context` (n, C), and in some `durations` (n, K).

    Returns:
        float32 (n, K, D): the candidate's features, those of the transition and the duration; the squared
        distances of its features from those of the current track and the means of what was heard, liked and
        disliked; the context; all of the candidate's own and the numbers of the context times the share of
        the session that is left; powers of that share; and whether this is the first play.
    """
    candidates, context = observations["candidates"], observations["context"]
    features = candidates.shape[2]
    scalars = context.shape[1] - AVERAGES * features
    averages = context[:, scalars:].reshape(len(context), AVERAGES, features)
    distances = [(candidates - averages[:, None, place]) ** 2 for place in range(AVERAGES)]
    durations = [observations["durations"][:, :, None]] if "durations" in observations else []
    own = np.concatenate([candidates, observations["transitions"], *durations, *distances], axis=2)
    # The first column of the context is the progress of the session.
    left = 1.0 - context[:, :1]
    shared = [context, context[:, :scalars] * left, left, left**2, left**3, left >= 1.0]
    of_session = np.concatenate(shared, axis=1, dtype=np.float32)[:, None]
    of_session = np.broadcast_to(of_session, (*own.shape[:2], of_session.shape[2]))
    return np.concatenate([own, own * left[:, None], of_session], axis=2, dtype=np.float32)

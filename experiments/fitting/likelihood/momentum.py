"""The step of the momentum as numbers, read from the term that is the engagement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from segue.envs.listener.term import Play
from segue.envs.listener.terms.engagement import Engagement


@dataclass(frozen=True)
class MomentumStep:
    """The step of the momentum, m ← persistence·m + constant + slope·listened + noise·ε."""

    persistence: float = 0.0
    constant: float = 0.0
    slope: float = 0.0
    noise: float = 0.0


def momentum_of(term: Engagement | None) -> MomentumStep:
    """Reads the step of the momentum from the term itself, by letting it update four probes."""
    if term is None:
        return MomentumStep()
    term.n_noise = 1
    zeros, unknown = np.zeros(4), np.empty(0)
    state, listened, noise = np.eye(4)[:, 1:2].copy(), np.eye(4)[2], np.eye(4)[:, 3:4]
    play = Play(np.zeros(4, np.intp), np.ones(4, np.bool_), zeros, listened, listened, noise)
    sessions: Any = None  # which the term does not read
    term.update(sessions, play, unknown, state)
    constant, kept, heard, shock = state[:, 0].tolist()
    return MomentumStep(kept - constant, constant, heard - constant, shock - constant)

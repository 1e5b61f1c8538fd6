"""Which terms of a listener matter: their share of the variance of utility, and the cost of ignoring them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segue.envs.core.session import Sessions
from segue.experiments.analysis.bootstrap import resampled_interval
from segue.experiments.calibration.reference_play import (
    Choice,
    Playthrough,
    best_available,
    greedy,
    play,
    random_choice,
)
from segue.features.arrays import FloatArray, IntArray


class VarianceShares:
    """The greedy oracle, which notes how each term varies among the candidates that it can choose from."""

    def __init__(self) -> None:
        self._totals: FloatArray | float = 0.0

    def __call__(self, batch: Sessions, k: int) -> IntArray:
        """Chooses greedily; adds up the variance of each term among the available candidates of a session."""
        parts = np.stack(list(batch.utilities().values())[1:])
        free = batch.available & ~batch.state.ended[:, None]
        count = np.maximum(free.sum(axis=1), 1)[:, None]
        centred = parts - (parts * free).sum(axis=2, keepdims=True) / count
        self._totals = self._totals + (centred**2 * free / count).sum(axis=(1, 2))
        return greedy(batch, k)

    def shares(self) -> FloatArray:
        """Returns the share of each term in the sum of the terms' variances."""
        totals = np.asarray(self._totals)
        shares: FloatArray = totals / max(totals.sum(), 1e-300)
        return shares


def ignoring(name: str) -> Choice:
    """Returns a greedy oracle that knows everything of the listener but one term.

    A term that works on the state of others, as drift works on taste, is ignored by taking that state as it
    was at the start.
    """
    frozen: dict[str, FloatArray] = {}

    def choose(batch: Sessions, k: int) -> IntArray:
        for other in batch.setting.listener.terms[name].works_on:
            frozen.setdefault(other, batch.state_of(other).copy())
        now = {other: batch.state_of(other).copy() for other in frozen}
        for other, state in frozen.items():
            batch.state_of(other)[:] = state
        utility = np.sum([part for term, part in batch.utilities().items() if term != name], axis=0)
        for other, state in now.items():
            batch.state_of(other)[:] = state
        return best_available(batch, batch.setting.expected_reward(batch, utility, batch.pool))

    return choose


def term_table(sessions: Sessions, draws: int) -> pd.DataFrame:
    """Measures every term of a listener.

    Args:
        sessions: B sessions that have begun.
        draws: Draws of noise with which each policy is played.

    Returns:
        One row per term:

        - term, weight.
        - common: whether it shifts all candidates alike and acts through no other term. Such a term is part
          of the response, and no choice among candidates depends on it.
        - variance_share: its share of the variance of utility among the available candidates, in %, when the
          greedy oracle plays; 0 for a term that shifts all candidates alike or acts through another one.
        - lost, low, high: the return that a greedy oracle loses by ignoring it, in % of what greed gains over
          random play, with a 95 % bootstrap interval over listeners.
    """
    shares = VarianceShares()
    best = play(sessions, shares, draws).returns
    gain = best - play(sessions, random_choice(), draws).returns
    rows = []
    for (name, term), share in zip(sessions.terms.items(), shares.shares(), strict=True):
        lost = best - play(sessions, ignoring(name), draws).returns

        def percent(chosen: IntArray, lost: FloatArray = lost) -> FloatArray:
            return 100.0 * lost[chosen].mean(axis=-1) / gain[chosen].mean(axis=-1)

        common = bool(share < 1e-9) and not term.works_on
        rows.append((name, term.weight, common, 100.0 * share, *resampled_interval(percent, [len(gain)])))
    return pd.DataFrame(rows, columns=["term", "weight", "common", "variance_share", "lost", "low", "high"])


def skip_pattern(random: Playthrough) -> dict[str, float]:
    """Describes the skips under random play.

    Args:
        random: Random play.

    Returns:
        skipped: share of plays; after_skip and after_keep: the same after a skip and after a track heard to
        its end; within_5s: share of plays skipped within 5 s.
    """
    live, skipped = random.live, random.skipped
    both, before = live[..., 1:], skipped[..., :-1]
    after = skipped[..., 1:]
    return {
        "skipped": random.skip_share,
        "after_skip": float(after[both & before].mean()),
        "after_keep": float(after[both & ~before].mean()),
        "within_5s": float((skipped & (random.seconds <= 5.0))[live].mean()),
    }

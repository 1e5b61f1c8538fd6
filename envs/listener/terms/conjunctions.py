"""Conjunctions: preferences for pairs of descriptors that matter only together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from segue.envs.listener.percentiles import percentiles
from segue.envs.listener.term import Term, TermContext, split_digit
from segue.envs.listener.view import SessionsView
from segue.features.arrays import FloatArray, IntArray
from segue.features.errors import UserError


@dataclass
class Conjunctions(Term):
    """Preferences over pairs of different descriptors, which weights on single bins cannot represent.

    With c_d(a) the percentile of descriptor d, centred and scaled to variance 1, and P pairs (d_p, e_p)
    and signs s_p, s'_p drawn per listener::

        R_s(a) = song / √P · Σ_p s_p c_d(a) c_e(a)
        R_t    = step / √P · Σ_{i=1..k−1} i⁻² Σ_p s'_p c_d(a_{k−i}) c_e(a_k)

    "Loud if fast, soft if slow": no bin of a single descriptor predicts the reward. R_t pairs a descriptor of
    an earlier song with another descriptor of the next song.

    Attributes:
        pairs: Number of pairs P of descriptors per listener.
        song: Standard deviation of R_s over tracks with independent descriptors.
        step: Standard deviation of the contribution of the most recent song to R_t.

    Source:
        Ours, as the misspecified counterpart of DJ-MC (Liebman et al. 2015), whose reward is additive over
        descriptors.
    """

    source: ClassVar[str] = "ours: not representable by DJ-MC (Liebman et al. 2015)"

    pairs: int = 12
    song: float = 0.5
    step: float = 0.3

    def bind(self, context: TermContext) -> None:
        """Computes the centred percentiles of every descriptor."""
        if self.pairs < 1:
            raise UserError(f"Term conjunctions: pairs must be 1 or more, but is {self.pairs}.")
        catalog = context.catalog
        ranked = percentiles(catalog.djmc_descriptors(), catalog.djmc_corpus())
        self._centred = np.sqrt(12.0) * (ranked - 0.5)
        self.n_draws = self.n_hidden = 4 * self.pairs

    def draw(self, uniforms: FloatArray) -> FloatArray:
        """Draws the first and second descriptor of each pair, which differ, and its two signs.

        These values are discrete, so neighbouring draws give the same listener. The last sign is therefore
        chosen such that the product of all signs differs between training and test listeners.
        """
        n_descriptors = self._centred.shape[1]
        first, second, song, step = np.split(uniforms, 4, axis=1)
        first = np.floor(first * n_descriptors)
        second = (first + 1.0 + np.floor(second * (n_descriptors - 1))) % n_descriptors
        signs = np.where(np.hstack([song, step]) < 0.5, -1.0, 1.0)
        product = np.where(split_digit(uniforms[:, -1]), -1.0, 1.0)
        signs[:, -1] = product * signs[:, :-1].prod(axis=1)
        return np.hstack([first, second, signs])

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes R_s + R_t of each candidate."""
        first, second = np.split(hidden[:, : 2 * self.pairs].astype(np.intp), 2, axis=1)
        song, step = np.split(hidden[:, 2 * self.pairs :], 2, axis=1)
        tracks = np.take_along_axis(sessions.pool, slots, axis=1)[:, :, None]
        alone = self.song * song[:, None, :] * self._centred[tracks, first[:, None, :]]
        past = self.step * step * self._past(sessions, first)
        value = (alone + past[:, None, :]) * self._centred[tracks, second[:, None, :]]
        return np.ascontiguousarray(value).sum(axis=-1) / np.sqrt(self.pairs)

    def _past(self, sessions: SessionsView, first: IntArray) -> FloatArray:
        """Sums i⁻² c_d over the songs played so far, (B, P)."""
        rows, total = np.arange(len(first)), np.zeros(first.shape)
        for back in range(1, int(sessions.position.max(initial=0)) + 1):
            at = sessions.position + 1 - back
            track = sessions.history[rows, np.maximum(at, 0)]
            factor = np.where(at >= 1, 1.0 / back**2, 0.0)
            total += factor[:, None] * self._centred[track[:, None], first]
        return total

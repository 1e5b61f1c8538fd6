"""The expected listener: the utility that the mean of a population has of playlists heard to their ends.

Every number comes from the terms in the batched core, which plays the lists. Nothing is heard before
the first track: the start track that a session has is silenced.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from segue.envs.compiled.transitions import EXIT_COLUMNS
from segue.envs.core.session import Sessions
from segue.envs.core.setting import Setting, build_setting
from segue.envs.listener.term import Term
from segue.envs.listener.terms.energy_arc import EnergyArc
from segue.envs.listener.terms.engagement import Engagement
from segue.envs.listener.terms.exposure import Exposure
from segue.envs.listener.terms.song_bins import SongBins
from segue.envs.listener.terms.taste import Taste
from segue.envs.listener.terms.transition import Transition
from segue.features import Catalog
from segue.features.arrays import Float32Array, FloatArray, IntArray
from segue.features.catalog.boundary_features import UNKNOWN
from segue.features.errors import UserError

DRAWS = 512
"""Pairs of a drawn listener and the opposite one, whose mean is the expected listener."""
BLOCK = 2048
"""Candidates in the pool of a session at once."""
AT_ONCE = 128
"""Sessions at once."""


class GivenPool:
    """A pool that hands out the tracks it was given, and draws nothing; see `Pool`.

    Attributes:
        pools: Pools of the next sessions, (B, K).
    """

    def __init__(self, catalog: Catalog, tracks: IntArray, size: int) -> None:
        self.n_draws = 0
        self.pools = np.zeros((0, size), np.intp)

    def draw(self, uniforms: FloatArray) -> tuple[IntArray, IntArray]:
        """Returns the pools, and the first track of each as the start."""
        pools = self.pools[: len(uniforms)]
        return pools, pools[:, 0]


class ExpectedListener:
    """The mean listener of a population.

    Args:
        catalog: The catalogue.
        listener: A preset's dictionary, name or file.
        length: Tracks of a playlist, n.
        features: `"listening"` or `"djmc"`; see `build_setting`.
        liked: Rows of tracks that the listener likes: the taste points to their mean features, as far from 0
            as the tastes of the population on average.
        taste: The listener's own taste in place of the mean one, (F,) in [-1, 1]; excludes `liked`.
    """

    def __init__(
        self,
        catalog: Catalog,
        listener: dict[str, Any] | str,
        length: int,
        *,
        features: str = "listening",
        liked: IntArray | None = None,
        taste: FloatArray | None = None,
    ) -> None:
        self._arguments = {"catalog": catalog, "features": features, "listener": listener, "length": length}
        self._settings: dict[int, Setting] = {}
        self.length = length
        self._liked, self._taste = liked, taste
        terms = self._setting(length).listener.terms
        self._movers = [name for name, term in terms.items() if type(term) is Transition]
        self.additive = len(self._movers) <= 1 and all(type(term) in _ADDITIVE for term in terms.values())
        """Whether the utility is a sum over tracks at positions and pairs of tracks, up to a constant."""
        if (liked is not None or taste is not None) and "taste" not in terms:
            raise UserError("This listener has no taste that could be set; use a preset with `taste`.")

    @cached_property
    def lag_weights(self) -> FloatArray:
        """Weights of the transitions from the last tracks, the last one first, (memory,)."""
        memories = [t.lag_weights for t in self.terms.values() if isinstance(t, Transition)]
        return memories[0] if memories else np.ones(1)

    @property
    def terms(self) -> dict[str, Term]:
        """The listener's terms by name."""
        return self._setting(self.length).listener.terms

    @property
    def curve(self) -> FloatArray | None:
        """Requested energy in [0, 1] at each position, (n,); None if the listener wants no curve."""
        for term in self.terms.values():
            if isinstance(term, EnergyArc):
                return np.asarray(term.target, dtype=np.float64)
        return None

    def utilities(self, plans: IntArray) -> tuple[tuple[str, ...], FloatArray]:
        """Plays lists to their ends.

        Args:
            plans: Rows of the catalogue, (N, n).

        Returns:
            Names of the terms, `bias` first, and the utility of every track by term, (terms, N, n).
        """
        blocks = [self._play(plans[first : first + AT_ONCE]) for first in range(0, len(plans), AT_ONCE)]
        names = ("bias", *self.terms)
        return names, np.concatenate(blocks, axis=1)

    def utility(self, plans: IntArray) -> FloatArray:
        """Returns the utility of whole lists (N, n), (N,)."""
        return self.utilities(plans)[1].sum(axis=(0, 2))

    def at_positions(self, rows: IntArray) -> Float32Array:
        """Returns the utility of tracks as a first play at every position, without transitions, (n, R)."""
        found = np.empty((self.length, len(rows)), np.float32)
        for first in range(0, len(rows), BLOCK):
            block = rows[first : first + BLOCK]
            sessions = self._sessions(np.tile(block, (self.length, 1)))
            sessions.state.exits[:] = UNKNOWN
            sessions.state.position[:] = np.arange(self.length)
            parts = sessions.utilities()
            found[:, first : first + BLOCK] = sum(
                (part for name, part in parts.items() if name not in self._movers), np.zeros(())
            )
        return found

    def between(self, before: IntArray, after: IntArray) -> Float32Array:
        """Returns the utility of each transition from tracks (R,) into tracks (S,), weight 1 each, (R, S)."""
        found = np.zeros((len(before), len(after)), np.float32)
        if not self._movers:
            return found
        exits = self._setting(self.length).catalog.boundary_features[:, EXIT_COLUMNS]
        for first in range(0, len(after), BLOCK):
            block = after[first : first + BLOCK]
            sessions = self._sessions(np.tile(block, (min(AT_ONCE, len(before)), 1)))
            for start in range(0, len(before), AT_ONCE):
                some = before[start : start + AT_ONCE]
                sessions.state.exits[: len(some), 0] = exits[some]
                parts = sessions.utilities()
                total = sum((parts[name] for name in self._movers), np.zeros(()))
                found[start : start + AT_ONCE, first : first + BLOCK] = total[: len(some)]
        return found

    def transition_parts(self, rows: IntArray) -> dict[str, FloatArray]:
        """Returns the cost of each transition of a list by transition feature, (n - 1,) each, at lag 1."""
        setting = self._setting(self.length)
        found: dict[str, FloatArray] = {}
        for name in self._movers:
            term = setting.listener.terms[name]
            hidden = self._mean[0][setting.listener.hidden_columns[name]]
            steps = setting.catalog.transitions(rows[:-1], rows[1:])
            costs = -term.weight * term.parts(steps, hidden)  # type: ignore[attr-defined]
            names = setting.catalog.transition_names
            found |= {
                f"{name}.{feature}": costs[:, f] for f, feature in enumerate(names) if costs[:, f].any()
            }
        return found

    def _play(self, plans: IntArray) -> FloatArray:
        """Returns the utility of every track by term, (terms, N, n)."""
        sessions = self._sessions(plans)
        played = [sessions.replay(np.full(len(plans), k), 1.0).all_parts[:, :, 0] for k in range(self.length)]
        return np.stack(played, axis=2)

    def _setting(self, pool_size: int) -> Setting:
        """Returns the setting with pools of a size."""
        if pool_size not in self._settings:
            pool = f"{__name__}:{GivenPool.__name__}"
            self._settings[pool_size] = build_setting(**self._arguments, pool=pool, pool_size=pool_size)  # type: ignore[arg-type]
        return self._settings[pool_size]

    def _sessions(self, pools: IntArray) -> Sessions:
        """Begins sessions of the expected listener with pools (B, K), after silence."""
        sessions = self._begun(pools)
        hidden, state = self._mean
        sessions.state.hidden[:] = hidden
        if sessions.state.term_state.shape[1] == len(state):
            sessions.state.term_state[:] = state
        return sessions

    def _begun(self, pools: IntArray) -> Sessions:
        """Begins sessions with pools (B, K) after silence; their listeners are any."""
        setting = self._setting(pools.shape[1])
        setting.pool.pools = np.asarray(pools, dtype=np.intp)  # type: ignore[attr-defined]
        rows = np.arange(len(pools))
        begun = Sessions(setting, [np.random.default_rng(0)] * len(pools))
        begun.begin(rows)
        sessions = begun.repeat(rows, noiseless=True, stays=True)
        sessions.state.exits[:] = UNKNOWN
        for name, term in setting.listener.terms.items():
            if isinstance(term, Exposure):
                sessions.state_of(name)[:, 0] = 0.0
        return sessions

    @cached_property
    def _mean(self) -> tuple[FloatArray, FloatArray]:
        """The expected listener: hidden parameters and the state before the first track."""
        setting = self._setting(self.length)
        sessions = self._begun(np.zeros((2 * DRAWS, self.length), np.intp))
        uniforms = np.random.default_rng(0).random((DRAWS, setting.listener.n_draws))
        # Opposite draws make the means of symmetric distributions exact.
        sessions.set_listeners(np.concatenate([uniforms, 1.0 - uniforms]))
        hidden, state = sessions.state.hidden.mean(axis=0), sessions.state.term_state.mean(axis=0)
        for name, term in setting.listener.terms.items():
            if isinstance(term, Exposure):
                state[setting.listener.state_columns[name].start] = 0.0
        taste = self._taste
        if self._liked is not None:
            columns = setting.listener.hidden_columns["taste"]
            spread = float(np.sqrt((sessions.state.hidden[:, columns] ** 2).mean()))
            taste = _towards(setting.catalog.matrix[self._liked], spread)
        if taste is not None:
            hidden[setting.listener.hidden_columns["taste"]] = taste
            state[setting.listener.state_columns["taste"]] = taste
        return hidden, state


_ADDITIVE = (Taste, EnergyArc, Engagement, Transition, SongBins)


def _towards(features: Float32Array, spread: float) -> FloatArray:
    """Returns a taste (F,) in the direction of the mean of features (M, F), with this root mean square."""
    direction = 2.0 * features.astype(np.float64).mean(axis=0) - 1.0
    size = float(np.sqrt((direction**2).mean()))
    return np.clip(direction * (spread / size), -1.0, 1.0) if size > 0 else direction

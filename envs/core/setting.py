"""The setting of sessions: construction arguments (JSON) turned into a catalogue, a listener and a pool."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segue.envs.compiled.batch_arrays import RecordLayout, SharedArrays
from segue.envs.compiled.play_amount import PLAY_AMOUNTS
from segue.envs.compiled.prefetch import LINE
from segue.envs.compiled.transitions import ENTRY_COLUMNS, EXIT_COLUMNS
from segue.envs.core.descriptors import with_descriptors
from segue.envs.core.rewards import CandidatePlays, Reward, expectation_of, no_expectation, resolve_reward
from segue.envs.core.state import StateSizes
from segue.envs.listener.listener import Listener
from segue.envs.listener.preset import load_preset
from segue.envs.listener.response import USUAL_DURATION, SkipHazard
from segue.envs.listener.term import SPLIT_DIGIT, TermContext, split_digit
from segue.envs.listener.term_table import TermTable, build_term_table
from segue.envs.listener.view import SessionsView
from segue.envs.pools.kinds import make_pool
from segue.envs.pools.uniform import Pool
from segue.features import Catalog, open_catalog
from segue.features.arrays import Float32Array, FloatArray, Int32Array, IntArray
from segue.features.errors import UserError, unknown_name

Split = Literal["train", "test"]

REPEAT_UTILITY = -4.0
"""Utility of hearing a repeat, the result of a masked action; far below the utility of any candidate."""


@dataclass(frozen=True)
class Setting:
    """Everything that sessions share.

    Attributes:
        catalog: All tracks.
        listener: The population of listeners, bound to the catalogue.
        pool: Draws candidates.
        pool_size: Candidates K.
        length: Longest playlist L.
        reward: Reward function.
        reward_name: Name of the reward in the configuration.
        durations: Length of every track in s, (n,).
        track_ids: Identifier of every track, (n,).
        split: Part of the tracks and of the listeners, or None for all.
        term_table: The listener's terms as the compiled loops read them.
        records: One record per track, laid out by `layout`; float32 (n, a multiple of `LINE`).
        layout: Where each part of a record begins.
    """

    catalog: Catalog
    listener: Listener
    pool: Pool
    pool_size: int
    length: int
    reward: Reward
    reward_name: str
    durations: FloatArray
    track_ids: NDArray[np.str_]
    split: Split | None
    term_table: TermTable
    records: Float32Array
    layout: RecordLayout

    def shared_arrays(self) -> SharedArrays:
        """Returns the arrays that all sessions share in the compiled loops, with work space for one batch."""
        transitions = self.pool_size * len(self.catalog.transition_names)
        return SharedArrays(
            records=self.records,
            codes=self.records.view(np.int32),
            layout=self.layout,
            durations=self.durations[:, None],
            terms=self.term_table.rows,
            curves=self.term_table.curves,
            response=self.listener.response.constants,
            departure=self.listener.departure.constants,
            play_amount=PLAY_AMOUNTS.index(self.listener.play_amount),
            repeat_utility=REPEAT_UTILITY,
            scratch=np.empty((1, transitions), np.float32),
        )

    @cached_property
    def sizes(self) -> StateSizes:
        """Sizes of the arrays of a session."""
        return StateSizes(
            pool=self.pool_size,
            length=self.length,
            features=self.catalog.matrix.shape[1],
            hidden=self.listener.n_hidden,
            term_state=self.listener.n_state,
            groupings=len(self.term_table.groups),
            noise=2 + self.listener.n_noise,
            draws=self.n_draws,
        )

    @cached_property
    def custom_response(self) -> bool:
        """Whether the response is a custom model, which runs in NumPy."""
        return type(self.listener.response) is not SkipHazard

    @cached_property
    def n_draws(self) -> int:
        """Uniform numbers that a session needs."""
        return self.pool.n_draws + self.listener.n_draws + self.length * (2 + self.listener.n_noise)

    @property
    def has_expected_reward(self) -> bool:
        """Whether the reward states its expectation, which planners need."""
        return expectation_of(self.reward_name, self.reward) is not None

    def expected_reward(self, sessions: SessionsView, utility: FloatArray, tracks: IntArray) -> FloatArray:
        """Computes the expected reward of playing candidates now; see `Expectation`.

        Args:
            sessions: B sessions, before the play.
            utility: The listener's utility of each play, (B, M).
            tracks: Catalogue index of each play, (B, M).

        Raises:
            UserError: If a custom reward states no expectation.
        """
        expectation = expectation_of(self.reward_name, self.reward)
        if expectation is None:
            raise no_expectation(self.reward_name)
        return expectation(sessions, CandidatePlays(utility, self.durations[tracks], self.listener.response))

    def population(self, uniforms: FloatArray) -> FloatArray:
        """Moves the draws of listeners into the split's part of the population.

        The 20th binary digit of every draw is 0 for a training listener and 1 for a test listener: no
        training listener can equal a test listener, and the distribution moves by less than a millionth.
        """
        if self.split is None:
            return uniforms
        is_test = split_digit(uniforms)
        misplaced = is_test != (self.split == "test")
        return np.where(misplaced, uniforms + np.where(is_test, -1.0, 1.0) / 2.0**SPLIT_DIGIT, uniforms)


def setting_from(settings: Mapping[str, Any]) -> Setting:
    """Builds a setting from named construction arguments; an unknown name is a UserError."""
    allowed = inspect.signature(build_setting).parameters
    for name in settings:
        if name not in allowed:
            raise unknown_name("environment setting", name, allowed)
    return build_setting(**settings)


def build_setting(
    *,
    catalog: str | Catalog = "demo",
    features: str = "listening",
    listener: str | dict[str, Any] = "full",
    reward: str | None = None,
    pool: str | dict[str, Any] = "uniform",
    pool_size: int = 50,
    length: int = 30,
    split: Split | None = None,
) -> Setting:
    """Builds a setting from the construction arguments of an environment.

    Args:
        catalog: A catalogue, or its name or path.
        features: Features of the candidates: `"listening"`, or `"djmc"` for the percentiles of DJ-MC's 34
            descriptors.
        listener: A preset's name or path, or a dictionary in a preset's form.
        reward: A reward's name or `"module:callable"`; the preset's reward by default.
        pool: Where candidates come from: a kind, or `{"kind": ..., **settings}` as `make_pool` takes it.
        pool_size: Candidates K per session.
        length: Longest playlist L.
        split: `"train"` or `"test"`, which share no tracks and no listeners; None uses all.

    Raises:
        UserError: If an argument is unknown, does not fit the catalogue or is out of range.
    """
    for name, size in (("pool_size", pool_size), ("length", length)):
        if not isinstance(size, int) or size < 1:
            raise UserError(f"{name} must be 1 or more, but is {size!r}.")
    if split not in (None, "train", "test"):
        raise UserError(f"split must be 'train', 'test' or None, but is {split!r}.")
    loaded = with_descriptors(open_catalog(catalog), features)
    preset = load_preset(listener)
    population = Listener.from_config(preset.listener)
    population.bind(TermContext(loaded, length, pool_size))
    reward_name = reward or preset.reward
    tracks = np.arange(len(loaded.tracks)) if split is None else loaded.split(split)
    durations = loaded.raw("duration") if loaded.has("duration") else np.full(len(loaded.tracks), np.nan)
    durations = np.where(durations > 0, durations, USUAL_DURATION)
    term_table = build_term_table(population, length, len(loaded.tracks))
    layout = RecordLayout.of(loaded.matrix.shape[1], len(term_table.groups))
    return Setting(
        catalog=loaded,
        listener=population,
        pool=make_pool(pool, loaded, tracks, pool_size),
        pool_size=pool_size,
        length=length,
        reward=resolve_reward(reward_name, population.terms),
        reward_name=reward_name,
        durations=durations,
        track_ids=loaded.tracks["id"].to_numpy(dtype=np.str_),
        split=split,
        term_table=term_table,
        records=_records(loaded, term_table.groups, layout),
        layout=layout,
    )


def _records(catalog: Catalog, groups: Int32Array, layout: RecordLayout) -> Float32Array:
    """Packs the data that the loops need of each track into one record of whole cache lines.

    Returns:
        Records in the given layout, group codes as the bits of int32; float32 (n, a multiple of `LINE`).
    """
    records = np.zeros((len(catalog.tracks), -(-layout.end // LINE) * LINE), np.float32)
    records[:, : layout.entry] = catalog.matrix
    records[:, layout.entry : layout.groups] = catalog.boundary_features[:, ENTRY_COLUMNS]
    records.view(np.int32)[:, layout.groups : layout.exit] = groups.T
    records[:, layout.exit : layout.end] = catalog.boundary_features[:, EXIT_COLUMNS]
    return records

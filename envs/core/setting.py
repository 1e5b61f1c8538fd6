"""The setting of sessions: construction arguments (JSON) turned into a catalogue, a listener and a pool."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypedDict

import numpy as np
import pandas as pd

from segue.envs.compiled.batch_arrays import RecordLayout, SharedArrays
from segue.envs.compiled.play_amount import PLAY_AMOUNTS
from segue.envs.compiled.prefetch import LINE
from segue.envs.compiled.transitions import ENTRY_COLUMNS, EXIT_COLUMNS
from segue.envs.core.descriptors import with_descriptors
from segue.envs.core.rewards import (
    OUTCOME_REWARDS,
    REWARDS,
    CandidatePlays,
    Reward,
    expectation_of,
    no_expectation,
    resolve_reward,
)
from segue.envs.core.state import StateSizes
from segue.envs.listener.checked_settings import whole_number
from segue.envs.listener.listener import Listener
from segue.envs.listener.preset import load_preset
from segue.envs.listener.response import USUAL_DURATION, SkipHazard
from segue.envs.listener.term import TermContext
from segue.envs.listener.term_table import TermTable, build_term_table
from segue.envs.listener.view import SessionsView
from segue.envs.pools.kinds import make_pool
from segue.envs.pools.uniform import Pool, UniformPool
from segue.features import Catalog, open_catalog
from segue.features.arrays import Float32Array, FloatArray, Int32Array, IntArray
from segue.features.catalog.identity.split_groups import checked_seed
from segue.features.errors import UserError, excerpt, unknown_name

Split = Literal["train", "test"]

SPLITS: tuple[Split | None, ...] = (None, "train", "test")

NO_TRACKS = np.zeros(0, np.intp)

MAX_SIZE = 10_000
"""Longest playlist and largest pool; the arrays of a session grow with both."""

REPEAT_UTILITY = -4.0
"""Utility of hearing a repeat, the result of a masked action; far below the utility of any candidate."""


@dataclass(frozen=True, repr=False)
class Setting:
    """Everything that sessions share.

    Attributes:
        catalog: All tracks; with a split, fitted to those of its training part.
        listener: The population of listeners, bound to the catalogue.
        pool: Draws candidates.
        pool_size: Candidates K.
        length: Longest playlist L.
        reward: Reward function.
        reward_name: Name of the reward in the configuration.
        durations: Length of every track in s, (n,).
        split: Part of the tracks and of the listeners, or None for all.
        split_seed: Which split of the tracks.
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
    split: Split | None
    split_seed: int
    term_table: TermTable
    records: Float32Array
    layout: RecordLayout

    def __repr__(self) -> str:
        return (
            f"<Setting {self.catalog!r}, pool_size={self.pool_size}, length={self.length}, "
            f"reward={self.reward_name!r}, split={self.split!r}>"
        )

    def shared_arrays(self, noiseless: bool = False, stays: bool = False) -> SharedArrays:
        """Returns the arrays and constants that all sessions share in the compiled loops.

        Args:
            noiseless: Whether every draw during a session is the middle of its distribution.
            stays: Whether no listener leaves.
        """
        return SharedArrays(
            records=self.records,
            codes=self.records.view(np.int32),
            layout=self.layout,
            durations=self.durations[:, None],
            terms=self.term_table.rows,
            curves=self.term_table.curves,
            tables=self.term_table.tables,
            response=self.listener.response.constants,
            departure=self.listener.departure.constants,
            play_amount=PLAY_AMOUNTS.index(self.listener.play_amount),
            repeat_utility=REPEAT_UTILITY,
            bias=self.listener.bias,
            bias_spread=self.listener.bias_spread,
            pool_tracks=self.pool.tracks if type(self.pool) is UniformPool else NO_TRACKS,
            split=self.split_key,
            noiseless=noiseless,
            stays=stays,
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
            past=max((term.n_past for term in self.listener.terms.values()), default=1),
        )

    @cached_property
    def layout_digest(self) -> str:
        """Hashes what the arrays of a session refer to: the tracks, the sizes, and the columns of terms.

        With the same digest, a state of one setting can be used in another.
        """
        columns = self.sizes, self.listener.hidden_columns, self.listener.state_columns
        return hashlib.sha256(repr(columns).encode() + self.records.tobytes()).hexdigest()

    @cached_property
    def custom_response(self) -> bool:
        """Whether the response is a custom model, which runs in NumPy."""
        return type(self.listener.response) is not SkipHazard

    @cached_property
    def custom_pool(self) -> bool:
        """Whether pools are drawn in NumPy, by any other kind than the uniform one."""
        return type(self.pool) is not UniformPool

    @cached_property
    def custom_reward(self) -> bool:
        """Whether the reward is a user's function."""
        return self.reward_name not in REWARDS

    @cached_property
    def split_key(self) -> np.uint64:
        """The second half of every key of random numbers, so that the splits have unrelated listeners."""
        return np.uint64(SPLITS.index(self.split))

    @cached_property
    def in_one_pass(self) -> bool:
        """Whether a step needs no Python between its stages: no custom part, no reward that reads a state."""
        table = self.term_table
        custom = table.in_numpy or table.begin_in_numpy or self.custom_response or self.custom_pool
        return not custom and self.reward in OUTCOME_REWARDS

    @property
    def has_expected_reward(self) -> bool:
        """Whether the reward states its expectation, which planners need."""
        return expectation_of(self.reward_name, self.reward) is not None

    def expected_reward(
        self, sessions: SessionsView, utility: FloatArray, tracks: IntArray | Int32Array
    ) -> FloatArray:
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


class UnknownSettingError(UserError, TypeError):
    """A setting that no environment has; also a TypeError, as Python raises for an unknown argument."""


def setting_from(settings: Mapping[str, Any]) -> Setting:
    """Builds a setting from named construction arguments.

    Raises:
        UnknownSettingError: If there is no argument of a name.
        UserError: If a value is wrong.
    """
    allowed = inspect.signature(build_setting).parameters
    for name in settings:
        if name not in allowed:
            # Other libraries probe for this wording to find out which arguments an environment takes.
            reason = unknown_name("environment setting", name, allowed)
            raise UnknownSettingError(f"{reason} (got an unexpected keyword argument {name!r})")
    return build_setting(**settings)


class EnvironmentSettings(TypedDict, total=False):
    """The named arguments of every environment; see `build_setting` for their meanings."""

    catalog: str | os.PathLike[str] | Catalog | pd.DataFrame
    features: str
    listener: str | os.PathLike[str] | dict[str, Any]
    reward: str | None
    pool: str | dict[str, Any]
    pool_size: int
    length: int
    split: Split | None
    split_seed: int


def build_setting(
    *,
    catalog: str | os.PathLike[str] | Catalog | pd.DataFrame = "demo",
    features: str = "listening",
    listener: str | os.PathLike[str] | dict[str, Any] = "full",
    reward: str | None = None,
    pool: str | dict[str, Any] = "uniform",
    pool_size: int = 50,
    length: int = 30,
    split: Split | None = None,
    split_seed: int = 0,
) -> Setting:
    """Builds a setting from the construction arguments of an environment.

    Args:
        catalog: A catalogue, its name or path, a table that `convert_catalog` reads, or a DataFrame.
        features: Features of the candidates: `"listening"`, or `"djmc"` for the percentiles of DJ-MC's 34
            descriptors.
        listener: A preset's name, the path of a YAML file, or a dictionary in a preset's form.
        reward: A reward's name or `"module:callable"`; the preset's reward by default.
        pool: Where candidates come from: a kind, or `{"kind": ..., **settings}` as `make_pool` takes it.
        pool_size: Candidates K per session.
        length: Longest playlist L.
        split: `"train"` or `"test"`, which share no recordings and no listeners, nor artists unless one, or
            several linked by joint credits, has more than 30 % of the tracks; None uses all. With either,
            percentiles and clusters are those of the training tracks.
        split_seed: Each number, 0 or more, gives another split of the catalogue.

    Raises:
        UserError: If an argument is unknown, does not fit the catalogue or is out of range.
    """
    pool_size, length = _size("pool_size", pool_size), _size("length", length)
    if split not in (None, "train", "test"):
        raise UserError(f"split must be 'train', 'test' or None, but is {split!r}.")
    seed = checked_seed(split_seed)
    opened = open_catalog(catalog)
    loaded = with_descriptors(opened if split is None else opened.for_split(seed), features)
    preset = load_preset(listener)
    population = Listener.from_config(preset.listener)
    population.bind(TermContext(loaded, length, pool_size))
    reward_name = preset.reward if reward is None else reward
    tracks = np.arange(len(loaded)) if split is None else loaded.split(split, seed=seed)
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
        split=split,
        split_seed=seed,
        term_table=term_table,
        records=_records(loaded, term_table.groups, layout),
        layout=layout,
    )


def _size(name: str, value: Any) -> int:
    """Returns a size of 1 or more."""
    size = whole_number(value, name)
    if not 1 <= size <= MAX_SIZE:
        limit = "1 or more" if size < 1 else f"{MAX_SIZE:,} or less"
        raise UserError(f"{name} must be {limit}, but is {excerpt(size)}.")
    return size


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

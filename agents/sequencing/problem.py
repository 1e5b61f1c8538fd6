"""A sequencing problem as arrays: the candidates, what they are worth, and the constraints on them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from segue.agents.sequencing.constraints import Constraints, TrackFacts
from segue.agents.sequencing.expected_listener import ExpectedListener
from segue.agents.sequencing.rules import tempo_change
from segue.features.arrays import (
    BoolArray,
    Float32Array,
    FloatArray,
    Int32Array,
    Int64Array,
    IntArray,
    UInt8Array,
)

SHORTLIST = 96
"""Candidates that are tried more often: the best at each position, and after each track."""


class Problem(NamedTuple):
    """Places n, candidates C, artists per track A, waypoints in time T.

    Attributes:
        unary: Utility of each candidate at each position, (n, C).
        pair: Utility of the transition from each candidate into each, (C, C).
        lag: Weights of the transitions from the last tracks, (memory,).
        fixed: Candidate that must stand at each position, -1 if free, (n,).
        required: Candidates that must be played, (C,).
        rank: Place in the order to keep, -1 if free, (C,).
        works: Work of each candidate, from 0, (C,).
        once: Whether a work may be played only once.
        related: 1 where two candidates share an artist, plus 2 where they share an album, (C, C).
        gaps: Fewest tracks between equal artists, and between equal albums, (2,).
        gaps_s: The same as times in s, (2,).
        tempo_broken: How far the change of tempo from each candidate to each breaks its rule, 0 where it
            keeps it, (C, C).
        clash: Whether the keys of each candidate and each break their rule; unknown keys do, (C, C).
        key_budget: Transitions that may break the rule.
        duration: Length of each candidate in s, (C,).
        fade_in: Longest overlap with the track before, (C,).
        fade_out: Longest overlap with the track after, (C,).
        seconds: Shortest and longest length of the list, (2,).
        time_at: Times of waypoints in s, (T,).
        time_track: Their candidates, (T,).
        best_at: Shortlist for each position, (n, S).
        best_after: Shortlist after each candidate, (C, S).
    """

    unary: Float32Array
    pair: Float32Array
    lag: FloatArray
    fixed: Int64Array
    required: BoolArray
    rank: Int64Array
    works: Int64Array
    once: bool
    related: UInt8Array
    gaps: Int64Array
    gaps_s: FloatArray
    tempo_broken: Float32Array
    clash: BoolArray
    key_budget: int
    duration: FloatArray
    fade_in: FloatArray
    fade_out: FloatArray
    seconds: FloatArray
    time_at: FloatArray
    time_track: Int64Array
    best_at: Int32Array
    best_after: Int32Array


def build_problem(
    listener: ExpectedListener,
    facts: TrackFacts,
    constraints: Constraints,
    rows: IntArray,
    unary: Float32Array,
) -> Problem:
    """Builds the problem of choosing and ordering some candidates.

    Args:
        listener: The listener; states the number of places n.
        facts: What constraints read of tracks.
        constraints: The constraints.
        rows: Rows of the C candidates, all that are required among them; one row may occur several times.
        unary: Their utility at each position, (n, C).
    """
    n, at = listener.length, {int(row): k for k, row in reversed(list(enumerate(rows)))}
    fixed = np.full(n, -1, np.int64)
    for slot, row in constraints.slots.items():
        fixed[slot] = at[row]
    rank = np.full(len(rows), -1, np.int64)
    rank[[at[row] for row in constraints.order]] = np.arange(len(constraints.order))
    required = np.zeros(len(rows), np.bool_)
    required[[at[row] for row in constraints.required()]] = True
    pair = listener.between(rows, rows)
    clash = _clashes(constraints, facts.key[rows])
    tempo_broken = _tempo_broken(constraints, facts.tempo[rows])
    score = pair - np.where(clash, np.float32(2.0), np.float32(0.0))
    score -= np.where(tempo_broken > 0, np.float32(4.0), np.float32(0.0))
    infinite = (0.0, np.inf)
    return Problem(
        unary=np.ascontiguousarray(unary),
        pair=pair,
        lag=listener.lag_weights,
        fixed=fixed,
        required=required,
        rank=rank,
        works=np.unique(facts.works[rows], return_inverse=True)[1].astype(np.int64),
        once=not constraints.versions,
        related=_related(facts.artists[rows], facts.albums[rows]),
        gaps=np.array([constraints.artist_gap, constraints.album_gap], np.int64),
        gaps_s=np.array([constraints.artist_gap_s, constraints.album_gap_s], np.float64),
        tempo_broken=tempo_broken,
        clash=clash,
        key_budget=constraints.key_violations,
        duration=facts.fades.duration[rows],
        fade_in=facts.fades.fade_in[rows],
        fade_out=facts.fades.fade_out[rows],
        seconds=np.array(infinite if constraints.seconds is None else constraints.seconds, np.float64),
        time_at=np.array([time for time, _ in constraints.times], np.float64),
        time_track=np.array([at[row] for _, row in constraints.times], np.int64),
        best_at=_best(unary),
        best_after=_best(score),
    )


def _clashes(constraints: Constraints, key: IntArray) -> BoolArray:
    """Returns whether the keys of each candidate and each break their rule, (C, C)."""
    if constraints.keys is None:
        return np.zeros((len(key), len(key)), np.bool_)
    known = key >= 0
    fits = constraints.keys[np.maximum(key, 0)[:, None], np.maximum(key, 0)] & known[:, None] & known
    return np.asarray(~fits)


def _tempo_broken(constraints: Constraints, tempo: FloatArray) -> Float32Array:
    """Returns how far the change of tempo from each candidate to each breaks its rule, (C, C).

    An unknown tempo breaks it as far as a change of 100 % too much.
    """
    broken = np.zeros((len(tempo), len(tempo)), np.float32)
    if constraints.max_tempo_change is not None:
        for row, own in enumerate(tempo):  # one row at a time, as the changes of all pairs take much memory
            change = np.abs(tempo_change(own, tempo, constraints.octaves))
            excess = np.nan_to_num(change - constraints.max_tempo_change, nan=100.0)
            broken[row] = np.where(excess > 1e-7, 0.5 + np.minimum(excess, 50.0) / 25.0, 0.0)
    return broken


def _related(artists: Int32Array, albums: Int32Array) -> UInt8Array:
    """Returns 1 where two candidates share an artist, plus 2 where they share an album, (C, C)."""
    related = np.where((albums[:, None] == albums) & (albums >= 0), 2, 0).astype(np.uint8)
    shared = np.zeros(related.shape, np.bool_)
    for own in artists.T:
        for other in artists.T:
            shared |= (own[:, None] == other) & (other >= 0)
    return related + shared.astype(np.uint8)


def _best(score: Float32Array) -> Int32Array:
    """Returns the columns with the highest scores of each row, (rows, S)."""
    count = min(SHORTLIST, score.shape[1])
    return np.argpartition(-score, count - 1, axis=1)[:, :count].astype(np.int32)

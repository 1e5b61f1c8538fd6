"""Makes playlists: the best one for a request, or several that differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segue.agents.sequencing.expected_listener import ExpectedListener
from segue.agents.sequencing.replacements import runners_up
from segue.agents.sequencing.search import Avoid, Found
from segue.envs.listener.terms.engagement import Engagement
from segue.experiments.playlists.assemble import assemble
from segue.experiments.playlists.contradictions import check_contradictions
from segue.experiments.playlists.infeasible import infeasible
from segue.experiments.playlists.playlist import Playlist
from segue.experiments.playlists.request import PlaylistRequest
from segue.experiments.playlists.resolve import Resolved, resolve
from segue.experiments.playlists.solve import solve
from segue.features import Catalog, open_catalog
from segue.features.arrays import FloatArray, IntArray
from segue.features.errors import UserError

MOST_SHARED = 0.5
"""Largest share of its tracks (of its transitions, if all are required) that a variant should share with
each one before it."""
PRICES = (1.0, 3.0, 9.0)
"""Utility that a track of an earlier variant costs; raised until the variants differ enough."""
MOST_VARIANTS = 20


@dataclass(frozen=True)
class Variant:
    """One of several playlists for a request.

    Attributes:
        playlist: The playlist.
        shared_tracks: Share of its tracks that the best one has too, 0 to 1.
        shared_transitions: Share of its transitions that the best one has too, 0 to 1.
        cost: Utility that it lacks against the best one.
    """

    playlist: Playlist
    shared_tracks: float
    shared_transitions: float
    cost: float


def make_playlist(
    catalog: Catalog | str | Path, request: PlaylistRequest | Mapping[str, Any] | str | Path
) -> Playlist:
    """Makes the playlist with the highest expected utility that keeps all constraints of a request.

    Args:
        catalog: A catalogue, or its name or path.
        request: A request; a dictionary with the keys of `PlaylistRequest`, or a YAML file with them.

    Returns:
        The playlist, the same one for the same seed.

    Raises:
        UserError: A value is wrong, or no list keeps all constraints; the sentence names those that conflict
            and the smallest relaxation that works.
    """
    return make_variants(catalog, request, 1)[0].playlist


def make_variants(
    catalog: Catalog | str | Path, request: PlaylistRequest | Mapping[str, Any] | str | Path, count: int
) -> list[Variant]:
    """Makes several playlists for a request that differ, best first.

    Args:
        catalog: A catalogue, or its name or path.
        request: A request; see `make_playlist`.
        count: How many, at least 1.

    Raises:
        UserError: See `make_playlist`; or fewer different lists were found.
    """
    resolved = resolve(open_catalog(catalog), PlaylistRequest.of(request))
    return variants_of(resolved, count)


def variants_of(
    resolved: Resolved, count: int, on_progress: Callable[[float], object] = lambda share: None
) -> list[Variant]:
    """Makes several playlists for a resolved request; see `make_variants`.

    Args:
        resolved: The request.
        count: How many, at least 1.
        on_progress: Called with the share of the searches that is done; it goes back where another one is
            needed.
    """
    if not 1 <= count <= MOST_VARIANTS:
        raise UserError(f"--variants must be from 1 to {MOST_VARIANTS}, but is {count}.")
    check_contradictions(resolved)
    found: list[Found] = []
    for k in range(count):
        lists = tuple(other.rows for other in found)
        tried: list[Found] = []

        def part_done(share: float, before: int = k) -> None:
            on_progress((before + share) / count)

        for price in PRICES if found else (0.0,):
            seed = resolved.request.seed + k
            tried.append(solve(resolved, Avoid(lists, price), seed, part_done))
            if all(_differ(resolved, tried[-1].rows, other) for other in lists):
                break
        new = next((one for one in reversed(tried) if one.kept and _is_new(one.rows, lists)), None)
        if new is None and not found:
            raise infeasible(resolved)
        if new is None:
            raise UserError(
                f"Only {len(found)} different playlists were found; --variants {len(found)} works."
            )
        found.append(new)
    found.sort(key=lambda one: -one.utility)
    best = found[0]
    return [
        Variant(
            playlist_of(resolved, one.rows),
            _shared(one.rows, best.rows),
            _shared_transitions(one.rows, best.rows),
            best.utility - one.utility,
        )
        for one in found
    ]


def playlist_of(resolved: Resolved, rows: IntArray, *, alternatives: bool = True) -> Playlist:
    """Builds the playlist of rows of the catalogue, with its reasons.

    Args:
        resolved: The request.
        rows: The rows in order.
        alternatives: Whether to find runners-up.
    """
    listener = resolved.listener(len(rows))
    names, parts = listener.utilities(rows[None])
    others = runners_up(listener, resolved.facts, resolved.constraints, rows) if alternatives else None
    return assemble(
        resolved.catalog,
        rows,
        title=resolved.request.title,
        curve=listener.curve,
        utility=float(parts.sum()),
        costs=_transition_costs(listener, rows, dict(zip(names, parts[:, 0], strict=True))),
        runners_up=others,
        fades=resolved.facts.fades,
        octaves=resolved.request.half_double,
    )


def _transition_costs(
    listener: ExpectedListener, rows: IntArray, utilities: Mapping[str, FloatArray]
) -> list[dict[str, float]]:
    """Returns the cost of each transition of a list by its parts, n - 1.

    Args:
        listener: The listener.
        rows: The list, (n,).
        utilities: Utility of every track by the listener's terms and `bias`, (n,) each.
    """
    by_feature = listener.transition_parts(rows)
    moving = {name.partition(".")[0] for name in by_feature}
    of_transitions = {
        name: values
        for name, values in utilities.items()
        if name != "bias" and not isinstance(listener.terms[name], Engagement)
    }
    costs = []
    for k in range(1, len(rows)):
        cost = {name: float(values[k - 1]) for name, values in by_feature.items()}
        for name, values in of_transitions.items():
            whole = -float(values[k])
            if name in moving:
                # What earlier tracks than the last one add.
                last = sum(part for key, part in cost.items() if key.startswith(f"{name}."))
                cost[f"{name}.earlier"] = whole - last
            else:
                cost[name] = whole
        costs.append(cost)
    return costs


def _differ(resolved: Resolved, rows: IntArray, other: IntArray) -> bool:
    """Returns whether a list differs enough from another."""
    free = len(rows) > len(resolved.constraints.required())
    share = _shared(rows, other) if free else _shared_transitions(rows, other)
    return share <= MOST_SHARED


def _is_new(rows: IntArray, lists: tuple[IntArray, ...]) -> bool:
    return not any(np.array_equal(rows, other) for other in lists)


def _shared(rows: IntArray, other: IntArray) -> float:
    return float(np.isin(rows, other).mean())


def _shared_transitions(rows: IntArray, other: IntArray) -> float:
    pairs, others = ({*zip(one[:-1].tolist(), one[1:].tolist(), strict=True)} for one in (rows, other))
    return len(pairs & others) / max(len(pairs), 1)

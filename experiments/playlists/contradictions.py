"""Contradictions in a request that need no search, each in a sentence."""

from __future__ import annotations

from collections import Counter

import numpy as np

from segue.experiments.playlists.resolve import Resolved
from segue.features.arrays import IntArray
from segue.features.errors import UserError, excerpt


def check_contradictions(resolved: Resolved) -> None:
    """Raises a UserError if some constraints contradict each other whatever the order of the tracks."""
    _check_required(resolved)
    required = len(resolved.constraints.required())
    if resolved.length is None:
        return
    n = resolved.length
    if required > n:
        raise UserError(
            f"{required} tracks are required, but the playlist has only {n}; --tracks {required} is the "
            "smallest number that works."
        )
    if problem := _slot_problem(resolved, n):
        raise UserError(problem)
    if n > resolved.usable:
        _too_few(resolved, n)


def _check_required(resolved: Resolved) -> None:
    """Checks that every required track may be played, and no work twice."""
    constraints = resolved.constraints
    counts = Counter(resolved.given.tolist())
    for row, count in counts.items():
        if count > 1:
            raise UserError(f"The list contains {name_of(resolved, row)} {count} times; keep it once.")
    required = np.array(constraints.required(), np.intp)
    for row in required:
        if row not in constraints.eligible:
            option = "--where and --exclude" if resolved.request.where else "--exclude"
            if not (resolved.request.where or resolved.request.exclude):
                option = (
                    "--max-tempo-change (its tempo is unknown)"
                    if resolved.request.reorder is None
                    else "--reorder"
                )
            raise UserError(
                f"{name_of(resolved, int(row))} is required, but {option} rules it out; drop one of the two."
            )
    if not constraints.versions:
        works: dict[int, int] = {}
        for row in required.tolist():
            other = works.setdefault(int(resolved.facts.works[row]), row)
            if other != row:
                raise UserError(
                    f"{name_of(resolved, other)} and {name_of(resolved, row)} are versions of one "
                    f"recording and both "
                    "required; drop one of them, or allow it with --versions."
                )


def _slot_problem(resolved: Resolved, n: int) -> str | None:
    """Returns what is wrong with the slots of a playlist of n tracks; None if nothing is."""
    taken: dict[int, int] = {}
    places: dict[int, int] = {}
    for slot, row in resolved.constraints.slots.items():
        place = slot if slot >= 0 else n + slot
        if place >= n:
            return (
                f"--at {slot + 1} is beyond the end of a playlist of {n} tracks; --tracks {slot + 1} is "
                "the smallest number that works."
            )
        if taken.setdefault(place, row) != row:
            return (
                f"{name_of(resolved, taken[place])} and {name_of(resolved, row)} should both stand at "
                f"position {place + 1} of {n}; drop one of --first, --last and --at, or move one."
            )
        if places.setdefault(row, place) != place:
            return (
                f"{name_of(resolved, row)} should stand at positions {places[row] + 1} and {place + 1}; "
                "drop one of --first, --last and --at."
            )
    return None


def _too_few(resolved: Resolved, n: int) -> None:
    """Raises the error for too few tracks."""
    request, usable = resolved.request, resolved.usable
    filters = [
        option for option, given in (("--where", request.where), ("--exclude", request.exclude)) if given
    ]
    admit = "admit" if len(filters) > 1 else "admits"
    among = f" in catalogue {resolved.catalog.name!r}"
    if filters:
        among = f" that {' and '.join(filters)} {admit}"
    versions = "" if resolved.constraints.versions else ", versions of one recording counted once"
    plural = "s" if usable > 1 else ""
    if usable == 0:
        raise UserError(f"There is no track{among}; loosen the filters.")
    raise UserError(
        f"A playlist of {n} tracks cannot be made of the {usable} track{plural}{among}{versions}; "
        f"--tracks {usable} is the largest number that works."
    )


def possible_lengths(resolved: Resolved) -> list[int]:
    """Returns the numbers of tracks to try, the likeliest first.

    Raises:
        UserError: No number of tracks can last as long as requested.
    """
    if resolved.length is not None:
        return [resolved.length]
    constraints, fades = resolved.constraints, resolved.facts.fades
    low, high = constraints.seconds or (0.0, np.inf)
    rows = _one_per_work(resolved)
    if not len(rows):
        _too_few(resolved, 1)
    net = np.sort(fades.duration[rows])
    most_overlap = float(max(fades.fade_in[rows].max(), 0.0))
    counts = np.arange(1, len(net) + 1)
    shortest, longest = np.cumsum(net) - (counts - 1) * most_overlap, np.cumsum(net[::-1])
    fits = counts[(shortest <= high) & (longest >= low)]
    smallest = max(len(constraints.required()), max(constraints.slots, default=-1) + 1, 1)
    fits = fits[(fits >= smallest) & (fits <= 1000)]
    if not len(fits):
        total = float(longest[-1])
        if total < low:
            raise UserError(
                f"The {len(rows)} tracks that may be played last {_minutes(total)} in all, which is less "
                f"than --duration {excerpt(resolved.request.duration)}; --duration {int(total // 60)}m is "
                "the longest that works."
            )
        raise UserError(
            f"No playlist with the {smallest} tracks that are required lasts "
            f"{excerpt(resolved.request.duration)}; "
            f"--duration {int(np.ceil(shortest[min(smallest, len(net)) - 1] / 60))}m or more, or fewer "
            f"required tracks, works."
        )
    problems = [_slot_problem(resolved, int(n)) for n in fits]
    if all(problems):
        raise UserError(str(problems[-1]))
    fits = fits[[problem is None for problem in problems]]
    usual = float(np.median(fades.duration[rows])) - float(
        np.median(np.minimum(fades.fade_in[rows], fades.fade_out[rows]))
    )
    middle = (low + high) / 2 / max(usual, 1.0)
    return fits[np.argsort(np.abs(fits - middle), kind="stable")][:8].tolist()


def _one_per_work(resolved: Resolved) -> IntArray:
    rows = resolved.constraints.eligible
    if resolved.constraints.versions:
        return rows
    return rows[np.unique(resolved.facts.works[rows], return_index=True)[1]]


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min"


def name_of(resolved: Resolved, row: int) -> str:
    """Returns how messages name a track."""
    track = resolved.catalog.tracks.iloc[row]
    title = track["title"] or resolved.catalog.ids[row]
    return repr(excerpt(f"{track['artist']} - {title}" if track["artist"] else str(title)))

"""Contradictions in a request that need no search, each in a sentence."""

from __future__ import annotations

from collections import Counter

import numpy as np

from segue.experiments.formatting import counted, duration
from segue.experiments.playlists.request import MOST_TRACKS
from segue.experiments.playlists.resolve import Resolved
from segue.features.arrays import FloatArray, IntArray
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
            f"{required} tracks are required, but the playlist has only {n}; give --tracks {required} or "
            "more."
        )
    if problem := _slot_problem(resolved, n):
        raise UserError(problem)
    if n > resolved.usable:
        raise _too_few(resolved, n)


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
                    f"{name_of(resolved, other)} and {name_of(resolved, row)} are versions of one recording "
                    "and both required; drop one of them, or allow it with --versions."
                )


def _slot_problem(resolved: Resolved, n: int) -> str | None:
    """Returns what is wrong with the slots of a playlist of n tracks; None if nothing is."""
    taken: dict[int, int] = {}
    places: dict[int, int] = {}
    for slot, row in resolved.constraints.slots.items():
        place = slot if slot >= 0 else n + slot
        if place >= n:
            return (
                f"--at {slot + 1} is beyond the end of a playlist of {n} tracks; give --tracks {slot + 1} or "
                "more."
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


def _too_few(resolved: Resolved, n: int) -> UserError:
    """Builds the error for fewer tracks than n that may be played."""
    request, usable = resolved.request, resolved.usable
    filters = [
        option for option, given in (("--where", request.where), ("--exclude", request.exclude)) if given
    ]
    admit = "admit" if len(filters) > 1 else "admits"
    among = f" in catalogue {resolved.catalog.name!r}"
    if filters:
        among = f" that {' and '.join(filters)} {admit}"
    versions = "" if resolved.constraints.versions else ", versions of one recording counted once"
    if usable == 0:
        return UserError(f"There is no track{among}; loosen the filters.")
    return UserError(
        f"A playlist of {n} tracks cannot be made of the {counted(usable, 'track')}{among}{versions}; "
        f"give --tracks {usable}{' or fewer' if usable > 1 else ''}."
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
        raise _too_few(resolved, 1)
    net = np.sort(fades.duration[rows])
    most_overlap = float(max(fades.fade_in[rows].max(), 0.0))
    counts = np.arange(1, min(len(net), MOST_TRACKS) + 1)
    shortest = np.cumsum(net)[: len(counts)] - (counts - 1) * most_overlap
    longest = np.cumsum(net[::-1])[: len(counts)]
    smallest = max(len(constraints.required()), max(constraints.slots, default=-1) + 1, 1)
    fits = counts[(shortest <= high) & (longest >= low) & (counts >= smallest)]
    if not len(fits):
        raise _impossible_duration(resolved, len(rows), shortest, longest, smallest)
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


def _impossible_duration(
    resolved: Resolved, usable: int, shortest: FloatArray, longest: FloatArray, smallest: int
) -> UserError:
    """Builds the error for a duration that no number of tracks can have.

    Args:
        resolved: The request.
        usable: Tracks that may be played.
        shortest: Shortest time in s that a list of 1, 2, … tracks can last.
        longest: Longest time in s that a list of 1, 2, … tracks can last.
        smallest: Tracks that a list needs at least.
    """
    low, high = resolved.constraints.seconds or (0.0, np.inf)
    most, wanted = len(longest), f"--duration {excerpt(resolved.request.duration)}"
    if smallest > most:
        return UserError(
            f"--at {smallest} is beyond the end of every playlist, since only {counted(most, 'track')} may "
            "be played; give an earlier position."
        )
    if longest[-1] < low:
        which = f"the {counted(most, 'track')} that may be played"
        if usable > most:
            which = f"the longest {counted(most, 'track')}, as many as a playlist can have,"
        return UserError(
            f"{wanted} is too long: {which} last {duration(float(longest[-1]))} in all; give a shorter one."
        )
    least = float(shortest[smallest - 1])
    if least > high and smallest > 1:
        return UserError(
            f"{wanted} is too short: what is required needs {smallest} tracks, which last {duration(least)} "
            "at least; give a longer one, or require fewer tracks."
        )
    if least > high:
        return UserError(
            f"{wanted} is too short: the shortest track that may be played lasts {duration(least)}; give a "
            "longer one."
        )
    fewer = int(np.flatnonzero(longest < low)[-1]) + 1
    below, above = duration(float(longest[fewer - 1])), duration(float(shortest[fewer]))
    return UserError(
        f"No playlist lasts {wanted.removeprefix('--duration ')}: {counted(fewer, 'track')} can last {below} "
        f"at most, and {fewer + 1} last {above} at least; give another --duration, or a larger --tolerance."
    )


def name_of(resolved: Resolved, row: int) -> str:
    """Returns how messages name a track."""
    track = resolved.catalog.tracks.iloc[row]
    title = track["title"] or resolved.catalog.ids[row]
    return repr(excerpt(f"{track['artist']} - {title}" if track["artist"] else str(title)))

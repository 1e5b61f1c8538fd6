"""Requests that cannot be satisfied: which constraints conflict, and the smallest relaxation that works.

Every relaxation that is offered has been tried: the search found a list that keeps it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from segue.agents.sequencing.constraints import Constraints, violations
from segue.agents.sequencing.rules import tempo_change
from segue.experiments.formatting import join_words
from segue.experiments.playlists.contradictions import possible_lengths
from segue.experiments.playlists.reading.constraints import eligible_rows
from segue.experiments.playlists.request import MOST_TRACKS
from segue.experiments.playlists.resolve import Resolved
from segue.experiments.playlists.solve import find_quickly
from segue.features.arrays import IntArray
from segue.features.errors import UserError

STEPS = 5
"""Halvings in the search for the smallest relaxation of a number."""

Level = float
"""How far a constraint is relaxed; its meaning depends on the constraint."""


@dataclass(frozen=True)
class Relaxation:
    """A constraint that can be relaxed by degrees.

    Attributes:
        option: The option as given, for messages.
        start: Level at which nothing is relaxed.
        loosest: Level at which the constraint is gone.
        apply: Returns the constraints at a level.
        needed: Returns the level at which a list keeps the constraint.
        words: Describes a level as an option that works.
        whole: Whether levels are whole numbers.
    """

    option: str
    start: Level
    loosest: Level
    apply: Callable[[Constraints, Level], Constraints]
    needed: Callable[[IntArray], Level]
    words: Callable[[Level], str]
    whole: bool = False


def infeasible(resolved: Resolved) -> UserError:
    """Builds the error for a request for which the search found no list."""
    lengths = possible_lengths(resolved)[:3]
    options = _relaxations(resolved)
    what = (
        f"No playlist of {lengths[0]} track{'s' if lengths[0] > 1 else ''}"
        if resolved.length
        else f"No playlist of {resolved.request.duration}"
    )
    single = [
        (option, found)
        for option in options
        if (found := _try(resolved, [(option, option.loosest)], lengths)) is not None
    ]
    if single:
        named = [option.option for option, _ in single]
        if len(single) == 1 and len(options) > 1:
            others = [(option, option.loosest) for option in options if option is not single[0][0]]
            if _try(resolved, others, lengths) is not None:
                named = [option.option for option in options]
        names = join_words(named)
        ways = [option.words(_smallest(resolved, option, found, lengths)) for option, found in single]
        together = f"keeps {names} together" if len(named) > 1 else f"keeps {names}"
        return UserError(f"{what} {together}; the smallest change that works is {' or '.join(ways)}.")
    needed = list(options)
    for option in options:
        fewer = [other for other in needed if other is not option]
        if fewer and _try(resolved, [(other, other.loosest) for other in fewer], lengths) is not None:
            needed = fewer
    found = _try(resolved, [(option, option.loosest) for option in needed], lengths) if needed else None
    if found is None:
        every = join_words([option.option for option in options]) or "the required tracks at their places"
        return UserError(
            f"{what} was found that keeps {every}, nor one without them; drop some of the tracks that are "
            "required, or change their positions."
        )
    names = join_words([option.option for option in options])
    changes = join_words([option.words(option.needed(found)) for option in needed])
    return UserError(f"{what} keeps {names} together; the smallest change that works is {changes}.")


def _try(resolved: Resolved, levels: list[tuple[Relaxation, Level]], lengths: list[int]) -> IntArray | None:
    """Returns a list that keeps the constraints with some of them relaxed; None if there is none."""
    constraints = resolved.constraints
    for option, level in levels:
        constraints = option.apply(constraints, level)
    found = find_quickly(resolved, constraints, lengths)
    return None if found is None else found.rows


def _smallest(resolved: Resolved, option: Relaxation, found: IntArray, lengths: list[int]) -> Level:
    """Returns the smallest level of a relaxation that the search can use, by bisection."""
    low, high = option.start, option.needed(found)
    for _ in range(STEPS):
        if (option.whole and abs(high - low) <= 1) or math.isclose(low, high, rel_tol=0.02):
            break
        middle = (low + high) / 2
        middle = float(math.floor(middle)) if option.whole else middle
        rows = _try(resolved, [(option, middle)], lengths)
        if rows is None:
            low = middle
        else:
            high = option.needed(rows)
    return high


def _relaxations(resolved: Resolved) -> list[Relaxation]:
    """Returns the constraints of a request that can be relaxed."""
    return [
        *_of_transitions(resolved),
        *_of_gaps(resolved),
        *_of_duration(resolved),
        *_that_can_be_dropped(resolved),
    ]


def _of_transitions(resolved: Resolved) -> Iterator[Relaxation]:
    """Yields relaxations of the constraints on tempo and key."""
    request, given = resolved.request, resolved.constraints
    if given.max_tempo_change is not None:
        yield Relaxation(
            option=f"--max-tempo-change {request.max_tempo_change:g}",
            start=float(given.max_tempo_change),
            loosest=1000.0,
            apply=lambda c, level: dataclasses.replace(c, max_tempo_change=level),
            needed=lambda rows: _round_up(_largest_change(resolved, rows)),
            words=lambda level: f"--max-tempo-change {level:.1f}",
        )
    if given.keys is not None:
        name = request.keys if isinstance(request.keys, str) else "table"
        violations_given = f" --key-violations {given.key_violations}" if given.key_violations else ""
        yield Relaxation(
            option=f"--keys {name}{violations_given}",
            start=float(given.key_violations),
            loosest=float(MOST_TRACKS),
            apply=lambda c, level: dataclasses.replace(c, key_violations=int(level)),
            needed=lambda rows: float(_clashes(resolved, rows)),
            words=lambda level: f"--key-violations {int(level)}",
            whole=True,
        )


def _of_gaps(resolved: Resolved) -> Iterator[Relaxation]:
    """Yields relaxations of the gaps between artists and between albums."""
    request, given = resolved.request, resolved.constraints
    for kind, option, text in (
        ("artist_gap", "--artist-gap", request.artist_gap),
        ("album_gap", "--album-gap", request.album_gap),
    ):
        if getattr(given, kind):
            yield _gap_in_tracks(resolved, kind, f"{option} {text}", option)
        elif getattr(given, f"{kind}_s"):
            yield _gap_in_time(resolved, f"{kind}_s", f"{option} {text}", option)


def _of_duration(resolved: Resolved) -> Iterator[Relaxation]:
    """Yields the relaxation of the duration, by its tolerance."""
    bounds, fades = resolved.constraints.seconds, resolved.facts.fades
    if bounds is not None:
        middle, tolerance = sum(bounds) / 2, (bounds[1] - bounds[0]) / 2
        yield Relaxation(
            option=f"--duration {resolved.request.duration}",
            start=tolerance,
            loosest=1e9,
            apply=lambda c, level: dataclasses.replace(c, seconds=(max(middle - level, 0.0), middle + level)),
            needed=lambda rows: float(math.ceil(abs(fades.seconds(rows) - middle))),
            words=lambda level: f"--tolerance {level:.0f}",
        )


def _that_can_be_dropped(resolved: Resolved) -> Iterator[Relaxation]:
    """Yields the constraints that are kept or not, without degrees."""
    request, given = resolved.request, resolved.constraints
    if given.times:
        yield _dropped("--at with a time", lambda c: dataclasses.replace(c, times=()))
    if request.where and request.reorder is None:
        unfiltered = request.replaced({"where": ()})
        rows = eligible_rows(resolved.catalog, resolved.facts, unfiltered, resolved.given)
        yield _dropped("--where", lambda c: dataclasses.replace(c, eligible=rows))
    inner = [slot for slot in given.slots if slot not in (0, -1)]
    if inner:
        yield _dropped("--at", partial(_without_slots, slots=inner))
    for slot, option in ((0, "--first"), (-1, "--last")):
        if slot in given.slots and request.complete is None:
            yield _dropped(option, partial(_without_slots, slots=[slot]))
    if given.include and request.reorder is None:
        yield _dropped("--include", lambda c: dataclasses.replace(c, include=()))


def _without_slots(constraints: Constraints, slots: Sequence[int]) -> Constraints:
    kept = {slot: row for slot, row in constraints.slots.items() if slot not in slots}
    return dataclasses.replace(constraints, slots=kept)


def _dropped(option: str, apply: Callable[[Constraints], Constraints]) -> Relaxation:
    """Returns the relaxation of a constraint that can only be dropped."""
    return Relaxation(
        option,
        start=0.0,
        loosest=1.0,
        apply=lambda c, level: apply(c),
        needed=lambda rows: 1.0,
        words=lambda level: f"no {option}",
        whole=True,
    )


def _gap_in_tracks(resolved: Resolved, kind: str, text: str, option: str) -> Relaxation:
    """Returns the relaxation of a gap as a number of tracks; its level is the gap, negated."""
    most = float(getattr(resolved.constraints, kind))

    def needed(rows: IntArray) -> Level:
        held = (gap for gap in range(int(most), -1, -1) if not _breaks(resolved, rows, **{kind: gap}))
        return -float(next(held, 0))

    return Relaxation(
        text,
        -most,
        0.0,
        lambda c, level: dataclasses.replace(c, **{kind: int(-level)}),  # type: ignore[arg-type]
        needed,
        lambda level: f"{option} {int(-level)}",
        whole=True,
    )


def _gap_in_time(resolved: Resolved, kind: str, text: str, option: str) -> Relaxation:
    """Returns the relaxation of a gap in time; its level is the gap in s, negated."""
    most = float(getattr(resolved.constraints, kind))

    def needed(rows: IntArray) -> Level:
        steps = (most * step / 64 for step in range(64, -1, -1))
        return -math.floor(next((gap for gap in steps if not _breaks(resolved, rows, **{kind: gap})), 0.0))

    return Relaxation(
        text,
        -most,
        0.0,
        lambda c, level: dataclasses.replace(c, **{kind: -level}),  # type: ignore[arg-type]
        needed,
        lambda level: f"{option} {-level:.0f}s",
    )


def _breaks(resolved: Resolved, rows: IntArray, **gaps: float) -> bool:
    """Returns whether a list breaks gaps."""
    alone = Constraints(eligible=rows, versions=True, **gaps)  # type: ignore[arg-type]
    return any(
        broken.constraint in ("artist_gap", "album_gap") for broken in violations(resolved.facts, alone, rows)
    )


def _largest_change(resolved: Resolved, rows: IntArray) -> float:
    """Returns the largest change of tempo in a list, in %; 1000 where a tempo is unknown."""
    tempo = resolved.facts.tempo[rows]
    changes = np.abs(tempo_change(tempo[:-1], tempo[1:], resolved.constraints.octaves))
    return float(np.nan_to_num(changes, nan=1000.0).max(initial=0.0))


def _clashes(resolved: Resolved, rows: IntArray) -> int:
    """Counts the transitions of a list that break the rule on keys."""
    key, table = resolved.facts.key[rows], resolved.constraints.keys
    if table is None:
        return 0
    before, after = key[:-1], key[1:]
    return int((~((before >= 0) & (after >= 0) & table[before, after])).sum())


def _round_up(value: float) -> float:
    """Rounds up to one decimal, so that what is printed works."""
    return math.ceil(value * 10 - 1e-9) / 10

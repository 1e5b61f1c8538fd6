"""What the command for playlists prints: lists with reasons, variants, and the result of a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segue.experiments.playlists.check import Check
    from segue.experiments.playlists.formats import Entry
    from segue.experiments.playlists.make_playlist import Variant
    from segue.experiments.playlists.playlist import Playlist

WORST = 3
"""Transitions that `--check` names as the worst ones."""


def print_missing(missing: list[Entry]) -> None:
    """Lists the entries of a given list that the catalogue lacks, on standard error."""
    from rich.console import Console

    from segue.experiments.console import say

    for entry in missing:
        name = " - ".join(part for part in (entry.artist, entry.title) if part)
        say(Console(stderr=True), f"Not in the catalogue: {entry.path or name}")


def _clock(seconds: float) -> str:
    """Formats a time in a set as `1:02:03` or `2:03`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"


def print_playlist(made: Playlist, label: str = "") -> None:
    """Prints the tracks of a playlist with the reasons."""
    from segue.experiments.console import print_table
    from segue.experiments.formatting import duration, number
    from segue.experiments.playlists.reasons import why_this_track

    sentences = ["", *(transition.sentence for transition in made.transitions)]
    rows = []
    for k, row in enumerate(made.tracks.to_dict("records")):
        name = f"{row['artist']} - {row['title']}" if row["artist"] else str(row["title"] or row["id"])
        why = why_this_track(made, k)
        rows.append(
            (
                str(k + 1),
                _clock(made.starts[k]),
                name,
                "; ".join(text for text in (sentences[k], why) if text),
            )
        )
    print_table(("#", "start", "track", "why"), rows, numbers=("#", "start"))
    count = f"{len(made)} track{'s' if len(made) != 1 else ''}"
    print(f"{label}{made.title}: {count}, {duration(made.seconds)}, utility {number(made.utility)}")


def print_variants(found: list[Variant]) -> None:
    """Prints what variants share and what they cost."""
    from segue.experiments.console import print_table
    from segue.experiments.formatting import number, per_cent

    rows = [
        (
            str(k),
            per_cent(v.shared_tracks),
            per_cent(v.shared_transitions),
            number(v.playlist.utility),
            number(v.cost),
        )
        for k, v in enumerate(found, start=1)
    ]
    head = ("variant", "tracks shared with 1", "transitions shared with 1", "utility", "cost")
    print_table(head, rows, numbers=head)


def print_check(checked: Check) -> None:
    """Prints the result of a check."""
    from segue.experiments.console import print_table
    from segue.experiments.formatting import number, signed

    made = checked.playlist
    print_missing(checked.missing)
    parts = list(dict.fromkeys(part for t in made.transitions for part in t.cost))
    totals = [sum(t.cost.values()) for t in made.transitions]
    rows = [
        (f"{k} → {k + 1}", number(total), *(number(t.cost[part]) for part in parts))
        for k, (t, total) in enumerate(zip(made.transitions, totals, strict=True), start=1)
    ]
    head = ("transition", "cost", *(part.rpartition(".")[2] for part in parts))
    print_playlist(made)
    if rows:
        print_table(head, rows, numbers=head[1:])
    for k in sorted(range(len(totals)), key=lambda k: -totals[k])[:WORST]:
        print(f"Worst: {k + 1} → {k + 2}, cost {number(totals[k])}: {made.transitions[k].sentence}")
    if checked.best is None:
        print("A track is played twice, so that no best order was searched for.")
    else:
        kept = "" if checked.best_keeps else ", without the constraints, which no order keeps"
        print(
            f"Best order found{kept}: utility {number(checked.best.utility)}, {signed(checked.regret)} "
            f"(order regret); random orders: {number(checked.shuffled)}"
        )
    for broken in checked.broken:
        print(f"Breaks {broken.rule}: {broken.detail}")
    if not checked.broken:
        print("All constraints are kept.")

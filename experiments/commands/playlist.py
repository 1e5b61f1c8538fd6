"""The command for playlists: making, reordering, completing and checking them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tyro.conf import Positional, UseAppendAction, arg

from segue.experiments.commands.options import CatalogName, OptionalCount, OptionalPath, OptionalText
from segue.experiments.commands.playlist_outputs import Outputs
from segue.experiments.commands.playlist_printing import (
    print_check,
    print_missing,
    print_playlist,
    print_variants,
)

if TYPE_CHECKING:
    from segue.experiments.playlists.request import PlaylistRequest
    from segue.experiments.playlists.resolve import Resolved

Texts = UseAppendAction[Annotated[tuple[str, ...], arg(metavar="TEXT", help_behavior_hint="(repeatable)")]]
Paths = UseAppendAction[Annotated[tuple[Path, ...], arg(metavar="PATH", help_behavior_hint="(repeatable)")]]
OptionalNumber = Annotated[float | None, arg(metavar="NUMBER", help_behavior_hint="(optional)")]


def playlist(
    catalog: Positional[CatalogName],
    *,
    tracks: OptionalCount = None,
    duration: OptionalText = None,
    tolerance: OptionalText = None,
    curve: OptionalText = None,
    first: OptionalText = None,
    last: OptionalText = None,
    include: Texts = (),
    at: Texts = (),
    exclude: Texts = (),
    where: Texts = (),
    artist_gap: OptionalText = None,
    album_gap: OptionalText = None,
    versions: bool = False,
    max_tempo_change: OptionalNumber = None,
    half_double: bool = True,
    keys: OptionalText = None,
    key_violations: OptionalCount = None,
    overlap: OptionalNumber = None,
    listener: OptionalText = None,
    like: Texts = (),
    for_listener: Annotated[OptionalText, arg(name="for")] = None,
    request: OptionalPath = None,
    reorder: OptionalText = None,
    complete: OptionalText = None,
    check: OptionalText = None,
    variants: int = 1,
    agent: OptionalText = None,
    model: OptionalPath = None,
    seed: OptionalCount = None,
    title: OptionalText = None,
    out: Paths = (),
    absolute: bool = False,
    map: Texts = (),
    mix: OptionalPath = None,
    preview: bool = False,
    page: OptionalPath = None,
) -> None:
    """Make a playlist: choose and order tracks for a listener, under hard constraints.

    Example: segue playlist music.parquet --duration 90m --curve peak --artist-gap 5 --out set.m3u8

    A track is named by its id, its path, its title or 'Artist - Title'.

    Args:
        catalog: A catalogue: a file, `demo`, or `synthetic:N` for N synthetic tracks.
        tracks: Number of tracks.
        duration: Length of the set with overlaps counted once, such as 90m, 1h30m or 1:30:00; a number alone
            means seconds.
        tolerance: By how much the length may differ; 1m by default.
        curve: Energy curve: peak, warm-up, cool-down, workout, waves, steady, rise or fall; points such as
            0:0.3,0.6:0.9,1:0.4; or a playlist file. That of the listener by default.
        first: The first track.
        last: The last track.
        include: A track that must be played.
        at: POSITION=TRACK or TIME=TRACK: 5=TRACK is the fifth track, 45m=TRACK plays at 45 minutes.
        exclude: A track that must not be played.
        where: A filter on columns, such as 'year >= 1990 and genre ~ house' or 'bpm in 120..130'.
        artist_gap: Fewest tracks between two by the same artist, such as 5, or a time, such as 20m.
        album_gap: The same for albums.
        versions: Allow several versions of one recording.
        max_tempo_change: Largest change of tempo from track to track in %.
        half_double: Whether half and double time count as the same tempo.
        keys: Which key may follow which: any, same, camelot, or a YAML file such as {8A: [8A, 9A], ...}.
        key_violations: Transitions that may break that rule; 0 by default.
        overlap: Longest overlap of two tracks in seconds; 12 by default.
        listener: The listener: a preset or its YAML file; djset by default.
        like: A track or a playlist file that the listener likes.
        for_listener: A listener of the log that --listener was fitted to, whose own taste is used.
        request: A YAML file with these options as keys; options of the command line override it.
        reorder: A playlist file whose tracks are put in the best order.
        complete: A playlist file whose tracks are kept in their order, with others filled in between.
        check: A playlist file to check: the cost of its transitions, what a better order gains, and which
            constraints it breaks. Nothing is changed.
        variants: How many playlists to make that differ; several are written as set-1, set-2, ….
        agent: An agent that chooses the tracks in place of the search, playing to a simulated listener.
        model: A trained agent, which needs no --agent: its file, or a name that `segue models` lists.
        seed: Seed; the same one gives the same playlist. 0 by default.
        title: Title of the playlist.
        out: A file to write: .m3u8, .m3u, .xspf, .jspf, .csv, .json, or .xml for rekordbox.
        absolute: Write absolute paths; they are relative to the file by default.
        map: HERE=THERE: write paths below the folder HERE as they are on the machine that plays them, such as
            /music=/Volumes/Music.
        mix: A sound file to render: .flac, .wav, .ogg, .opus or .mp3; its cue sheet is written beside it.
        preview: Render only the transitions, 20 s each.
        page: A page to keep, .html: the list with reasons, pictures, previews and tracks to swap in.
    """
    from segue.experiments.playlists.request import PlaylistRequest
    from segue.features.errors import UserError

    given: dict[str, Any] = {
        "tracks": tracks,
        "duration": duration,
        "tolerance": tolerance,
        "curve": curve,
        "first": first,
        "last": last,
        "include": include,
        "at": at,
        "exclude": exclude,
        "where": where,
        "artist_gap": artist_gap,
        "album_gap": album_gap,
        "versions": versions or None,
        "max_tempo_change": max_tempo_change,
        "half_double": None if half_double else False,
        "keys": keys,
        "key_violations": key_violations,
        "overlap": overlap,
        "listener": listener,
        "like": like,
        "for_listener": for_listener,
        "reorder": reorder,
        "complete": complete,
        "seed": seed,
        "title": title,
    }
    base = PlaylistRequest() if request is None else PlaylistRequest.of(request)
    wanted = base.replaced({name: value for name, value in given.items() if value not in (None, ())})
    files = Outputs(out, absolute, map, mix, preview, page).of_variants(variants)
    if check is not None:
        if out or mix or page or variants != 1 or agent is not None or model is not None:
            raise UserError(
                "--check changes nothing; leave out --out, --mix, --page, --variants, --agent and --model."
            )
        _check(catalog, check, wanted)
    elif agent is not None or model is not None:
        if variants != 1:
            raise UserError("An agent makes one playlist; leave out --variants.")
        if agent is not None and model is not None:
            raise UserError("--model names its own agent; leave out --agent, or leave out --model.")
        _let_agent_choose(catalog, wanted, agent, model, files[0])
    else:
        _search(catalog, wanted, variants, files)


def _check(catalog: str, file: str, wanted: PlaylistRequest) -> None:
    """Checks a playlist file and prints the result."""
    from segue.experiments.playlists.check import check_playlist

    with _busy("Checking"):
        checked = check_playlist(catalog, file, wanted)
    print_check(checked)


def _let_agent_choose(
    catalog: str, wanted: PlaylistRequest, agent: str | None, model: Path | None, outputs: Outputs
) -> None:
    """Lets an agent choose a playlist, writes its files and prints it."""
    from segue.experiments.playlists.agent_choice import agent_playlist

    resolved = _resolved(catalog, wanted)
    with _busy("Playing"):
        chosen = agent_playlist(resolved, agent, model)
    outputs.write(chosen, catalog)
    print_playlist(chosen)


def _search(catalog: str, wanted: PlaylistRequest, variants: int, files: list[Outputs]) -> None:
    """Searches for a playlist, or for several variants, writes their files and prints them."""
    from segue.experiments.playlists.make_playlist import variants_of

    resolved = _resolved(catalog, wanted)
    with _progress("Searching") as on_progress:
        found = variants_of(resolved, variants, on_progress)
    for variant, outputs in zip(found, files, strict=True):
        outputs.write(variant.playlist, catalog)
    for number, variant in enumerate(found, start=1):
        print_playlist(variant.playlist, f"Variant {number}: " if len(found) > 1 else "")
    if len(found) > 1:
        print_variants(found)


def _resolved(catalog: str, wanted: PlaylistRequest) -> Resolved:
    """Resolves a request, and lists what the catalogue lacks of a given list."""
    from segue.experiments.playlists.resolve import resolve
    from segue.features import open_catalog

    resolved = resolve(open_catalog(catalog), wanted)
    print_missing(resolved.missing)
    return resolved


@contextmanager
def _progress(what: str) -> Iterator[Callable[[float], None]]:
    """Shows how far some work is and how long it will still take, on standard error if it is a terminal.

    Yields:
        A function to call with the share that is done.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def _busy(what: str) -> Any:
    """Shows that work is in progress, on standard error if it is a terminal."""
    from contextlib import nullcontext

    from rich.console import Console

    console = Console(stderr=True)
    return console.status(f"{what} …") if console.is_terminal else nullcontext()

"""Writes the page of a playlist."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from segue import __version__
from segue.experiments.playlists.page.contents import page_data, previews_of, rows_of, summary
from segue.experiments.playlists.playlist import Playlist
from segue.features.errors import UserError
from segue.features.existing_files import readable, write_whole


def write_page(playlist: Playlist, path: str | Path, *, progress: bool = True) -> Path:
    """Writes a playlist as one self-contained HTML file to keep.

    It holds the tracks with the reasons for every transition, pictures of energy, tempo and keys against the
    requested curve, runners-up that can be swapped in, and, if the files of all tracks are on this machine,
    previews of the transitions.

    Args:
        playlist: The playlist; with the column `beats` (see `with_beats`) previews are on the beat.
        path: The file to write, .html.
        progress: Whether to show a progress bar on stderr.

    Returns:
        `path`.

    Raises:
        UserError: The file exists or has another ending, or a preview cannot be rendered.
    """
    target = Path(path)
    check_page(target)
    if target.exists():
        raise UserError(f"{readable(target)} already exists; choose another output file.")
    sounds, about_sound = previews_of(playlist, progress)
    rows = rows_of(playlist)
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    text = page.from_string(_resource("page.html.j2")).render(
        title=playlist.title,
        summary=summary(playlist),
        rows=rows,
        sounds=sounds,
        about_sound=about_sound,
        curve=playlist.curve is not None,
        version=__version__,
        style=Markup(_report_style() + _resource("page.css")),
        script=Markup(_resource("page.js")),
        data=Markup(page_data(playlist, rows)),
    )
    with write_whole(target) as file:
        file.write(text.encode("utf-8"))
    return target


def check_page(path: Path) -> None:
    """Raises a UserError unless a file has the ending of a page."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"{readable(path.name)!r} is not a page by its ending; end it in .html.")


def _resource(name: str) -> str:
    """Reads a file of this package."""
    return files("segue.experiments.playlists.page").joinpath(name).read_text(encoding="utf-8")


def _report_style() -> str:
    """Returns the style of the report of a study, whose colours and letters the page shares."""
    return files("segue.experiments.reporting").joinpath("style.css").read_text(encoding="utf-8")

"""The files that `segue playlist` writes: lists, a mix and a page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segue.experiments.playlists.playlist import Playlist


@dataclass(frozen=True)
class Outputs:
    """The files to write of one playlist.

    Attributes:
        lists: Playlist files.
        absolute: Whether their paths are absolute.
        map: Pairs `HERE=THERE` of folders, for another machine.
        mix: Sound file.
        preview: Whether the mix holds the transitions only.
        page: HTML page.
    """

    lists: tuple[Path, ...] = ()
    absolute: bool = False
    map: tuple[str, ...] = ()
    mix: Path | None = None
    preview: bool = False
    page: Path | None = None

    def of_variants(self, count: int) -> list[Outputs]:
        """Returns the files of each of several variants, such as set-1.m3u8 and set-2.m3u8.

        Raises:
            UserError: A file exists already, its folder does not, its format is unknown, or an option lacks
                the one that it belongs to.
        """
        from segue.experiments.playlists.formats.files import parse_path_map
        from segue.features.errors import UserError

        if self.preview and self.mix is None:
            raise UserError("--preview belongs to --mix; name a sound file, such as --mix set.flac.")
        if (self.absolute or self.map) and not self.lists:
            raise UserError("--absolute and --map belong to --out; name a file, such as --out set.m3u8.")
        parse_path_map(self.map)
        found = [self._variant(k + 1 if count > 1 else 0) for k in range(max(min(count, 100), 1))]
        for outputs in found:
            outputs._check()
        return found

    def write(self, playlist: Playlist, catalog: str) -> None:
        """Writes the files of a playlist.

        Args:
            playlist: The playlist.
            catalog: The catalogue as the user named it; the beats of its tracks lie beside its file.
        """
        from segue.experiments.playlists.formats.files import parse_path_map, write_playlist
        from segue.experiments.playlists.mixing.beats import with_beats

        made = with_beats(playlist, catalog)
        for file in self.lists:
            write_playlist(made, file, absolute=self.absolute, path_map=parse_path_map(self.map))
        if self.mix is not None:
            from segue.experiments.playlists.mixing.render import render_mix

            render_mix(made, self.mix, preview=self.preview)
        if self.page is not None:
            from segue.experiments.playlists.page.write import write_page

            write_page(made, self.page)

    def _variant(self, number: int) -> Outputs:
        """Returns the files of a variant; 0 for the only one."""

        def named(file: Path) -> Path:
            return file.with_name(f"{file.stem}-{number}{file.suffix}") if number else file

        return Outputs(
            tuple(map(named, self.lists)),
            self.absolute,
            self.map,
            self.mix and named(self.mix),
            self.preview,
            self.page and named(self.page),
        )

    def _check(self) -> None:
        """Raises a UserError unless all files can be written."""
        from segue.experiments.playlists.formats.files import check_format
        from segue.experiments.playlists.mixing.encoder import encoding_of
        from segue.experiments.playlists.page.write import check_page
        from segue.features.errors import UserError

        for file in (*self.lists, self.mix, self.page):
            if file is None:
                continue
            if file.exists():
                raise UserError(f"{file} already exists; choose another output file.")
            if not file.parent.is_dir():
                raise UserError(
                    f"There is no folder {file.parent}; create it, or choose another output file."
                )
        for file in self.lists:
            check_format(file)
        if self.mix is not None:
            encoding_of(self.mix)
        if self.page is not None:
            check_page(self.page)

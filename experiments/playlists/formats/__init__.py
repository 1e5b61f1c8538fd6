"""Playlist files: one file per format that reads and writes it, and the matching of what was read."""

from segue.experiments.playlists.formats.entry import Entry
from segue.experiments.playlists.formats.files import read_playlist, write_playlist

__all__ = ["Entry", "read_playlist", "write_playlist"]

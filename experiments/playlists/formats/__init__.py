"""Playlist files: one module per format that reads and writes it."""

from segue.experiments.playlists.formats.entry import Entry
from segue.experiments.playlists.formats.files import read_playlist, write_playlist

__all__ = ["Entry", "read_playlist", "write_playlist"]

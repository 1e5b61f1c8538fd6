"""Figures about the playlists that were played."""

"""Playlist files: one file per format that reads and writes it, and the matching of what was read."""

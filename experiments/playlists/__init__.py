"""Playlists: an ordered set of tracks for a listener, under the constraints of whoever plays it."""

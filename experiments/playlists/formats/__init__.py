"""Files of playlists: reading and writing them by the ending of their names."""

"""The catalogue: its table of tracks, its scaled features, and the transitions between tracks."""

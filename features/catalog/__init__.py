"""The catalogue: its track table, its scaled features, and the transitions between tracks."""

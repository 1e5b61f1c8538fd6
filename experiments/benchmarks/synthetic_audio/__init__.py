"""Audio with known tempo, beats and key, and measures of how well an analysis finds them."""

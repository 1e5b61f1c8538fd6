"""Music whose tempo, beats and key are known, and how well an analysis finds them."""

"""Renders a playlist as sound: matched loudness, crossfades on the beat, and a limiter."""

"""Sequencing under constraints: which tracks, in which order, for a listener."""

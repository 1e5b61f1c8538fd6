"""Sequencing under constraints: which tracks in which order, for a listener, by the rules of whoever plays them."""

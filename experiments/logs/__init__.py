"""Listening logs: one table of plays, whatever program wrote them."""

from segue.experiments.logs.plays import iterate_plays, read_plays, write_plays

__all__ = ["iterate_plays", "read_plays", "write_plays"]

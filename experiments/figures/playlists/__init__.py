"""Figures of what was played."""

"""Figures of scores and comparisons."""

"""Fits a listener to listening logs, and measures how well it fits."""

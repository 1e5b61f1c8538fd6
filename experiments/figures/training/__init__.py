"""Figures about training and computing time."""

"""Figures of training and its cost."""

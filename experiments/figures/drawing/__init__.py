"""Shared parts of the figures: style, captions, labels and panels."""

"""Readers of listening logs, one file per format."""

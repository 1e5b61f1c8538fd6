"""Listeners held against public aggregates, and the room they leave for planning."""

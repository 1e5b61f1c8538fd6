"""Baselines: agents that follow a fixed rule or learn within one session."""

"""Imitation learning from a planner that sees the training listeners."""

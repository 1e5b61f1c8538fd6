"""Trained agents: what training returns, saves and loads."""

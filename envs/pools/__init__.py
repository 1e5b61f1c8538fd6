"""Pools: which candidates a session chooses from."""

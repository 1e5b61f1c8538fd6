"""Pools: the candidates of a session and its start track."""

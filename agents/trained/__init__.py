"""Trained agents: what remains of an algorithm once it has learned."""

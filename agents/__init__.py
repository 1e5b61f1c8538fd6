"""Policies over the environments: everything that chooses tracks."""

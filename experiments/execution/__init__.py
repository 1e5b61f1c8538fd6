"""Executes the runs of a study in parallel, each only once."""

"""Loops over samples and frames, compiled by numba."""

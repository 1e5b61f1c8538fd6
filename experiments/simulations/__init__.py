"""Simulations that measure whether the intervals and verdicts of a report keep what they promise."""

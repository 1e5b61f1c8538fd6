"""Calibration of listeners to public aggregates, and the headroom that listeners leave for planning."""

"""Trainings and evaluations: how one is specified, run, measured and stored in a folder."""

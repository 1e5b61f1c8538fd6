"""Benchmarks of environments, training and audio analysis."""

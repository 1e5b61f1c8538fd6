"""Configurations, runs, statistics, figures, reports and the command line."""

"""The report of a study: one HTML file that needs nothing else."""

from segue.experiments.reporting.page import write_report

__all__ = ["write_report"]

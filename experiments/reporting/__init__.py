"""The report of a study: one self-contained HTML file."""

from segue.experiments.reporting.page import write_report

__all__ = ["write_report"]

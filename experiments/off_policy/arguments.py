"""Checks of the arguments that estimators share."""

from __future__ import annotations

from segue.features.errors import UserError


def check_arguments(
    *, discount: float = 1.0, confidence: float = 0.95, ridge: float = 1.0, resamples: int = 1
) -> None:
    """Refuses arguments with which an estimate or its interval is not defined.

    Raises:
        UserError: One is outside its range.
    """
    if not 0.0 <= discount <= 1.0:
        raise UserError(f"discount must lie between 0 and 1, but is {discount!r:.40}.")
    if not 0.0 < confidence < 1.0:
        raise UserError(f"confidence must lie between 0 and 1, such as 0.95, but is {confidence!r:.40}.")
    if not 0.0 < ridge < float("inf"):
        raise UserError(f"ridge must be above 0 and finite, but is {ridge!r:.40}.")
    if resamples < 1:
        raise UserError(f"resamples must be 1 or more, but is {resamples!r:.40}.")

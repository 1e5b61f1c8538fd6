"""Writes a fitted listener as a preset, and what is known of each listener beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from segue.experiments.fitting.fit import Fit
from segue.experiments.fitting.likelihood.parameters import ENGAGEMENT, WEIGHT

HEAD = """\
# Written by `segue fit`. A preset like any other: listener="{file}" in gym.make, or in a study. Nothing reads
# the key x-fit. Such a fit describes responses to the tracks that were played; what would have happened under
# others is an extrapolation.
"""


def preset_of(fit: Fit, name: str, log: str) -> dict[str, Any]:
    """Returns the fitted listener in the form of a preset.

    Args:
        fit: The fit.
        name: Name of the preset.
        log: Name of the log, for the sources.
    """
    values, base = fit.estimate.values, fit.preset
    listener = dict(base.listener)
    terms = {term: dict(settings or {}) for term, settings in listener["terms"].items()}
    for term in terms:
        if term in fit.unsupported:
            terms[term]["weight"] = 0.0
        elif f"{WEIGHT}{term}" in values:
            terms[term]["weight"] = _rounded(values[f"{WEIGHT}{term}"])
    if fit.model.engagement is not None:
        terms[fit.model.engagement] |= {key: _rounded(values[key]) for key in ENGAGEMENT}
    response = fit.model.response_of(values)
    shares = ("beta", "skipped_5s", "skipped_30s", "skipped", "centre")
    fitted = fit.model.departure_of(values)
    departure = ("a", "b", "c", "shape", "scale", "decay")
    listener |= {
        "bias": _rounded(values["bias"]),
        "bias_spread": _rounded(values["bias_spread"]),
        "terms": terms,
        "response": {key: _rounded(getattr(response, key)) for key in shares},
        "departure": {"never": True}
        if fitted.never
        else {key: _rounded(getattr(fitted, key)) for key in departure},
    }
    plays = fit.plays
    return {
        "name": name,
        "description": f"Fitted to {len(plays):,} plays of {plays.n_listeners:,} listeners.",
        "sources": [*base.sources, f"the log {log}, from the preset {base.name}"],
        "reward": base.reward,
        **listener,
        "x-fit": _record(fit),
    }


def _record(fit: Fit) -> dict[str, Any]:
    """Returns intervals, terms without support, and the quality of the forecasts."""
    record: dict[str, Any] = {
        "preset": fit.preset.name,
        "plays": len(fit.plays),
        "sessions": fit.plays.n_sessions,
        "listeners": fit.plays.n_listeners,
        "penalty": fit.penalty,
        "intervals_95": {
            name: [_rounded(low), _rounded(high)] for name, (low, high) in fit.estimate.intervals().items()
        },
        "unsupported": dict(fit.unsupported),
        "auc": {
            str(row["set"]): _rounded(row["auc"])
            for row in fit.forecasts[fit.forecasts["forecast"] == "fitted listener"].to_dict("records")
        },
    }
    if fit.estimate.values["break_rate"] > 0:
        record["unmarked_session_ends_per_play"] = _rounded(fit.estimate.values["break_rate"])
    return record


def write_preset(fit: Fit, path: Path, log: str) -> None:
    """Writes the preset."""
    text = yaml.safe_dump(preset_of(fit, path.stem, log), sort_keys=False, allow_unicode=True, width=100)
    path.write_text(HEAD.format(file=path.name) + text, encoding="utf-8")


def listener_table(fit: Fit) -> pd.DataFrame:
    """Returns what the log says of each listener, shrunk to the population.

    Returns:
        One row per listener: listener, plays, bias, and one column `<term>.<number>` per hidden parameter of
        the terms; `taste.<feature>` where the catalogue names it.
    """
    plays, values, regressors = fit.plays, fit.estimate.values, fit.model.regressors
    first = plays.listener_starts[:-1]
    columns: dict[str, Any] = {
        "listener": [plays.listeners[code] for code in plays.listener[first]],
        "plays": np.diff(plays.listener_starts),
        "bias": values["bias"] + fit.listeners[:, 0],
    }
    for term, (centre, matrix) in regressors.bases.items():
        used = (regressors.term_of_loading == regressors.names.index(term)) & ~regressors.of_session
        hidden = centre + fit.listeners[:, 1:][:, used] @ matrix.T
        for place, column in enumerate(hidden.T):
            named = term == "taste" and fit.feature_names
            columns[f"{term}.{fit.feature_names[place] if named else place}"] = column
    return pd.DataFrame(columns)


def _rounded(number: float) -> float:
    """Returns a number with four significant digits."""
    return float(f"{number:.4g}")

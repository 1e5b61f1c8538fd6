"""Measures of mir_eval for estimates of tempo, beats, key and sections."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from segue.experiments.benchmarks.synthetic_audio.truth import Truth
from segue.features.arrays import FloatArray

PITCHES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_TRIM = 2.0  # seconds at the start that are ignored, as beat trackers need time to settle

LABELS = {
    "key_weighted": "key, weighted",
    "key_exact": "key, exact",
    "tempo_1": "tempo accuracy 1",
    "tempo_2": "tempo accuracy 2",
    "tempo_exact": "BPM within 0.5 %",
    "beat_f": "beat F-measure",
    "beat_amlt": "beat AMLt",
    "intro": "intro end within 3 s",
    "outro": "outro start within 3 s",
}


def measure(truth: Truth, found: Mapping[str, Any]) -> dict[str, float]:
    """Compares an estimate with the ground truth.

    Args:
        truth: The ground truth.
        found: `tempo`, `key`, `mode` and `beats`, where NaN counts as wrong; `intro_end` and `outro_start`
            if the method estimates them.

    Returns:
        One number per key of `LABELS`, NaN if the truth is unknown or the measure does not apply.
    """
    scores = dict.fromkeys(LABELS, float("nan"))
    if truth.tonic >= 0:
        scores["key_weighted"] = _key_score(truth, found)
        scores["key_exact"] = float(scores["key_weighted"] == 1)
    if np.isfinite(truth.bpm):
        ratio = float(found["tempo"]) / truth.bpm
        scores["tempo_1"] = float(abs(ratio - 1) <= 0.04)
        scores["tempo_2"] = float(any(abs(ratio / k - 1) <= 0.04 for k in (1, 2, 3, 1 / 2, 1 / 3)))
        if scores["tempo_1"] and not truth.drifts:
            scores["tempo_exact"] = float(abs(ratio - 1) <= 0.005)
    if len(truth.beats):
        scores["beat_f"], scores["beat_amlt"] = _beat_scores(
            truth.beats, np.asarray(found["beats"], dtype=float)
        )
    for name, column, known in (
        ("intro", "intro_end", truth.intro_end),
        ("outro", "outro_start", truth.outro_start),
    ):
        if np.isfinite(known) and column in found:
            scores[name] = float(abs(float(found[column]) - known) <= 3)
    return scores


def _key_score(truth: Truth, found: Mapping[str, Any]) -> float:
    from mir_eval.key import weighted_score

    if not np.isfinite(float(found["key"])):
        return 0.0
    estimate = f"{PITCHES[int(found['key'])]} {'major' if found['mode'] else 'minor'}"
    return float(weighted_score(f"{PITCHES[truth.tonic]} {truth.mode}", estimate))


def _beat_scores(known: FloatArray, found: FloatArray) -> tuple[float, float]:
    from mir_eval.beat import continuity, f_measure, trim_beats

    known, found = trim_beats(known, _TRIM), trim_beats(found, _TRIM)
    if len(known) < 2 or len(found) < 2:
        return 0.0, 0.0
    return float(f_measure(known, found)), float(continuity(known, found)[3])


def accuracy_table(
    truths: Sequence[Truth], scores: Mapping[str, Sequence[Mapping[str, float]]]
) -> pd.DataFrame:
    """Averages all measures by method and set.

    Args:
        truths: N pieces.
        scores: For each method the N results of `measure`.

    Returns:
        One row per method and set, with the number of pieces.
    """
    groups = [truth.group for truth in truths]
    tables = []
    for method, rows in scores.items():
        frame = pd.DataFrame(list(rows))
        by_group = frame.groupby(groups, sort=False).mean()
        by_group.loc["all"] = frame.mean()
        counts = pd.Series(groups).value_counts()
        by_group.insert(0, "pieces", [int(counts.get(g, len(groups))) for g in by_group.index])
        by_group.index = pd.MultiIndex.from_product([[method], by_group.index])
        tables.append(by_group)
    return pd.concat(tables).rename(columns=LABELS)

"""Whether runs of other code have the numbers that this code gives: some are made again and compared."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from segue.experiments.formatting import join_words
from segue.experiments.runs.folder import read_record, read_tables
from segue.experiments.runs.spec import key_of
from segue.experiments.study.folder import StudyFolder
from segue.features.errors import UserError

COMPARED = ("episodes", "plays")
"""Tables of a run that have to be equal: returns, and every track with the response to it."""


def compare_with_runs_made_again(
    study: StudyFolder, runs: pd.DataFrame, again: StudyFolder, code: str
) -> int:
    """Compares runs of other code with the same runs, trainings included, made again by this code.

    Args:
        study: The study.
        runs: Its runs of other code, rows of `runs.csv`.
        again: A study that holds some of them, made again.
        code: Fingerprint of this code.

    Returns:
        The number of runs that were compared, one or more of each agent in each environment.

    Raises:
        UserError: Numbers differ, an agent was not made again in an environment, or other code did that.
    """
    made = [*again.runs.glob("*"), *again.models.glob("*")]
    if any(read_record(folder)["code"] != code for folder in made):
        raise UserError(
            f"{again.path} holds runs of other code, too; make it again with `segue compare --fresh`."
        )
    remade = {key_of(folder.name): folder for folder in again.runs.glob("*")}
    compared = runs[[key_of(folder) in remade for folder in runs["folder"]]]
    for name in compared["folder"]:
        first, second = (read_tables(folder) for folder in (study.runs / name, remade[key_of(name)]))
        if not all(first[table].equals(second[table]) for table in COMPARED):
            raise UserError(
                f"{name} gets other numbers from this code; make the study with `segue compare --fresh`."
            )
    if lacking := _pairs(runs) - _pairs(compared):
        named = join_words(sorted(f"{agent} on {environment}" for environment, agent in lacking))
        raise UserError(f"{again.path} lacks runs of this code for {named}; make those again, too.")
    return len(compared)


def _pairs(runs: pd.DataFrame) -> set[tuple[str, str]]:
    pairs: Iterable[tuple[str, str]] = zip(runs["environment"], runs["agent"], strict=True)
    return set(pairs)

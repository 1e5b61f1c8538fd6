"""The tables of a study, tidy: written as Parquet and CSV, and read again."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path

import pandas as pd

from segue.experiments.storage.checksums import (
    DamagedError,
    checked_table,
    read_checksums,
    write_checksums,
)
from segue.features.errors import UserError

_LAST = "timing.parquet"
"""The table whose checksum comes last."""


@dataclass(frozen=True)
class Results:
    """The tables of a study; each of them calls environments and agents by their labels.

    Attributes:
        scores: Normalised score by environment and agent; see `comparison.score_table`.
        differences: Paired differences; see `comparison.difference_table`.
        episodes: One row per session: environment, agent, seed, episode (its seed), and its metrics.
        plays: One row per track played; see `runs.evaluate`.
        curves: Returns of training sessions, one row per window; see `agents.sb3.learning_curve`.
        validation: Returns of validation sessions: environment, agent, seed, steps (of training, done by
            then), episode, return; see `runs.validation`.
        tracks: The tracks that runs name, by environment and `index`; see `runs.folder.track_table`.
        runs: One row per run: its folder, times, revision.
        validation_scores: Scores in validation; see `statistics.validation.validation_scores`.
        comparisons: What the verdict looks at, with intervals that hold at once; see
            `statistics.verdict_family.family_table`.
        metrics: Means of all metrics; see `metric_tables.metrics_table`.
        order: Gain and regret of the agents' orders; see `metric_tables.order_summary`.
        smoothness: Transitions against a random order; see `metric_tables.smoothness_table`.
        groups: Groups of listeners for whom an agent does better or worse; see `listener_groups.group_table`.
        listeners: Traits and groups of the listeners; see `listener_groups.grouped_listeners`.
        profiles: Performance profiles; see `run_tables.profile_table`.
        improvement: Probability of improvement; see `run_tables.improvement_table`.
        explanations: Scores that agents gave the best candidates; see `runs.observers.explanations`.
        requested_tables: The tables that the study asks for; see `requested_tables.requested_table`.
        timing: Wall time and computing time; see `gather.timing_table`.
    """

    scores: pd.DataFrame
    differences: pd.DataFrame
    episodes: pd.DataFrame
    plays: pd.DataFrame
    curves: pd.DataFrame
    tracks: pd.DataFrame
    runs: pd.DataFrame
    validation: pd.DataFrame = field(default_factory=pd.DataFrame)
    validation_scores: pd.DataFrame = field(default_factory=pd.DataFrame)
    comparisons: pd.DataFrame = field(default_factory=pd.DataFrame)
    metrics: pd.DataFrame = field(default_factory=pd.DataFrame)
    order: pd.DataFrame = field(default_factory=pd.DataFrame)
    smoothness: pd.DataFrame = field(default_factory=pd.DataFrame)
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    listeners: pd.DataFrame = field(default_factory=pd.DataFrame)
    profiles: pd.DataFrame = field(default_factory=pd.DataFrame)
    improvement: pd.DataFrame = field(default_factory=pd.DataFrame)
    explanations: pd.DataFrame = field(default_factory=pd.DataFrame)
    requested_tables: pd.DataFrame = field(default_factory=pd.DataFrame)
    timing: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __repr__(self) -> str:
        sizes = ", ".join(
            f"{table.name} {len(frame)}" for table in fields(self) if len(frame := getattr(self, table.name))
        )
        return f"<Results of {len(self.runs)} runs; rows per table: {sizes}>"

    def save(self, folder: str | Path) -> None:
        """Writes each table as Parquet and CSV into a folder that exists, and checksums of the former."""
        folder = Path(folder)
        for table in fields(self):
            frame: pd.DataFrame = getattr(self, table.name)
            frame.to_parquet(folder / f"{table.name}.parquet", index=False)
            write_csv(frame, folder / f"{table.name}.csv")
        write_checksums(folder, _LAST, [f"{table.name}.parquet" for table in fields(self)])

    @classmethod
    def stored_in(cls, folder: Path) -> bool:
        """Whether a folder holds all tables."""
        return all((folder / f"{table.name}.parquet").is_file() for table in fields(cls))

    @classmethod
    def load(cls, folder: str | Path) -> Results:
        """Reads what `save` wrote.

        Args:
            folder: The folder of the tables, or of the study that they belong to.

        Raises:
            UserError: There are no tables.
            DamagedError: A table is missing or was altered.
        """
        folder = Path(folder)
        if (folder / "results").is_dir():
            folder = folder / "results"
        if not any(folder.glob("*.parquet")):
            raise UserError(f"There are no results in {folder}; `segue report` writes those of a study.")
        try:
            checksums = read_checksums(folder, _LAST)
            tables = {t.name: checked_table(folder, f"{t.name}.parquet", checksums) for t in fields(cls)}
        except DamagedError as error:
            raise DamagedError(
                error.folder, error.what, "`segue report` on the folder of the study writes it again"
            ) from None
        return cls(**tables)


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Writes a table as CSV, with six significant digits."""
    frame.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")

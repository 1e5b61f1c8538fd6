"""The tables that a study asks for: the fields of an entry of `tables` in its YAML file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from textwrap import shorten
from typing import Self

from pydantic import Field, field_validator, model_validator

from segue.envs.core.step_result import UTILITY
from segue.experiments.runs.metrics import TRANSITION_DISTANCE
from segue.experiments.runs.spec import slug
from segue.experiments.study.file_format.limits import MAX_LABEL
from segue.experiments.study.file_format.sections import Section
from segue.features.errors import unknown_name
from segue.features.renamed import new_name

DIFFERENCE, LOST, SCORE_CHANGE = "difference", "lost", "score_change"
COMPARISONS = (DIFFERENCE, LOST, SCORE_CHANGE)
"""Values that are measured from something else, which `against` names."""
TABLE_VALUES = (
    *("score", *COMPARISONS, "gain", "regret", "train_seconds"),
    *("return", "completion", "completed", "skip_rate", "length", "left", "diversity", "coverage"),
)
"""Values that a table can show, besides the columns `transition_distance_<feature>` and `utility_<term>`."""

NAME_LENGTH = 60
"""Characters of a title that become the name of its table's file."""


class TableConfig(Section):
    """A table that the study requests: what it shows, for which entries, in which arrangement."""

    title: str = Field(min_length=1, max_length=MAX_LABEL, description="Title of the table.")
    value: str = Field(
        default="score",
        description="`score`; `difference` in return from the agent `against`; `lost`, the share in % that "
        "is missing of what the agent `against` earns above the score 0; `score_change` from the environment "
        "`against`; `gain` or `regret` (return that the order adds or that the best order would add), "
        "`train_seconds`, or a metric such as `return` or `skip_rate`.",
    )
    rows: str = Field(default="agent", description="`agent`, `environment`, or a varied setting.")
    columns: str = Field(default="environment", description="`agent`, `environment`, or a varied setting.")
    agents: list[str] | None = Field(default=None, description="Labels of the agents to show; null: all.")
    environments: list[str] | None = Field(
        default=None, description="Labels of the environments to show; null: all."
    )
    against: str | dict[str, str] | None = Field(
        default=None,
        description="What a `difference`, `lost` or `score_change` is measured from: the label of an agent, "
        "or of one for each environment as `{ENVIRONMENT: AGENT}`; for `score_change` the label of an "
        "environment.",
    )
    onset: bool = Field(
        default=False,
        description="For a `difference` whose columns are numbers: whether its intervals hold all at once, "
        "and a last column says from which number on it is above 0.",
    )
    heat_map: bool = Field(default=False, description="Whether to draw the table as a heat map.")

    def against_in(self, environment: str) -> str | None:
        """Returns what the value is measured from in an environment; None if it names nothing there."""
        return self.against.get(environment) if isinstance(self.against, dict) else self.against

    @field_validator("value")
    @classmethod
    def _value_is_known(cls, value: str) -> str:
        prefixes = (TRANSITION_DISTANCE, UTILITY)
        if value not in TABLE_VALUES and not value.startswith(prefixes):
            renamed = [name for name in [new_name(value)] if name and name.startswith(prefixes)]
            raise ValueError(str(unknown_name("value", value, [*TABLE_VALUES, *renamed])))
        return value

    @model_validator(mode="after")
    def _comparison_has_a_reference(self) -> Self:
        if (self.value in COMPARISONS) != (self.against is not None):
            raise ValueError(
                "`against` must be given for a `difference`, `lost` or `score_change`, and for no other value"
            )
        if self.value == SCORE_CHANGE and isinstance(self.against, dict):
            raise ValueError("`against` must be the label of one environment for a `score_change`")
        if self.onset and self.value != DIFFERENCE:
            raise ValueError("`onset` must be given for a `difference` only")
        return self


def table_files(titles: Sequence[str]) -> dict[str, str]:
    """Returns the name of each table's CSV file by its title: whole words, without remarks in parentheses.

    Args:
        titles: The titles of a study's tables. Those that differ only in their remarks keep them.
    """
    brief = {}
    for title in titles:
        plain = re.sub(r"\([^)]*\)", "", title)
        brief[title] = slug(shorten(plain, NAME_LENGTH, placeholder="") or title)
    shared = Counter(brief.values())
    return {title: f"table-{name if shared[name] == 1 else slug(title)}.csv" for title, name in brief.items()}

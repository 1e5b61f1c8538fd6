"""The configuration of a study: the fields of its YAML file, their defaults and their limits.

`segue.experiments.study.loader` reads the file and reports errors with their lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from segue.experiments.study.file_format.entries import AgentConfig, EnvironmentConfig
from segue.experiments.study.file_format.limits import (
    MAX_DESCRIPTION,
    MAX_ENTRIES,
    MAX_LABEL,
    MAX_PAIRS,
    MAX_RESAMPLES,
    MAX_TABLES,
)
from segue.experiments.study.file_format.protocol import ANCHORS, EvaluationConfig, TrainingConfig
from segue.experiments.study.file_format.sections import Labelled, Section, Split, Whole, wrong_at
from segue.experiments.study.file_format.table_config import SCORE_CHANGE, TableConfig, table_files
from segue.experiments.study.registered import unknown_agent
from segue.features.errors import unknown_name


class StudyConfig(Section):
    """A study: a grid of environments, agents and seeds, and how to compare the agents."""

    name: str = Field(
        min_length=1, max_length=MAX_LABEL, description="Name of the study, the title of its report."
    )
    description: str = Field(
        default="", max_length=MAX_DESCRIPTION, description="The question of the study, in a sentence or two."
    )
    environments: list[EnvironmentConfig] = Field(
        min_length=1, max_length=MAX_ENTRIES, description="Environments to compare the agents on."
    )
    agents: list[AgentConfig] = Field(
        min_length=2, max_length=MAX_ENTRIES, description="Agents to compare, in the order of the tables."
    )
    training: TrainingConfig = Field(default=TrainingConfig(), description="Training of the learned agents.")
    evaluation: EvaluationConfig = Field(default=EvaluationConfig(), description="Evaluation of all agents.")
    tables: list[TableConfig] = Field(
        default=[], max_length=MAX_TABLES, description="Tables to print at the end, besides the scores."
    )
    resamples: Whole = Field(
        default=2000,
        ge=100,
        le=MAX_RESAMPLES,
        description="Simulated studies that calibrate the simultaneous intervals of the verdict.",
    )
    figures: bool = Field(
        True, description="Whether to draw figures; without them the tables and the report take seconds less."
    )
    figure_formats: list[Literal["png", "pdf"]] = Field(
        default=["png", "pdf"], max_length=2, description="Formats of the figures besides SVG and CSV."
    )

    @model_validator(mode="before")
    @classmethod
    def _default_anchors(cls, data: Any) -> Any:
        """Takes the first agent of `ANCHORS` that the study lists, where it does not name another one."""
        agents = data.get("agents") if isinstance(data, dict) else None
        evaluation = data.get("evaluation", {}) if isinstance(data, dict) else None
        if not (isinstance(agents, list) and isinstance(evaluation, dict)):
            return data
        labels = [AgentConfig.label_of(agent) for agent in agents if isinstance(agent, dict)]
        found = {
            key: next((label for label in usual if label in labels), usual[0])
            for key, usual in ANCHORS.items()
        }
        chosen = {key: label for key, label in found.items() if label in labels}
        return {**data, "evaluation": {**chosen, **evaluation}}

    @property
    def run_seeds(self) -> list[int]:
        """Seeds of all runs: those of the trainings, and those that agents have of their own."""
        own = [seed for agent in self.agents for seed in agent.seeds or ()]
        return list(dict.fromkeys([*self.training.seeds, *own]))

    def test_split(self, environment: EnvironmentConfig) -> Split | None:
        """Returns the part of the catalogue on which an environment is evaluated; None: all of it."""
        split: Split | None = environment.settings.get("split", self.evaluation.split)
        return split

    @property
    def tests_unseen_tracks(self) -> bool:
        """Whether no track of an evaluation occurs in a training."""
        tested = {self.test_split(environment) for environment in self.environments}
        return self.training.split == "train" and tested == {"test"}

    @model_validator(mode="after")
    def _pairs_are_few(self) -> Self:
        pairs = len(self.environments) * len(self.agents)
        if pairs > MAX_PAIRS:
            message = (
                f"{len(self.environments)} environments times {len(self.agents)} agents are {pairs:,} pairs; "
                f"a study has at most {MAX_PAIRS:,}"
            )
            raise wrong_at(("agents",), message)
        return self

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> Self:
        grids: dict[str, Sequence[Labelled]] = {"environments": self.environments, "agents": self.agents}
        for kind, sections in grids.items():
            seen: set[str] = set()
            for place, section in enumerate(sections):
                if section.label in seen:
                    message = (
                        f"two of the {kind} are labelled {section.label!r}; give each a different `label`"
                    )
                    raise wrong_at((kind, place), message)
                seen.add(section.label)
        return self

    @model_validator(mode="after")
    def _agents_name_known_environments(self) -> Self:
        labels = [environment.label for environment in self.environments]
        groups = [*labels, *(environment.variant_of for environment in self.environments)]
        for place, agent in enumerate(self.agents):
            _require_known(("agents", place, "environments"), agent.environments or (), groups, labels)
            if agent.train_on is not None:
                _require_known(("agents", place, "train_on"), [agent.train_on], labels)
        return self

    @model_validator(mode="after")
    def _titles_are_distinct(self) -> Self:
        files = table_files([table.title for table in self.tables])
        seen: dict[str, str] = {}
        for place, table in enumerate(self.tables):
            other = seen.setdefault(files[table.title], table.title)
            if len(seen) <= place:
                message = (
                    f"the titles {other!r} and {table.title!r} give files of one name; change one of them"
                )
                raise wrong_at(("tables", place, "title"), message)
        return self

    @model_validator(mode="after")
    def _tables_name_known_entries(self) -> Self:
        varied = [name for section in (*self.environments, *self.agents) for name in section.variant]
        known = {
            "rows": ["agent", "environment", *varied],
            "columns": ["agent", "environment", *varied],
            "agents": [name for agent in self.agents for name in (agent.label, agent.variant_of)],
            "environments": [name for each in self.environments for name in (each.label, each.variant_of)],
        }
        agents = [agent.label for agent in self.agents]
        environments = [environment.label for environment in self.environments]
        for place, table in enumerate(self.tables):
            against = environments if table.value == SCORE_CHANGE else agents
            for key, names in {**known, "against": against}.items():
                _require_known(("tables", place, key), _names_in(getattr(table, key)), names, kind="name")
            if isinstance(table.against, dict):
                _require_known(("tables", place, "against"), table.against, environments)
        return self

    def _refuse_unknown_agents(self) -> None:
        from segue.agents import agent_names

        for place, agent in enumerate(self.agents):
            if ":" not in agent.name and agent.name not in agent_names():
                raise wrong_at(("agents", place, "name"), str(unknown_agent(agent.name)))

    @model_validator(mode="after")
    def _anchors_are_compared(self) -> Self:
        labels = [agent.label for agent in self.agents]
        for score, key in enumerate(ANCHORS):
            anchor = getattr(self.evaluation, key)
            if anchor not in labels:
                # A misspelt name of the agent is the more likely cause.
                self._refuse_unknown_agents()
                if key in self.evaluation.model_fields_set:
                    message = (
                        f"{unknown_name('agent label', anchor, labels)} (it anchors the normalised score)"
                    )
                    raise wrong_at(("evaluation", key), message)
                message = (
                    f"there is no agent label {anchor!r} here, and it anchors the normalised score {score}; "
                    f"add `- name: {anchor}`, or choose another agent with `evaluation: {{{key}: LABEL}}`"
                )
                raise wrong_at(("agents",), message)
            own = self.agents[labels.index(anchor)].seeds
            if own is not None and not set(self.run_seeds) <= set(own):
                message = f"{anchor!r} anchors the normalised score, so it must have the seeds of all runs"
                raise wrong_at(("agents", labels.index(anchor), "seeds"), message)
            if self.agents[labels.index(anchor)].environments is not None:
                message = f"{anchor!r} anchors the normalised score, so it must play in every environment"
                raise wrong_at(("agents", labels.index(anchor), "environments"), message)
        if self.evaluation.lower == self.evaluation.upper:
            raise wrong_at(("evaluation", "upper"), "the scores 0 and 1 need two different agents")
        return self


def _names_in(value: Any) -> Iterable[str]:
    """Returns the names that a key of a table holds: one, a list, or the values of a mapping."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else [value] if value else []


def _require_known(
    place: tuple[str | int, ...],
    names: Iterable[str],
    known: Sequence[str],
    suggested: Sequence[str] | None = None,
    kind: str = "environment label",
) -> None:
    """Raises the error for a name that is not known.

    Args:
        place: Where the names stand in the file.
        names: The names.
        known: All that are valid.
        suggested: Those that the error suggests; all by default.
        kind: What a name stands for.
    """
    for name in names:
        if name not in known:
            raise wrong_at(place, str(unknown_name(kind, name, suggested or known)))

"""The configuration of a study: the fields of its YAML file, their defaults and their limits.

`segue.experiments.study.loader` reads the file and reports errors with their lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from segue.envs.core.step_result import UTILITY
from segue.experiments.runs.metrics import TRANSITION_DISTANCE
from segue.features.errors import unknown_name
from segue.features.renamed import new_name


def _wrong(at: tuple[str | int, ...], message: str) -> PydanticCustomError:
    """Builds the error of a check over several keys, with the position of the key to fix."""
    return PydanticCustomError("study", "{message}", {"message": message, "at": at})


def _count_to_seeds(value: Any) -> Any:
    """Expands `seeds: 5` to `seeds: [0, 1, 2, 3, 4]`."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    if value < 1:
        raise ValueError("a number of seeds must be at least 1")
    return list(range(value))


def _distinct(seeds: list[int]) -> list[int]:
    """Refuses a seed that is listed twice, whose run would be counted twice."""
    if len(set(seeds)) < len(seeds):
        raise ValueError("the same seed is listed twice")
    return seeds


TABLE_VALUES = (
    *("score", "difference", "gain", "regret", "train_seconds"),
    *("return", "completion", "completed", "skip_rate", "length", "left", "diversity", "coverage"),
)
"""Values that a table can show, besides the columns `transition_distance_<feature>` and `utility_<term>`."""

FIRST_EPISODE_SEED = 2**32
"""Seeds of training sessions are below this number; seeds of evaluation sessions count up from it."""

Seed = Annotated[int, Field(ge=0, lt=2**31)]
Seeds = Annotated[
    list[Seed], BeforeValidator(_count_to_seeds), AfterValidator(_distinct), Field(min_length=1)
]


class Section(BaseModel):
    """A section of a study file: immutable, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Labelled(Section):
    """A section of a study that tables and figures refer to by its label.

    `vary` expands it to several variants, see `segue.experiments.study.variants`.
    """

    label: str = Field(default="", description="A short name for tables and figures.")
    vary: dict[str, Any] = Field(
        default={},
        exclude=True,
        description="Values to try, such as `settings.pool_size: [20, 50]`: one variant per value.",
    )
    variant_of: str = Field(default="", description="Filled in: the label that all variants share.")
    variant: dict[str, Any] = Field(default={}, description="Filled in: the varied values by name.")

    @model_validator(mode="before")
    @classmethod
    def _default_label(cls, data: Any) -> Any:
        """Fills in the label if the file gives none."""
        if isinstance(data, dict):
            label = data.get("label") or cls._short_name(data)
            data = {**data, "label": label, "variant_of": data.get("variant_of") or label}
        return data

    @classmethod
    def _short_name(cls, data: dict[str, Any]) -> Any:
        """Returns the default label of a section."""
        return str(data.get("name", ""))


class EnvironmentConfig(Labelled):
    """An environment of the study; its default label is the bare name of its id."""

    id: str = Field(description="A registered environment, as `segue envs` lists them.")
    settings: dict[str, Any] = Field(
        default={}, description="Arguments of `gym.make`, such as `pool_size: 50`."
    )

    @classmethod
    def _short_name(cls, data: dict[str, Any]) -> Any:
        """Shortens `segue/Playlist-v0` to `Playlist`."""
        return str(data.get("id", "")).split("/")[-1].rsplit("-v", 1)[0]


class AgentConfig(Labelled):
    """An agent of the study; its default label is its name."""

    name: str = Field(description="A registered agent, as `segue agents` lists them.")
    settings: dict[str, Any] = Field(
        default={}, description="Arguments of the agent, such as `learning_rate: 0.001`."
    )
    steps: int | None = Field(
        default=None, ge=1, description="Training steps of a learned agent; null: `training.steps`."
    )
    seeds: Seeds | None = Field(
        default=None, description="Seeds of this agent, a list or a count; null: `training.seeds`."
    )
    train_on: str | None = Field(
        default=None,
        description="Label of the environment to train in; null: each environment that it is evaluated in.",
    )
    environments: list[str] | None = Field(
        default=None, description="Labels of the environments to evaluate it in; null: all."
    )

    def plays_in(self, environment: EnvironmentConfig) -> bool:
        """Returns whether the study evaluates this agent in an environment."""
        names = (environment.label, environment.variant_of)
        return self.environments is None or any(name in self.environments for name in names)


class TrainingConfig(Section):
    """Training of the learned agents."""

    seeds: Seeds = Field(
        default=[0, 1, 2, 3, 4],
        description="Seeds of the learned agents, one run per seed: a list or a count.",
    )
    steps: int = Field(
        default=100_000, ge=1, description="Environment steps per training run, over all its sessions."
    )
    split: str | None = Field(
        default=None,
        pattern="^(train|test)$",
        description="Part of the catalogue and the listeners to train on; null: all. The setting "
        "`split_seed` of an environment chooses the split.",
    )


class EvaluationConfig(Section):
    """Evaluation of all agents, with the same listeners, pools and noise."""

    episodes: int = Field(default=400, ge=2, description="Evaluation sessions per run.")
    first_seed: int = Field(
        default=0,
        ge=0,
        lt=2**31,
        description="Number of the first session; the others count up. Another number gives other listeners.",
    )
    split: str | None = Field(
        default=None,
        pattern="^(train|test)$",
        description="Part of the catalogue and the listeners to test on; null: all. "
        "The `split` of an environment takes precedence.",
    )
    deterministic: bool = Field(
        default=True, description="Whether a learned agent takes its best action or samples one."
    )
    order_sessions: int = Field(
        default=40,
        ge=0,
        description="Sessions per run whose order is compared with other orders; 0: none.",
    )
    lower: str = Field(default="random", description="Label of the agent whose normalised score is 0.")
    upper: str = Field(default="greedy-oracle", description="Label of the agent whose normalised score is 1.")

    @property
    def seeds(self) -> list[int]:
        """Seeds of the evaluation sessions, the same for every agent and disjoint from those of training."""
        first = FIRST_EPISODE_SEED + self.first_seed
        return list(range(first, first + self.episodes))


class TableConfig(Section):
    """A table that the study requests: what it shows, for which entries, in which arrangement."""

    title: str = Field(min_length=1, description="Title of the table.")
    value: str = Field(
        default="score",
        description="`score`, `difference` (in return, from the agent `against`), `gain` or `regret` (return "
        "that the order adds or that the best order would add), `train_seconds`, or a metric such as "
        "`return` or `skip_rate`.",
    )
    rows: str = Field(default="agent", description="`agent`, `environment`, or a varied setting.")
    columns: str = Field(default="environment", description="`agent`, `environment`, or a varied setting.")
    agents: list[str] | None = Field(default=None, description="Labels of the agents to show; null: all.")
    environments: list[str] | None = Field(
        default=None, description="Labels of the environments to show; null: all."
    )
    against: str | None = Field(
        default=None, description="Label of the agent that a `difference` is measured from."
    )

    @field_validator("value")
    @classmethod
    def _value_is_known(cls, value: str) -> str:
        prefixes = (TRANSITION_DISTANCE, UTILITY)
        if value not in TABLE_VALUES and not value.startswith(prefixes):
            renamed = [name for name in [new_name(value)] if name and name.startswith(prefixes)]
            raise ValueError(str(unknown_name("value", value, [*TABLE_VALUES, *renamed])))
        return value

    @model_validator(mode="after")
    def _difference_has_a_reference(self) -> Self:
        if (self.value == "difference") != (self.against is not None):
            raise ValueError("`against` must be given for a `difference`, and for no other value")
        return self


class StudyConfig(Section):
    """A study: a grid of environments, agents and seeds, and how to compare the agents."""

    name: str = Field(min_length=1, description="Name of the study, the title of its report.")
    description: str = Field(default="", description="The question of the study, in a sentence or two.")
    environments: list[EnvironmentConfig] = Field(
        min_length=1, description="Environments to compare the agents on."
    )
    agents: list[AgentConfig] = Field(
        min_length=2, description="Agents to compare, in the order of the tables."
    )
    training: TrainingConfig = Field(default=TrainingConfig(), description="Training of the learned agents.")
    evaluation: EvaluationConfig = Field(default=EvaluationConfig(), description="Evaluation of all agents.")
    tables: list[TableConfig] = Field(
        default=[], description="Tables to print at the end, besides the scores."
    )
    resamples: int = Field(default=2000, ge=100, description="Bootstrap resamples per interval.")

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
                    raise _wrong((kind, place), message)
                seen.add(section.label)
        return self

    @model_validator(mode="after")
    def _agents_name_known_environments(self) -> Self:
        labels = [environment.label for environment in self.environments]
        groups = [*labels, *(environment.variant_of for environment in self.environments)]
        for place, agent in enumerate(self.agents):
            for name in agent.environments or ():
                if name not in groups:
                    message = str(unknown_name("environment label", name, labels))
                    raise _wrong(("agents", place, "environments"), message)
            if agent.train_on is not None and agent.train_on not in labels:
                message = str(unknown_name("environment label", agent.train_on, labels))
                raise _wrong(("agents", place, "train_on"), message)
        return self

    @model_validator(mode="after")
    def _tables_name_known_entries(self) -> Self:
        varied = [name for section in (*self.environments, *self.agents) for name in section.variant]
        known = {
            "rows": ["agent", "environment", *varied],
            "columns": ["agent", "environment", *varied],
            "agents": [name for agent in self.agents for name in (agent.label, agent.variant_of)],
            "environments": [name for each in self.environments for name in (each.label, each.variant_of)],
            "against": [agent.label for agent in self.agents],
        }
        for place, table in enumerate(self.tables):
            for key, names in known.items():
                value = getattr(table, key)
                for name in value if isinstance(value, list) else [value] if value else []:
                    if name not in names:
                        raise _wrong(("tables", place, key), str(unknown_name("name", name, names)))
        return self

    def _refuse_unknown_agents(self) -> None:
        from segue.agents import agent_names

        for place, agent in enumerate(self.agents):
            if ":" not in agent.name and agent.name not in agent_names():
                raise _wrong(("agents", place, "name"), str(unknown_name("agent", agent.name, agent_names())))

    @model_validator(mode="after")
    def _anchors_are_compared(self) -> Self:
        labels = [agent.label for agent in self.agents]
        for key in ("lower", "upper"):
            anchor = getattr(self.evaluation, key)
            if anchor not in labels:
                # A misspelt name of the agent is the more likely cause.
                self._refuse_unknown_agents()
                message = f"{unknown_name('agent label', anchor, labels)} (it anchors the normalised score)"
                raise _wrong(("evaluation", key), message)
            if self.agents[labels.index(anchor)].environments is not None:
                message = f"{anchor!r} anchors the normalised score, so it must play in every environment"
                raise _wrong(("agents", labels.index(anchor), "environments"), message)
        if self.evaluation.lower == self.evaluation.upper:
            raise _wrong(("evaluation", "upper"), "the scores 0 and 1 need two different agents")
        return self

"""The configuration of a study: the fields of its YAML file, their defaults and their limits.

`segue.experiments.study.loader` reads the file and reports errors with their lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from segue.agents.registry import SAVED_AGENT
from segue.experiments.study.file_format.limits import (
    MAX_DESCRIPTION,
    MAX_ENTRIES,
    MAX_EPISODES,
    MAX_LABEL,
    MAX_PAIRS,
    MAX_RESAMPLES,
    MAX_STEPS,
    MAX_TABLES,
    MAX_VALIDATION,
)
from segue.experiments.study.file_format.sections import (
    Labelled,
    Section,
    Seeds,
    Split,
    Whole,
    environment_name,
    text_of,
    wrong_at,
)
from segue.experiments.study.file_format.table_config import SCORE_CHANGE, TableConfig, table_files
from segue.experiments.study.registered import unknown_agent
from segue.features.errors import unknown_name

FIRST_EPISODE_SEED = 2**32
"""Seeds of training sessions are below this number; seeds of evaluation sessions count up from it."""
SEEDS_PER_RUN = 2**20
"""Distance of the seeds of the evaluation sessions of two runs whose own seeds are neighbours."""

ANCHORS = {"lower": ("random",), "upper": ("greedy-oracle", "oracle")}
"""Labels of the agents whose scores are 0 and 1 unless the study says otherwise; the first one it lists."""


class EnvironmentConfig(Labelled):
    """An environment of the study; its default label is the bare name of its id."""

    id: str = Field(
        description="A registered environment, as `segue envs` lists them, `module:ID`, or a YAML file."
    )
    settings: dict[str, Any] = Field(
        default={}, description="Arguments of `gym.make`, such as `pool_size: 50`."
    )

    @classmethod
    def short_name(cls, data: dict[str, Any]) -> str:
        """Returns the bare name of the id."""
        return environment_name(text_of(data.get("id")))


class AgentConfig(Labelled):
    """An agent of the study; its default label is its name, or that of its file."""

    name: str = Field(description="A registered agent, as `segue agents` lists them, or `module:callable`.")
    path: str | None = Field(
        default=None,
        min_length=1,
        description="Instead of `name`: a saved agent or a model of Stable-Baselines3, by its path from this "
        "file, or the name of a shipped model, as `segue models` lists them.",
    )
    algorithm: str | None = Field(
        default=None,
        description="With `path`: the class of a model of Stable-Baselines3, such as `PPO`; null: found out.",
    )
    trust: bool = Field(
        default=False,
        strict=True,
        description="With `path`: whether the file may run code, as one with pickled objects does.",
    )
    settings: dict[str, Any] = Field(
        default={}, description="Arguments of the agent, such as `learning_rate: 0.001`."
    )
    steps: Whole | None = Field(
        default=None,
        ge=1,
        le=MAX_STEPS,
        description="Training steps of a learned agent; null: `training.steps`.",
    )
    seeds: Seeds | None = Field(
        default=None,
        description="Seeds of the runs of this agent, a list or a count; null: `training.seeds` if it "
        "learns, else the seeds of all runs, or only the first for a `path`, which may know the tracks of "
        "other splits.",
    )
    train_on: str | None = Field(
        default=None,
        description="Label of the environment to train in; null: each environment that it is evaluated in.",
    )
    environments: list[str] | None = Field(
        default=None, description="Labels of the environments to evaluate it in; null: all."
    )

    @model_validator(mode="before")
    @classmethod
    def _saved_agent(cls, data: Any) -> Any:
        """Fills in the agent that plays what a file holds."""
        if isinstance(data, dict) and data.get("path") is not None and data.get("name") is None:
            return {**data, "name": SAVED_AGENT}
        return data

    @model_validator(mode="after")
    def _path_replaces_name(self) -> Self:
        if (self.name == SAVED_AGENT) != (self.path is not None):
            raise ValueError("give `name` or `path`, not both")
        if self.path is None and (self.algorithm is not None or self.trust):
            raise ValueError("`algorithm` and `trust` belong to a `path`")
        return self

    @classmethod
    def short_name(cls, data: dict[str, Any]) -> str:
        """Returns the name, or that of the file without its ending."""
        if path := text_of(data.get("path")):
            return Path(path).name.removesuffix(".zip")
        return super().short_name(data)

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
    steps: Whole = Field(
        default=100_000,
        ge=1,
        le=MAX_STEPS,
        description="Environment steps per training run, over all its sessions.",
    )
    split: Split | None = Field(
        default=None,
        description="Part of the catalogue and the listeners to train on; null: all. See "
        "`evaluation.split_per_run`.",
    )
    validation_sessions: Whole = Field(
        default=64,
        ge=0,
        le=MAX_VALIDATION,
        description="Fixed sessions of the training's environment that a learned agent plays before its "
        "training, after every tenth of it and at the end, for the learning curve, and that every other "
        "agent plays once; 0: none.",
    )
    domain_randomization: str | None = Field(
        default=None,
        description="Catalogue with whose tracks half of the training sessions are played, such as "
        "`synthetic:10000`, which imitates the training tracks; null: the default of each agent. "
        "`domain_randomization` in the `settings` of an agent takes precedence, where null is none.",
    )


class EvaluationConfig(Section):
    """Evaluation of all agents, in each run with the same listeners, pools and noise."""

    episodes: Whole = Field(
        default=400,
        ge=2,
        le=MAX_EPISODES,
        description="Evaluation sessions of each run; another run has others.",
    )
    first_seed: Whole = Field(
        default=0,
        ge=0,
        lt=2**31,
        description="Number of the first session; the others count up. Another number gives other listeners.",
    )
    split: Split | None = Field(
        default=None,
        description="Part of the catalogue and the listeners to test on; null: all. "
        "The `split` of an environment takes precedence.",
    )
    split_per_run: bool = Field(
        default=True,
        strict=True,
        description="Whether each run has its own split of the catalogue, for training and evaluation: the "
        "`split_seed` of the environment plus the seed of the run; false: all runs have that of the "
        "environment, and intervals say nothing about other tracks.",
    )
    deterministic: bool = Field(
        default=True,
        strict=True,
        description="Whether a learned agent takes its best action or samples one.",
    )
    order_sessions: Whole = Field(
        default=40,
        ge=0,
        le=MAX_EPISODES,
        description="Sessions per run whose order is compared with other orders; 0: none.",
    )
    listeners: str | None = Field(
        default=None,
        description="A CSV or Parquet file with the column `episode` (seed of a session, as in "
        "`results/listeners.csv`) and columns to group listeners by; null: only what segue measures.",
    )
    lower: str = Field(
        default=ANCHORS["lower"][0], description="Label of the agent whose normalised score is 0."
    )
    upper: str = Field(
        default=ANCHORS["upper"][0],
        description="Label of the agent whose normalised score is 1; without `greedy-oracle`, `oracle`.",
    )

    def seeds(self, run: int = 0) -> range:
        """Returns the seeds of the evaluation sessions of a run, which no training and no other run has.

        Args:
            run: Seed of the run. The runs of all agents with this seed have the same sessions.
        """
        first = FIRST_EPISODE_SEED + self.first_seed + SEEDS_PER_RUN * run
        return range(first, first + self.episodes)


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

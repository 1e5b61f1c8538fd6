"""The environments and agents of a study: the fields of an entry in its YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from segue.agents.registry import SAVED_AGENT
from segue.experiments.study.file_format.limits import MAX_STEPS
from segue.experiments.study.file_format.sections import (
    Labelled,
    Seeds,
    Whole,
    environment_name,
    text_of,
)


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

"""The configuration of a search: which trainings evaluate a candidate, and on which sessions.

Every candidate is trained on the training split of catalogue and listeners and evaluated on other sessions of
the same split. Its training seeds and sessions are disjoint from those of studies, and the test split is
never used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segue.experiments.runs.spec import ModelSpec, RunSpec

FIRST_VALIDATION_SEED = 2**33
"""Seeds of validation sessions count up from here; those of training, and of studies with run seeds below
4,096, are smaller."""
FIRST_TRAINING_SEED = 1_000_000
"""Training seeds count up from here, beyond those of usual studies."""
ANCHORS = ("random", "greedy-oracle")
"""Agents whose mean returns define the normalised scores 0 and 1."""


@dataclass(frozen=True)
class Search:
    """Everything that affects the numbers of a search, except the number of trials.

    Attributes:
        agent: A learned agent.
        environments: Registered environments.
        environment_settings: Settings given for all of them.
        defaults: The agent's settings before the search.
        space: The search space as written in YAML; see `segue.experiments.tuning.search_space`.
        steps: Training steps of each training.
        seeds: Trainings per candidate and environment.
        episodes: Validation sessions per training.
        complete: All settings by environment, with the training split.
        data: Fingerprints of catalogue, listener and files by environment.
        code: Fingerprints of users' code by environment, that of the agent included.
    """

    agent: str
    environments: tuple[str, ...]
    environment_settings: dict[str, Any]
    defaults: dict[str, Any]
    space: dict[str, Any]
    steps: int
    seeds: int
    episodes: int
    complete: dict[str, dict[str, Any]] = field(default_factory=dict)
    data: dict[str, dict[str, str]] = field(default_factory=dict)
    code: dict[str, dict[str, str]] = field(default_factory=dict)

    def trainings(self, settings: Mapping[str, Any]) -> list[RunSpec]:
        """Returns the trainings that evaluate some settings: one per environment, seed after seed."""
        return [
            self._run(environment, self.agent, self._model(environment, FIRST_TRAINING_SEED + seed, settings))
            for seed in range(self.seeds)
            for environment in self.environments
        ]

    def anchors(self) -> list[RunSpec]:
        """Returns the runs of the agents that define the scores 0 and 1, environment after environment."""
        return [
            self._run(environment, anchor, None) for environment in self.environments for anchor in ANCHORS
        ]

    def _model(self, environment: str, seed: int, settings: Mapping[str, Any]) -> ModelSpec:
        return ModelSpec(
            environment=environment,
            agent=self.agent,
            seed=seed,
            steps=self.steps,
            environment_label=environment.split("/")[-1],
            agent_label=self.agent,
            environment_settings=self.complete[environment],
            agent_settings=dict(settings),
            data=self.data[environment],
            code=self.code[environment],
        )

    def _run(self, environment: str, agent: str, model: ModelSpec | None) -> RunSpec:
        return RunSpec(
            environment=environment,
            agent=agent,
            seed=model.seed if model else 0,
            episodes=self.episodes,
            first_episode=FIRST_VALIDATION_SEED,
            environment_label=environment.split("/")[-1],
            agent_label=agent,
            environment_settings=self.complete[environment],
            model=model,
            data=self.data[environment],
            code=self.code[environment],
        )

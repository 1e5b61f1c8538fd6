"""What a search for better settings is: which trainings judge a candidate, and on which sessions.

Every candidate is trained on the training part of catalogue and listeners, with training seeds of its own
range, and judged on other sessions of that same part: test tracks, test listeners, and the sessions and
training seeds of studies stay unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segue.experiments.runs.spec import ModelSpec, RunSpec

FIRST_VALIDATION_SEED = 2**33
"""Sessions that candidates are judged on count up from here; training and studies stay below."""
FIRST_TRAINING_SEED = 1_000_000
"""Training seeds count up from here, where no study has its own."""
ANCHORS = ("random", "greedy-oracle")
"""Agents whose mean return is 0 and 1."""


@dataclass(frozen=True)
class Search:
    """What is searched and how a candidate is judged: all that decides the numbers but the number of trials.

    Attributes:
        agent: A learned agent.
        environments: Registered environments.
        environment_settings: What the settings of all of them are changed to.
        defaults: The agent's settings before the search.
        space: What may be tried, as written; see `segue.experiments.tuning.search_space`.
        steps: Training steps of each training.
        seeds: Trainings of a candidate in each environment.
        episodes: Sessions on which each training is judged.
        complete: All settings by environment, with the training part for their split.
        data: Fingerprints of catalogue, listener and files by environment.
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

    def trainings(self, settings: Mapping[str, Any]) -> list[RunSpec]:
        """Lists the trainings that judge some settings: one in each environment, seed after seed."""
        return [
            self._run(environment, self.agent, self._model(environment, FIRST_TRAINING_SEED + seed, settings))
            for seed in range(self.seeds)
            for environment in self.environments
        ]

    def anchors(self) -> list[RunSpec]:
        """Lists the runs of the agents that stand for 0 and 1, in the order of the environments."""
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
        )

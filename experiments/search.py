"""What a search for better settings is: which trainings judge a candidate, and on which sessions.

Every candidate is trained on the training part of catalogue and listeners, with training seeds of its own
range, and judged on other sessions of that same part: test tracks, test listeners, and the sessions and
training seeds of studies stay unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segue.experiments.spec import RunSpec

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
        environment_settings: Settings of all of them.
        defaults: The agent's settings before the search.
        space: What may be tried, as written; see :mod:`segue.experiments.search_space`.
        steps: Training steps of each training.
        seeds: Trainings of a candidate in each environment.
        episodes: Sessions on which each training is judged.
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
    data: dict[str, dict[str, str]] = field(default_factory=dict)

    def trainings(self, settings: Mapping[str, Any]) -> list[RunSpec]:
        """Lists the trainings that judge some settings: one in each environment, seed after seed."""
        return [
            self._spec(environment, self.agent, FIRST_TRAINING_SEED + seed, settings, self.steps)
            for seed in range(self.seeds)
            for environment in self.environments
        ]

    def anchors(self) -> list[RunSpec]:
        """Lists the runs of the agents that stand for 0 and 1, in the order of the environments."""
        return [
            self._spec(environment, anchor, 0, {}, None)
            for environment in self.environments
            for anchor in ANCHORS
        ]

    def _spec(
        self, environment: str, agent: str, seed: int, settings: Mapping[str, Any], steps: int | None
    ) -> RunSpec:
        return RunSpec(
            environment=environment,
            agent=agent,
            seed=seed,
            episodes=self.episodes,
            first_episode=FIRST_VALIDATION_SEED,
            environment_label=environment.split("/")[-1],
            agent_label=agent,
            environment_settings=self.environment_settings,
            agent_settings=dict(settings),
            steps=steps,
            train_split="train",
            test_split="train",
            data=self.data[environment],
        )

"""From a study to its runs; what cannot be run is found here, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from segue.experiments.runs.spec import ModelSpec, RunSpec, fingerprints
from segue.experiments.study.config import AgentConfig, EnvironmentConfig, TrainingConfig
from segue.experiments.study.loader import StudyFile
from segue.experiments.study.resolve import (
    complete_agent,
    complete_environment,
    data_of,
    probe_environment,
    require_same_observation,
)
from segue.features.errors import UserError


@dataclass(frozen=True)
class Plan:
    """What a study comes to.

    Attributes:
        specs: Its runs, by environment, agent and seed in the order of the file.
        catalogs: The catalogue of each environment, by the environment's label.
    """

    specs: list[RunSpec]
    catalogs: dict[str, Any]


@dataclass(frozen=True)
class ResolvedEnvironment:
    """An environment of the study that has been made once for each use.

    Attributes:
        config: The environment in the study.
        train: Settings for training, split filled in.
        test: Settings for evaluation.
        train_data: Fingerprints of what the settings for training name.
        test_data: The same for evaluation.
        env: One session for evaluation.
    """

    config: EnvironmentConfig
    train: dict[str, Any]
    test: dict[str, Any]
    train_data: dict[str, str]
    test_data: dict[str, str]
    env: Any


def plan_runs(study: StudyFile) -> Plan:
    """Lists the runs of a study, having tried each of its environments and agents.

    Raises:
        UserError: An environment, agent or setting does not exist or does not fit; with the line of the file.
    """
    environments = study.config.environments
    resolved = {each.label: _resolve_environment(study, row, each) for row, each in enumerate(environments)}
    specs = [
        spec
        for there in resolved.values()
        for column, agent in enumerate(study.config.agents)
        if agent.meets(there.config)
        for spec in _specs(study, column, agent, there, resolved[agent.train_on or there.config.label])
    ]
    # Agents of two names can need the same training: it is made once.
    models: dict[str, ModelSpec] = {}
    specs = [replace(s, model=s.model and models.setdefault(s.model.key, s.model)) for s in specs]
    catalogs = {label: there.env.unwrapped.sessions.catalog for label, there in resolved.items()}
    for there in resolved.values():
        there.env.close()
    return Plan(specs, catalogs)


def _specs(
    study: StudyFile,
    column: int,
    agent: AgentConfig,
    there: ResolvedEnvironment,
    trained: ResolvedEnvironment,
) -> Sequence[RunSpec]:
    """The runs of one agent in one environment, one a seed; one seed unless it learns or the study asks."""
    training, evaluation = study.config.training, study.config.evaluation
    settings, learned = _resolve_agent(study, column, agent, there, trained)
    seeds = agent.seeds or (training.seeds if learned else training.seeds[:1])
    return [
        RunSpec(
            environment=there.config.id,
            agent=agent.name,
            seed=seed,
            episodes=evaluation.episodes,
            first_episode=evaluation.seeds[0],
            environment_label=there.config.label,
            agent_label=agent.label,
            environment_settings=there.test,
            agent_settings={} if learned else settings,
            model=_model(agent, seed, settings, trained, training) if learned else None,
            deterministic=evaluation.deterministic,
            order_sessions=min(evaluation.order_sessions, evaluation.episodes),
            data={**there.test_data, **({} if learned else fingerprints(settings))},
        )
        for seed in seeds
    ]


def _model(
    agent: AgentConfig,
    seed: int,
    settings: dict[str, Any],
    trained: ResolvedEnvironment,
    training: TrainingConfig,
) -> ModelSpec:
    """The training behind a run."""
    return ModelSpec(
        environment=trained.config.id,
        agent=agent.name,
        seed=seed,
        steps=agent.steps or training.steps,
        environment_label=trained.config.label,
        agent_label=agent.label,
        environment_settings=trained.train,
        agent_settings=settings,
        data={**trained.train_data, **fingerprints(settings)},
    )


def _resolve_environment(study: StudyFile, row: int, environment: EnvironmentConfig) -> ResolvedEnvironment:
    """Makes one session of an environment on each part of the catalogue that the study uses."""
    from segue.envs import environment as find

    place = ("environments", row)
    try:
        find(environment.id)
    except UserError as error:
        raise study.error((*place, "id"), str(error)) from None
    own = environment.settings
    train, test = study.config.training.split, study.config.evaluation.split
    # A part of the catalogue that the environment names itself is meant for evaluation.
    for_training = own if train is None else {**own, "split": train}
    for_test = own if test is None else {"split": test, **own}
    try:
        envs = [probe_environment(environment.id, settings) for settings in (for_training, for_test)]
        found = [
            data_of(environment.id, settings, env.unwrapped.sessions.catalog)
            for settings, env in zip((for_training, for_test), envs, strict=True)
        ]
        settings = [complete_environment(environment.id, each) for each in (for_training, for_test)]
    except UserError as error:
        raise study.error((*place, "settings"), str(error)) from None
    envs[0].close()
    return ResolvedEnvironment(environment, settings[0], settings[1], found[0], found[1], envs[1])


def _resolve_agent(
    study: StudyFile,
    column: int,
    agent: AgentConfig,
    there: ResolvedEnvironment,
    trained: ResolvedEnvironment,
) -> tuple[dict[str, Any], bool]:
    """Completes an agent's settings with its defaults, and says whether it learns."""
    from segue.agents import agent_info

    place = ("agents", column)
    try:
        learned = agent_info(agent.name).learned
    except UserError as error:
        raise study.error((*place, "name"), str(error)) from None
    if agent.train_on is not None:
        if not learned:
            raise study.error((*place, "train_on"), f"{agent.name!r} does not learn")
        try:
            require_same_observation(trained.env, there.env, agent.label)
        except UserError as error:
            raise study.error((*place, "train_on"), str(error)) from None
    try:
        return complete_agent(agent.name, agent.settings, there.env), learned
    except UserError as error:
        raise study.error((*place, "settings"), str(error)) from None

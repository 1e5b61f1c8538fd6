"""Plans the runs of a study; whatever cannot be run is reported here, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from segue.experiments.runs.named_code import code_of_agent, code_of_environment
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
class StudyPlan:
    """The runs of a study.

    Attributes:
        specs: The runs, by environment, agent and seed in the order of the file.
        catalogs: The catalogue of each environment, by the environment's label.
    """

    specs: list[RunSpec]
    catalogs: dict[str, Any]


@dataclass(frozen=True)
class ResolvedEnvironment:
    """An environment of the study with complete settings for training and for evaluation.

    Attributes:
        config: The environment in the study.
        train: Settings for training, with the split.
        test: Settings for evaluation, with the split.
        train_data: Fingerprints of the data that the settings for training refer to.
        test_data: The same for evaluation.
        code: Fingerprints of users' code that it consists of.
        env: A vector environment of one session, with the settings for evaluation.
    """

    config: EnvironmentConfig
    train: dict[str, Any]
    test: dict[str, Any]
    train_data: dict[str, str]
    test_data: dict[str, str]
    code: dict[str, str]
    env: Any


def plan_runs(study: StudyFile) -> StudyPlan:
    """Lists the runs of a study, after constructing each of its environments and agents.

    Raises:
        UserError: An environment, agent or setting does not exist or does not fit; with the line of the file.
    """
    environments = study.config.environments
    resolved = {each.label: _resolve_environment(study, row, each) for row, each in enumerate(environments)}
    specs = [
        spec
        for evaluated in resolved.values()
        for column, agent in enumerate(study.config.agents)
        if agent.plays_in(evaluated.config)
        for spec in _specs(
            study, column, agent, evaluated, resolved[agent.train_on or evaluated.config.label]
        )
    ]
    # Two agents with different labels may need the same training, which is done once.
    models: dict[str, ModelSpec] = {}
    specs = [replace(s, model=s.model and models.setdefault(s.model.key, s.model)) for s in specs]
    catalogs = {label: each.env.unwrapped.sessions.catalog for label, each in resolved.items()}
    for each in resolved.values():
        each.env.close()
    return StudyPlan(specs, catalogs)


def _specs(
    study: StudyFile,
    column: int,
    agent: AgentConfig,
    evaluated: ResolvedEnvironment,
    trained: ResolvedEnvironment,
) -> Sequence[RunSpec]:
    """Returns the runs of an agent in an environment, one per seed.

    An agent that does not learn has a single seed unless the study asks for more.
    """
    training, evaluation = study.config.training, study.config.evaluation
    settings, learned = _resolve_agent(study, column, agent, evaluated, trained)
    code = code_of_agent(agent.name)
    seeds = agent.seeds or (training.seeds if learned else training.seeds[:1])
    return [
        RunSpec(
            environment=evaluated.config.id,
            agent=agent.name,
            seed=seed,
            episodes=evaluation.episodes,
            first_episode=evaluation.seeds[0],
            environment_label=evaluated.config.label,
            agent_label=agent.label,
            environment_settings=evaluated.test,
            agent_settings={} if learned else settings,
            model=_model(agent, seed, settings, trained, training, code) if learned else None,
            deterministic=evaluation.deterministic,
            order_sessions=min(evaluation.order_sessions, evaluation.episodes),
            data={**evaluated.test_data, **({} if learned else fingerprints(settings))},
            code={**evaluated.code, **code},
        )
        for seed in seeds
    ]


def _model(
    agent: AgentConfig,
    seed: int,
    settings: dict[str, Any],
    trained: ResolvedEnvironment,
    training: TrainingConfig,
    code: dict[str, str],
) -> ModelSpec:
    """Returns the training that a run needs."""
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
        code={**trained.code, **code},
    )


def _resolve_environment(study: StudyFile, row: int, environment: EnvironmentConfig) -> ResolvedEnvironment:
    """Completes the settings of an environment, having constructed it for training and for evaluation."""
    from segue.envs import environment as find

    place = ("environments", row)
    try:
        find(environment.id)
    except UserError as error:
        raise study.error((*place, "id"), str(error)) from None
    given = environment.settings
    train, test = study.config.training.split, study.config.evaluation.split
    # A split in the settings of the environment is meant for evaluation.
    for_training = given if train is None else {**given, "split": train}
    for_test = given if test is None else {"split": test, **given}
    try:
        envs = [probe_environment(environment.id, settings) for settings in (for_training, for_test)]
        data = [
            data_of(environment.id, settings, env.unwrapped.sessions.catalog)
            for settings, env in zip((for_training, for_test), envs, strict=True)
        ]
        settings = [complete_environment(environment.id, each) for each in (for_training, for_test)]
    except UserError as error:
        raise study.error((*place, "settings"), str(error)) from None
    envs[0].close()
    code = code_of_environment(environment.id, for_test)
    return ResolvedEnvironment(environment, settings[0], settings[1], data[0], data[1], code, envs[1])


def _resolve_agent(
    study: StudyFile,
    column: int,
    agent: AgentConfig,
    evaluated: ResolvedEnvironment,
    trained: ResolvedEnvironment,
) -> tuple[dict[str, Any], bool]:
    """Completes an agent's settings with its defaults; also returns whether it learns."""
    from segue.agents import agent_info

    place = ("agents", column)
    try:
        learned = agent_info(agent.name).learned
    except UserError as error:
        raise study.error((*place, "name"), str(error)) from None
    if agent.train_on is not None:
        if not learned:
            raise study.error((*place, "train_on"), f"{agent.name!r} does not learn; remove this key")
        try:
            require_same_observation(trained.env, evaluated.env, agent.label)
        except UserError as error:
            raise study.error((*place, "train_on"), str(error)) from None
    try:
        return complete_agent(agent.name, agent.settings, evaluated.env), learned
    except UserError as error:
        raise study.error((*place, "settings"), str(error)) from None

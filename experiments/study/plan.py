"""Plans the runs of a study; whatever cannot be run is reported here, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from segue.envs.registration.from_yaml import find_files
from segue.experiments.runs.named_code import code_of_agent, code_of_environment
from segue.experiments.runs.spec import ModelSpec, RunSpec, fingerprint_of_file, fingerprints
from segue.experiments.study.file_format.entries import AgentConfig, EnvironmentConfig
from segue.experiments.study.file_format.limits import MAX_RUNS
from segue.experiments.study.file_format.protocol import TrainingConfig
from segue.experiments.study.loader import StudyFile
from segue.experiments.study.registered import find_agent, find_environment
from segue.experiments.study.resolve import (
    complete_agent,
    complete_environment,
    data_of,
    find_file,
    probe_environment,
    require_other_tracks,
    require_same_observation,
    saved_agent_settings,
)
from segue.features.errors import UserError, excerpt


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
        id: Its registered id, which may begin with `module:`.
        train: Settings for training, with the split.
        test: Settings for evaluation, with the split.
        train_data: Fingerprints of the data that the settings for training refer to.
        test_data: The same for evaluation.
        code: Fingerprints of users' code that it consists of.
        env: A vector environment of one session, with the settings for evaluation.
        split_per_run: Whether each run has a split of its own.
    """

    config: EnvironmentConfig
    id: str
    train: dict[str, Any]
    test: dict[str, Any]
    train_data: dict[str, str]
    test_data: dict[str, str]
    code: dict[str, str]
    env: Any
    split_per_run: bool = True

    def for_run(self, settings: dict[str, Any], seed: int) -> dict[str, Any]:
        """Returns the settings of a run: with a split, that of its own."""
        if not self.split_per_run or "split" not in settings:
            return settings
        return {**settings, "split_seed": settings["split_seed"] + seed}


def plan_runs(study: StudyFile) -> StudyPlan:
    """Lists the runs of a study, after constructing each of its environments and agents.

    Raises:
        UserError: An environment, agent or setting does not exist or does not fit, or there are too many
            runs; with the line of the file.
    """
    environments, agents = study.config.environments, study.config.agents
    ids = [_environment_id(study, row, each) for row, each in enumerate(environments)]
    learned = [_learns(study, column, agent) for column, agent in enumerate(agents)]
    _refuse_too_many(study, learned)
    resolved = {
        each.label: _resolve_environment(study, row, each, ids[row]) for row, each in enumerate(environments)
    }
    specs = [
        spec
        for evaluated in resolved.values()
        for column, agent in enumerate(agents)
        if agent.plays_in(evaluated.config)
        for spec in _specs(
            study, column, learned[column], evaluated, resolved[agent.train_on or evaluated.config.label]
        )
    ]
    # Two agents with different labels may need the same training, which is done once.
    models: dict[str, ModelSpec] = {}
    specs = [replace(s, model=s.model and models.setdefault(s.model.key, s.model)) for s in specs]
    _refuse_shared_folders(study, specs)
    catalogs = {label: each.env.unwrapped.sessions.catalog for label, each in resolved.items()}
    for each in resolved.values():
        each.env.close()
    return StudyPlan(specs, catalogs)


def _refuse_shared_folders(study: StudyFile, specs: Sequence[RunSpec]) -> None:
    """Checks that every run has a folder of its own.

    Raises:
        UserError: Two labels give the same file name, and have the same settings.
    """
    labels: dict[str, tuple[str, str]] = {}
    for spec in specs:
        label = (spec.environment_label, spec.agent_label)
        first = labels.setdefault(spec.folder_name, label)
        if first != label:
            one, two = next(pair for pair in zip(first, label, strict=True) if pair[0] != pair[1])
            raise study.error(
                (),
                f"{one!r} and {two!r} have the same settings, and labels that give the same file name; "
                "remove one of them, or change its `label`",
            )


def _environment_id(study: StudyFile, row: int, environment: EnvironmentConfig) -> str:
    """Returns the registered id of an environment, which for a YAML file stands in it."""
    try:
        found = find_environment(environment.id, study.path.parent).id
    except UserError as error:
        raise study.error(("environments", row, "id"), str(error)) from None
    return environment.id if ":" in environment.id else found


def _learns(study: StudyFile, column: int, agent: AgentConfig) -> bool:
    """Returns whether an agent learns."""
    try:
        learned = find_agent(agent.name).learned
    except UserError as error:
        raise study.error(("agents", column, "name"), str(error)) from None
    for key in () if learned else ("train_on", "steps"):
        if getattr(agent, key) is not None:
            raise study.error(
                ("agents", column, key), f"{excerpt(agent.label)!r} does not learn; remove this key"
            )
    return learned


def _refuse_too_many(study: StudyFile, learned: Sequence[bool]) -> None:
    """Counts the runs before they are listed."""
    runs = sum(
        len(_seeds(study, agent, environment, learns))
        for agent, learns in zip(study.config.agents, learned, strict=True)
        for environment in study.config.environments
        if agent.plays_in(environment)
    )
    if runs > MAX_RUNS:
        raise study.error(("agents",), f"these are {runs:,} runs; a study has at most {MAX_RUNS:,}")


def _specs(
    study: StudyFile,
    column: int,
    learned: bool,
    evaluated: ResolvedEnvironment,
    trained: ResolvedEnvironment,
) -> Sequence[RunSpec]:
    """Returns the runs of an agent in an environment, one per seed."""
    agent, training, evaluation = study.config.agents[column], study.config.training, study.config.evaluation
    settings = _agent_settings(study, column, learned, evaluated, trained)
    code = code_of_agent(agent.name)
    # An agent that does not learn is set beside the learning curves, if there are any.
    validated = any(find_agent(each.name).learned for each in study.config.agents) and not learned
    file_data = {} if agent.path is None else fingerprint_of_file(settings["path"])
    return [
        RunSpec(
            environment=evaluated.id,
            agent=agent.name,
            seed=seed,
            episodes=evaluation.episodes,
            first_episode=evaluation.seeds(seed)[0],
            environment_label=evaluated.config.label,
            agent_label=agent.label,
            environment_settings=evaluated.for_run(evaluated.test, seed),
            agent_settings={} if learned else settings,
            model=_model(agent, seed, settings, trained, training, code) if learned else None,
            deterministic=evaluation.deterministic,
            order_sessions=min(evaluation.order_sessions, evaluation.episodes),
            validation_sessions=training.validation_sessions if validated else 0,
            validation_settings=evaluated.for_run(evaluated.train, seed) if validated else {},
            data={**evaluated.test_data, **({} if learned else fingerprints(settings))} | file_data,
            code={**evaluated.code, **code},
        )
        for seed in _seeds(study, agent, evaluated.config, learned)
    ]


def _seeds(study: StudyFile, agent: AgentConfig, environment: EnvironmentConfig, learned: bool) -> list[int]:
    """Returns the seeds of the runs of an agent in an environment."""
    training, evaluation = study.config.training, study.config.evaluation
    if agent.seeds is not None:
        return agent.seeds
    if learned:
        return training.seeds
    # The file of an agent may have been trained with the tracks that another split tests with.
    split = evaluation.split_per_run and study.config.test_split(environment) is not None
    one_split = agent.path is not None and split
    return training.seeds[:1] if one_split else study.config.run_seeds


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
        environment=trained.id,
        agent=agent.name,
        seed=seed,
        steps=agent.steps or training.steps,
        environment_label=trained.config.label,
        agent_label=agent.label,
        environment_settings=trained.for_run(trained.train, seed),
        agent_settings=settings,
        validation_sessions=training.validation_sessions,
        data={**trained.train_data, **fingerprints(settings)},
        code={**trained.code, **code},
    )


def _resolve_environment(
    study: StudyFile, row: int, environment: EnvironmentConfig, env_id: str
) -> ResolvedEnvironment:
    """Completes the settings of an environment, having constructed it for training and for evaluation."""
    place = ("environments", row)
    given = find_files(environment.settings, partial(find_file, study.path.parent))
    train, test = study.config.training.split, study.config.evaluation.split
    # A split in the settings of the environment is meant for evaluation.
    for_training = given if train is None else {**given, "split": train}
    for_test = given if test is None else {"split": test, **given}
    try:
        envs = [probe_environment(env_id, settings) for settings in (for_training, for_test)]
        data = [
            data_of(env_id, settings, env.unwrapped.sessions.catalog)
            for settings, env in zip((for_training, for_test), envs, strict=True)
        ]
        settings = [complete_environment(env_id, each) for each in (for_training, for_test)]
    except UserError as error:
        raise study.error((*place, "settings"), str(error)) from None
    envs[0].close()
    code, per_run = code_of_environment(env_id, for_test), study.config.evaluation.split_per_run
    found = ResolvedEnvironment(
        environment, env_id, settings[0], settings[1], data[0], data[1], code, envs[1], per_run
    )
    try:
        _refuse_small_splits(found, study.config.run_seeds)
    except UserError as error:
        raise study.error((*place, "settings"), str(error)) from None
    return found


def _refuse_small_splits(environment: ResolvedEnvironment, seeds: Sequence[int]) -> None:
    """Checks that the split of every run has enough tracks for a pool.

    Raises:
        UserError: One has not.
    """
    catalog = environment.env.unwrapped.sessions.catalog
    for settings in (environment.train, environment.test):
        if "split" not in settings:
            continue
        for seed in seeds:
            split_seed = environment.for_run(settings, seed)["split_seed"]
            tracks = len(catalog.split(settings["split"], seed=split_seed))
            if tracks <= settings["pool_size"]:  # one more is the start track
                raise UserError(
                    f"the {settings['split']} part of the split with split_seed {split_seed} has only "
                    f"{tracks} tracks for pools of {settings['pool_size']}; choose a smaller pool_size or "
                    "another split_seed"
                )


def _agent_settings(
    study: StudyFile,
    column: int,
    learned: bool,
    evaluated: ResolvedEnvironment,
    trained: ResolvedEnvironment,
) -> dict[str, Any]:
    """Completes an agent's settings with those of all trainings and with its defaults."""
    agent, place = study.config.agents[column], ("agents", column)
    settings, catalog = agent.settings, study.config.training.domain_randomization
    if learned and catalog is not None:
        settings = {"domain_randomization": catalog, **settings}
    if "domain_randomization" in settings:
        other = find_file(study.path.parent, settings["domain_randomization"])
        settings = {**settings, "domain_randomization": other}
    if agent.train_on is not None:
        try:
            require_same_observation(trained.env, evaluated.env, agent.label)
            require_other_tracks(trained.env, trained.train, evaluated.env, evaluated.test, agent.label)
        except UserError as error:
            raise study.error((*place, "train_on"), str(error)) from None
    try:
        if agent.path is not None:
            settings = {**settings, **saved_agent_settings(agent, study.path.parent)}
        return complete_agent(agent.name, settings, evaluated.env)
    except UserError as error:
        key = "settings" if agent.path is None else "path"
        raise study.error((*place, key), str(error)) from None

"""From a study to its runs; what cannot be run is found here, before anything is written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from segue.experiments.config import AgentConfig, EnvironmentConfig
from segue.experiments.evaluate import make_batch
from segue.experiments.spec import RunSpec, fingerprints
from segue.experiments.study_file import StudyFile
from segue.features.errors import UserError, unknown_name


@dataclass(frozen=True)
class Plan:
    """What a study comes to.

    Attributes:
        specs: Its runs, by environment, agent and seed in the order of the file.
        catalogs: The catalogue of each environment, by the environment's label.
    """

    specs: list[RunSpec]
    catalogs: dict[str, Any]


def plan_runs(study: StudyFile) -> Plan:
    """Lists the runs of a study, having tried each of its environments and agents.

    Raises:
        UserError: An environment, agent or setting does not exist or does not fit; with the line of the file.
    """
    specs, catalogs = [], {}
    for row, environment in enumerate(study.config.environments):
        env = _try_environment(study, row, environment)
        catalogs[environment.label] = env.unwrapped.sessions.catalog
        data = data_of(environment.id, environment.settings, catalogs[environment.label])
        for column, agent in enumerate(study.config.agents):
            settings, learned = _try_agent(study, column, agent, env)
            specs += _specs(study, environment, agent, settings, learned, data)
        env.close()
    return Plan(specs, catalogs)


def _specs(
    study: StudyFile,
    environment: EnvironmentConfig,
    agent: AgentConfig,
    settings: dict[str, Any],
    learned: bool,
    data: dict[str, str],
) -> list[RunSpec]:
    """The runs of one agent in one environment, one a seed; one seed unless it learns or the study asks."""
    training, evaluation = study.config.training, study.config.evaluation
    seeds = agent.seeds or (training.seeds if learned else training.seeds[:1])
    return [
        RunSpec(
            environment=environment.id,
            agent=agent.name,
            seed=seed,
            episodes=evaluation.episodes,
            first_episode=evaluation.seeds[0],
            environment_label=environment.label,
            agent_label=agent.label,
            environment_settings=environment.settings,
            agent_settings=settings,
            steps=(agent.steps or training.steps) if learned else None,
            train_split=training.split if learned else None,
            test_split=evaluation.split,
            deterministic=evaluation.deterministic,
            data={**data, **fingerprints(settings)},
        )
        for seed in seeds
    ]


def _try_environment(study: StudyFile, row: int, environment: EnvironmentConfig) -> Any:
    """Makes one session of an environment on each part of the catalogue that the study uses."""
    from segue.envs import environment as find

    place = ("environments", row)
    try:
        find(environment.id)
    except UserError as error:
        raise study.error((*place, "id"), str(error)) from None
    env = None
    for split in (study.config.training.split, study.config.evaluation.split):
        settings = environment.settings if split is None else {**environment.settings, "split": split}
        try:
            env = try_environment(environment.id, settings)
        except UserError as error:
            raise study.error((*place, "settings"), str(error)) from None
    return env


def try_environment(env_id: str, settings: dict[str, Any]) -> Any:
    """Makes a vector environment of one session.

    Raises:
        UserError: Also where a setting is unknown or of the wrong type.
    """
    known = environment_settings()
    for name in settings:
        if name not in known:
            raise unknown_name("setting of the environment", name, known)
    try:
        return make_batch(env_id, settings, 1)
    except (TypeError, AssertionError) as error:
        raise UserError(f"A setting has a value of the wrong type: {error}") from None


def environment_settings() -> list[str]:
    """Names of all arguments that a playlist environment takes."""
    import inspect

    from segue.envs import PlaylistVectorEnv
    from segue.envs.setting import build_setting

    parameters = [*inspect.signature(PlaylistVectorEnv).parameters.values()]
    own = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name != "render_mode"]
    return [*inspect.signature(build_setting).parameters, *own]


def _try_agent(study: StudyFile, column: int, agent: AgentConfig, env: Any) -> tuple[dict[str, Any], bool]:
    """Completes an agent's settings with its defaults, and says whether it learns."""
    from segue.agents import agent_info

    try:
        info = agent_info(agent.name)
    except UserError as error:
        raise study.error(("agents", column, "name"), str(error)) from None
    try:
        return complete_settings(agent.name, agent.settings, env), info.learned
    except UserError as error:
        raise study.error(("agents", column, "settings"), str(error)) from None


def complete_settings(name: str, settings: dict[str, Any], env: Any) -> dict[str, Any]:
    """Completes an agent's settings with its defaults.

    Raises:
        UserError: A setting is unknown, or the agent cannot be made for this environment.
    """
    from segue.agents import agent_info, make_agent
    from segue.agents.registry import check_settings
    from segue.agents.settings import default_settings

    info = agent_info(name)
    if not info.learned:
        make_agent(name, env, **settings)
        return settings
    if settings:
        # Only now: the factories of learned agents import torch, which takes seconds.
        names = getattr(info.load(), "setting_names", None)
        check_settings(name, settings, None if names is None else ["num_envs", *names])
    return {**default_settings(name), **settings}


def data_of(env_id: str, settings: dict[str, Any], catalog: Any) -> dict[str, str]:
    """Fingerprints what an environment's settings only name: the catalogue, the listener, files.

    Args:
        env_id: A registered environment.
        settings: Its settings in the study.
        catalog: The catalogue that they open.

    Returns:
        Short hashes by name; a changed one makes a new run.
    """
    from segue.envs import environment, load_preset

    merged = {**environment(env_id).settings, **settings}
    digest = hashlib.sha256("\n".join(catalog.tracks["id"]).encode())
    digest.update(catalog.matrix.tobytes() + catalog.links.tobytes())
    found = {**fingerprints(merged), "catalog": digest.hexdigest()[:12]}
    if "listener" in merged:
        listener = json.dumps(load_preset(merged["listener"]).listener, sort_keys=True)
        found["listener"] = hashlib.sha256(listener.encode()).hexdigest()[:12]
    return found

"""Tries every agent before the first run, so that none fails after hours."""

from __future__ import annotations

from typing import Any

import numpy as np

from segue.experiments.runs.batches import make_batch
from segue.experiments.runs.spec import ModelSpec
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.loader import StudyFile
from segue.experiments.study.plan import StudyPlan
from segue.features.errors import UserError, excerpt


def check_trainings(study: StudyFile, plan: StudyPlan, folder: StudyFolder) -> None:
    """Builds each untrained agent whose model is missing; lets the other agents make a choice.

    Raises:
        UserError: An agent cannot be built from its settings, or does not fit the environment; with the line
            of the file.
    """
    columns = {agent.label: column for column, agent in enumerate(study.config.agents)}
    checked: set[str] = set()
    for spec in plan.specs:
        model = spec.model
        if (folder.runs / spec.folder_name).is_dir():
            continue
        tried = model or spec
        # The splits of the runs differ in nothing that decides whether an agent can be built.
        settings = {name: each for name, each in tried.environment_settings.items() if name != "split_seed"}
        kind = repr((tried.agent, tried.agent_settings, tried.environment, settings))
        if kind in checked or (model and (folder.models / model.folder_name).is_dir()):
            continue
        checked.add(kind)
        try:
            if model:
                _build(model)
            else:
                let_choose(spec.agent, spec.agent_settings, spec.environment, spec.environment_settings)
        except UserError as error:
            raise study.error(("agents", columns[spec.agent_label], "settings"), str(error)) from None


def let_choose(agent: str, agent_settings: dict[str, Any], env_id: str, env_settings: dict[str, Any]) -> None:
    """Lets an agent that needs no training choose the first track of a session.

    Raises:
        UserError: It cannot.
    """
    from segue.agents import make_agent

    env = make_batch(env_id, env_settings, 1)
    try:
        made = make_agent(agent, env, **agent_settings)
        observation, _ = env.reset(seed=[0])
        masks = env.action_masks()
        actions, _ = made.predict(observation, None, np.ones(1, bool), deterministic=True, action_masks=masks)
        env.step(np.asarray(actions))
    except UserError:
        raise
    except Exception as error:  # whatever the agent of a user does
        reason = excerpt(f"{type(error).__name__}: {error}")
        raise UserError(f"Agent {excerpt(agent)!r} fails at its first choice ({reason}).") from error
    finally:
        env.close()


def _build(spec: ModelSpec) -> None:
    """Builds an untrained agent.

    Raises:
        UserError: It cannot be built.
    """
    # Loaded only if needed: torch takes seconds.
    from segue.agents.training import untrained_model

    _refuse_other_types(spec)
    try:
        _, env, _ = untrained_model(
            spec.agent,
            spec.environment,
            spec.environment_settings,
            seed=spec.seed,
            settings=spec.agent_settings,
        )
    except UserError:
        raise
    except MemoryError:
        raise UserError(
            f"Agent {excerpt(spec.agent)!r} needs more memory than there is; choose smaller settings."
        ) from None
    except Exception as error:  # whatever the libraries make of a wrong setting
        reason = excerpt(f"{type(error).__name__}: {error}")
        raise UserError(
            f"Agent {excerpt(spec.agent)!r} cannot be built from its settings ({reason})."
        ) from error
    env.close()


def _refuse_other_types(spec: ModelSpec) -> None:
    """Refuses text where the usual value is a number; some settings are read only late in training."""
    from segue.agents import agent_info
    from segue.agents.registry import setting_defaults

    for name, usual in setting_defaults(agent_info(spec.agent).load()).items():
        value = spec.agent_settings.get(name, usual)
        number = isinstance(usual, int | float) and not isinstance(usual, bool)
        if number and isinstance(value, str | bool | dict):
            raise UserError(
                f"Agent {excerpt(spec.agent)!r}: {name} must be a number, but is {excerpt(value)!r}."
            )

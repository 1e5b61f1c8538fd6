"""Builds every agent that has to be trained before the first run, so that none fails after hours."""

from __future__ import annotations

from segue.experiments.runs.spec import ModelSpec
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.loader import StudyFile
from segue.experiments.study.plan import StudyPlan
from segue.features.errors import UserError, excerpt


def check_trainings(study: StudyFile, plan: StudyPlan, folder: StudyFolder) -> None:
    """Builds each untrained agent whose model is missing.

    Raises:
        UserError: An agent cannot be built from its settings, or does not fit the environment; with the line
            of the file.
    """
    columns = {agent.label: column for column, agent in enumerate(study.config.agents)}
    checked: set[str] = set()
    for spec in plan.specs:
        model = spec.model
        if model is None or (folder.runs / spec.folder_name).is_dir():
            continue
        kind = repr((model.agent, model.agent_settings, model.environment, model.environment_settings))
        if kind in checked or (folder.models / model.folder_name).is_dir():
            continue
        checked.add(kind)
        try:
            _build(model)
        except UserError as error:
            raise study.error(("agents", columns[spec.agent_label], "settings"), str(error)) from None


def _build(spec: ModelSpec) -> None:
    """Builds an untrained agent.

    Raises:
        UserError: It cannot be built.
    """
    # Loaded only if needed: torch takes seconds.
    from segue.agents.training import untrained_model

    _refuse_other_types(spec)
    try:
        _, env = untrained_model(
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

"""One run: evaluates an agent, trained first if it learns, and writes the folder of the run."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segue.agents import agent_info
from segue.experiments.runs.evaluate import evaluate
from segue.experiments.runs.folder import CONFIG, FORMAT, TRAINING, track_table
from segue.experiments.runs.observers.explanations import Explanations
from segue.experiments.runs.observers.listener_traits import ListenerTraits
from segue.experiments.runs.observers.policy_time import PolicyTime, warm_up
from segue.experiments.runs.order_regret import order_table
from segue.experiments.runs.spec import RunSpec
from segue.experiments.runs.train import make_model
from segue.experiments.runs.validation import Validation
from segue.experiments.storage.atomic import create_once, link_files, read_json, write_json
from segue.experiments.storage.checksums import require_intact, write_checksums
from segue.experiments.storage.progress_file import forget_progress, progress_to
from segue.experiments.storage.provenance import Provenance


def execute_run(
    spec: RunSpec, done: Path, provenance: Provenance, models: Path, log_dir: Path | None = None
) -> Path:
    """Makes a run, unless its folder exists, and first the model that it needs.

    Everything is written into a folder of another name, which is renamed in the end: a folder of the right
    name is complete, however and whenever the process was killed.

    Args:
        spec: What to run.
        done: The folder of the run.
        provenance: What to record about the code and the command.
        models: The folder of all models.
        log_dir: Where TensorBoard looks for curves of training; None writes none.

    Returns:
        `done`.

    Raises:
        UserError: A setting of the environment or the agent cannot be used.
        DamagedError: The folder of the model is damaged.
    """
    if done.is_dir():
        return done
    model = None
    if spec.model is not None:
        model = make_model(spec.model, models / spec.model.folder_name, provenance, log_dir)
    with create_once(done) as partial, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if model is not None:
            link_files(model, require_intact(model, CONFIG), partial)
            (partial / CONFIG).rename(partial / TRAINING)
        _fill(partial, spec, provenance)
        forget_progress(partial)
        write_checksums(partial, CONFIG)
    return done


def _fill(folder: Path, spec: RunSpec, provenance: Provenance) -> None:
    """Evaluates and writes everything into a folder, which already holds the model."""
    started = time.perf_counter()
    tables, measured = _play(folder, spec)
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    trained = read_json(folder / TRAINING) if spec.learned else {"train_seconds": 0.0, "steps": 0}
    info = agent_info(spec.agent)
    record = {
        "format": FORMAT,
        "key": spec.key,
        "spec": asdict(spec),
        "sees_listener": info.sees_listener,
        "knows_population": info.knows_population,
        **measured,
        "steps": trained["steps"],
        "train_seconds": trained["train_seconds"],
        "evaluate_seconds": round(time.perf_counter() - started, 3),
        "return_mean": float(tables["episodes"]["return"].mean()),
        **provenance,
    }
    write_json(folder / CONFIG, record)


def _play(folder: Path, spec: RunSpec) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Evaluates an agent.

    Returns:
        The tables of the run by name, see `runs.folder`, and what its record holds of them: `offered_tracks`
        (different tracks in its pools), `policy_seconds` and `choices` (see `PolicyTime`).
    """
    report, make_agent = progress_to(folder), _agent_maker(spec, folder)
    environment, settings, seeds = spec.environment, spec.environment_settings, spec.episode_seeds
    warm_up(make_agent, environment, settings)
    validated = _validate(spec, make_agent)
    traits, explanations = ListenerTraits(), Explanations(make_agent, environment, settings, seeds)
    policy_time = PolicyTime()
    episodes, plays = evaluate(
        make_agent,
        environment,
        settings,
        seeds,
        deterministic=spec.deterministic,
        on_progress=lambda over: report(over * spec.work // spec.episodes),
        observers=(policy_time, traits, explanations),
    )
    explained = explanations.table()
    named = np.unique(np.concatenate([plays["index"], plays["previous"], explained["index"]]))
    tables = {
        "episodes": episodes,
        "plays": plays,
        "listeners": traits.table(),
        "explanations": explained,
        "tracks": track_table(explanations.catalog, named),
        **validated,
    }
    explanations.close()
    if spec.order_sessions:
        tables["order"] = order_table(plays, environment, settings, seeds[: spec.order_sessions])
    measured = {
        "offered_tracks": traits.offered_tracks,
        "catalog_share": traits.catalog_share,
        "policy_seconds": round(policy_time.seconds, 6),
        "choices": policy_time.choices,
    }
    return tables, measured


def _validate(spec: RunSpec, make_agent: Callable[[Any], Any]) -> dict[str, pd.DataFrame]:
    """Lets an agent that is not trained for this run play the validation sessions, if there are any."""
    if not spec.validation_sessions:
        return {}
    validation = Validation(spec.environment, spec.validation_settings, spec.validation_sessions)
    try:
        validation.play(make_agent(validation.env))
        return {"validation": validation.table()}
    finally:
        validation.close()


def _agent_maker(spec: RunSpec, folder: Path) -> Callable[[Any], Any]:
    """Returns a function that makes the agent of a run for an environment."""
    if spec.learned or spec.plays_saved:
        import torch

        torch.set_num_threads(1)
    if not spec.learned:
        from segue.agents import make_agent

        return lambda env: make_agent(spec.agent, env, seed=spec.seed, **spec.agent_settings)
    from segue.agents import load_agent

    return lambda env: load_agent(folder / "model", env, seed=spec.seed)

"""One run: evaluate an agent, trained if it learns, and leave a folder that says all."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from segue.experiments.runs.evaluate import evaluate
from segue.experiments.runs.order_regret import order_table
from segue.experiments.runs.spec import RunSpec
from segue.experiments.runs.train import make_model
from segue.experiments.storage.atomic import create_once, link_files, read_json, write_json
from segue.experiments.storage.progress_file import forget_progress, progress_to
from segue.experiments.storage.provenance import Provenance

TRAINING = "training.json"
"""The record of the training in the folder of a run."""


def execute_run(
    spec: RunSpec, done: Path, provenance: Provenance, models: Path, log_dir: Path | None = None
) -> Path:
    """Makes a run, unless its folder is there, and first the model that it needs.

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
    """
    if done.is_dir():
        return done
    model = None
    if spec.model is not None:
        model = make_model(spec.model, models / spec.model.folder_name, provenance, log_dir)
    with create_once(done) as partial, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if model is not None:
            link_files(model, partial)
            (partial / "config.json").rename(partial / TRAINING)
        _fill(partial, spec, provenance)
        forget_progress(partial)
    return done


def _fill(folder: Path, spec: RunSpec, provenance: Provenance) -> None:
    """Evaluates and writes everything into a folder, which holds the model already."""
    started = time.perf_counter()
    tell = progress_to(folder)
    episodes, plays = evaluate(
        _agent_maker(spec, folder),
        spec.environment,
        spec.environment_settings,
        spec.episode_seeds,
        deterministic=spec.deterministic,
        on_progress=lambda over: tell(over * spec.work // spec.episodes),
    )
    episodes.to_parquet(folder / "episodes.parquet", index=False)
    plays.to_parquet(folder / "plays.parquet", index=False)
    if spec.order_sessions:
        chosen = spec.episode_seeds[: spec.order_sessions]
        orders = order_table(plays, spec.environment, spec.environment_settings, chosen)
        orders.to_parquet(folder / "order.parquet", index=False)
    trained = read_json(folder / TRAINING) if spec.learned else {"train_seconds": 0.0}
    record = {
        "key": spec.key,
        "spec": asdict(spec),
        "train_seconds": trained["train_seconds"],
        "evaluate_seconds": round(time.perf_counter() - started, 3),
        "return_mean": float(episodes["return"].mean()),
        **provenance,
    }
    write_json(folder / "config.json", record)


def _agent_maker(spec: RunSpec, folder: Path) -> Callable[[Any], Any]:
    """What makes the agent of a run for an environment."""
    if spec.model is None:
        from segue.agents import make_agent

        return lambda env: make_agent(spec.agent, env, seed=spec.seed, **spec.agent_settings)
    import torch

    from segue.agents import load_agent

    torch.set_num_threads(1)
    return lambda env: load_agent(folder / "model", env, seed=spec.seed)


def read_record(folder: Path) -> dict[str, Any]:
    """Reads the `config.json` of a run or a model."""
    return read_json(folder / "config.json")


def read_frames(folder: Path) -> Mapping[str, pd.DataFrame]:
    """Reads the tables of a run: `episodes`, `plays`, `order` and, of a learned agent, `curve`."""
    files = {name: folder / f"{name}.parquet" for name in ("episodes", "plays", "order", "curve")}
    return {name: pd.read_parquet(file) for name, file in files.items() if file.is_file()}

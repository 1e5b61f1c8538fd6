"""One run: train an agent if it learns, evaluate it, and leave a folder that says all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from segue.experiments.evaluate import evaluate
from segue.experiments.provenance import Provenance
from segue.experiments.spec import RunSpec

PARTIAL = ".partial"
"""Beginning of the name of a folder whose run is under way, or was killed."""
PROGRESS = "progress"
"""File in such a folder that counts the work done so far."""
EVALUATION_WORK = 10
"""How much progress one evaluation session counts, in training steps."""


def execute_run(spec: RunSpec, done: Path, origin: Provenance) -> Path:
    """Makes a run, unless its folder is there.

    Everything is written into a folder of another name, which is renamed in the end: a folder of the right
    name is complete, however and whenever the process was killed.

    Args:
        spec: What to run.
        done: The folder of the run.
        origin: What to record about the code and the command.

    Returns:
        ``done``.

    Raises:
        UserError: A setting of the environment or the agent cannot be used.
    """
    if done.is_dir():
        return done
    partial = done.with_name(f"{PARTIAL}-{done.name}-{socket.gethostname()}-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _fill(partial, spec, origin)
        (partial / PROGRESS).unlink(missing_ok=True)
        _rename(partial, done)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return done


def _fill(folder: Path, spec: RunSpec, origin: Provenance) -> None:
    """Trains, evaluates and writes everything into a folder."""
    started = time.perf_counter()
    tell = _progress_to(folder / PROGRESS)
    agent = _train(spec, folder, tell) if spec.learned else _untrained(spec)
    trained = time.perf_counter()
    before = spec.steps or 0
    episodes, plays = evaluate(
        agent,
        spec.environment,
        spec.test_settings,
        spec.episode_seeds,
        deterministic=spec.deterministic,
        on_progress=lambda over: tell(before + over * EVALUATION_WORK),
    )
    episodes.to_parquet(folder / "episodes.parquet", index=False)
    plays.to_parquet(folder / "plays.parquet", index=False)
    record = {
        "key": spec.key,
        "spec": asdict(spec),
        "train_seconds": round(trained - started, 3) if spec.learned else 0.0,
        "evaluate_seconds": round(time.perf_counter() - trained, 3),
        "return_mean": float(episodes["return"].mean()),
        **origin,
    }
    (folder / "config.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _train(spec: RunSpec, folder: Path, tell: Callable[[int], None]) -> Callable[[Any], Any]:
    """Trains, saves the model and its learning curve; returns what loads the model for an environment."""
    import torch

    from segue.agents import load_agent, train_agent

    # Small networks: one thread is several times faster than the default, and sums in one order.
    torch.set_num_threads(1)
    trained = train_agent(
        spec.agent,
        spec.environment,
        spec.train_settings,
        seed=spec.seed,
        steps=spec.steps or 0,
        settings=dict(spec.agent_settings),
        on_progress=tell,
    )
    trained.save(folder / "model")
    trained.curve.to_parquet(folder / "curve.parquet", index=False)
    return lambda env: load_agent(folder / "model", env, seed=spec.seed)


def _untrained(spec: RunSpec) -> Callable[[Any], Any]:
    """What makes an agent that needs no training for an environment."""
    from segue.agents import make_agent

    return lambda env: make_agent(spec.agent, env, seed=spec.seed, **spec.agent_settings)


def _progress_to(file: Path) -> Callable[[int], None]:
    """Writes the work done so far to a file, at most five times a second."""
    last = 0.0

    def tell(work: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > 0.2:
            last = now
            file.write_text(str(work), encoding="ascii")

    return tell


def _rename(partial: Path, done: Path) -> None:
    """Puts a finished run in its place; where another process was faster, its run is as good."""
    try:
        partial.rename(done)
    except OSError:
        if not done.is_dir():
            raise


def progress_of(done: Path) -> int:
    """Reads how much of a run that is under way has been done, in training steps."""
    found = [0]
    for file in done.parent.glob(f"{PARTIAL}-{done.name}-*/{PROGRESS}"):
        # It may be empty while it is being written, or have just been removed.
        with contextlib.suppress(OSError, ValueError):
            found.append(int(file.read_text(encoding="ascii")))
    return max(found)


def work_of(spec: RunSpec) -> int:
    """How much work a run is, in training steps; the measure that its progress file counts in."""
    return (spec.steps or 0) + spec.episodes * EVALUATION_WORK


def remove_leftovers(folder: Path) -> None:
    """Deletes half-done runs whose process is gone."""
    for partial in folder.glob(f"{PARTIAL}-*"):
        host, _, pid = partial.name.removeprefix(f"{PARTIAL}-").rpartition("-")
        if host.endswith(socket.gethostname()) and not _alive(int(pid)):
            shutil.rmtree(partial, ignore_errors=True)


def _alive(pid: int) -> bool:
    """Whether a process of this machine is running."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def read_record(folder: Path) -> dict[str, Any]:
    """Reads the ``config.json`` of a run."""
    record: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return record


def read_frames(folder: Path) -> Mapping[str, pd.DataFrame]:
    """Reads the tables of a run: ``episodes``, ``plays`` and, of a learned agent, ``curve``."""
    files = {name: folder / f"{name}.parquet" for name in ("episodes", "plays", "curve")}
    return {name: pd.read_parquet(file) for name, file in files.items() if file.is_file()}

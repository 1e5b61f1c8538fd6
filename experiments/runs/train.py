"""One training: an agent learns in an environment and leaves a folder with its model."""

from __future__ import annotations

import shutil
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from segue.experiments.runs.folder import CONFIG, FORMAT
from segue.experiments.runs.spec import ModelSpec
from segue.experiments.runs.validation import Validation
from segue.experiments.storage.atomic import create_once, write_json
from segue.experiments.storage.checksums import write_checksums
from segue.experiments.storage.progress_file import forget_progress, progress_to
from segue.experiments.storage.provenance import Provenance


def make_model(spec: ModelSpec, done: Path, provenance: Provenance, log_dir: Path | None = None) -> Path:
    """Trains a model, unless its folder exists.

    Args:
        spec: What to train.
        done: The folder of the model.
        provenance: What to record about the code and the command.
        log_dir: Where TensorBoard looks for curves; None writes none.

    Returns:
        `done`.

    Raises:
        UserError: A setting of the environment or the agent cannot be used.
    """
    if done.is_dir():
        return done
    with create_once(done) as partial:
        # The time of the processor: other work on the machine does not count.
        started = time.process_time()
        logs = log_dir and log_dir / done.name
        if logs:
            # Curves left by a killed training would be shown beside the new ones.
            shutil.rmtree(logs, ignore_errors=True)
        steps, validating = _train_into(partial, spec, progress_to(partial), logs)
        record = {
            "format": FORMAT,
            "key": spec.key,
            "spec": asdict(spec),
            "steps": steps,
            "train_seconds": round(time.process_time() - started - validating, 3),
            "validation_seconds": round(validating, 3),
            **provenance,
        }
        write_json(partial / CONFIG, record)
        forget_progress(partial)
        write_checksums(partial, CONFIG)
    return done


def _train_into(
    folder: Path, spec: ModelSpec, on_progress: Callable[[int], None], log_dir: Path | None = None
) -> tuple[int, float]:
    """Trains, and writes the model, its learning curve and its validation returns into a folder.

    Returns:
        The steps done, and the processor seconds that validation took.
    """
    import torch

    from segue.agents import train_agent

    # Small networks: one thread is several times faster than the default, and sums in one order.
    torch.set_num_threads(1)
    validation = None
    if spec.validation_sessions:
        validation = Validation(spec.environment, spec.environment_settings, spec.validation_sessions)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trained = train_agent(
            spec.agent,
            spec.environment,
            spec.environment_settings,
            seed=spec.seed,
            steps=spec.steps,
            settings=dict(spec.agent_settings),
            on_progress=on_progress,
            on_checkpoint=None if validation is None else validation.play,
            log_dir=log_dir,
        )
    trained.save(folder / "model")
    trained.curve.to_parquet(folder / "curve.parquet", index=False)
    if validation is None:
        return trained.steps, 0.0
    validation.table().to_parquet(folder / "validation.parquet", index=False)
    validation.close()
    return trained.steps, validation.seconds

"""How fast the environments step, as ratios to Gymnasium's CartPole-v1 measured in the same run.

Run: python experiments/benchmarks/envs.py

Every figure is CPU time of one core. Each round of an environment has a round of CartPole beside it, so that
other work on the machine slows both; the table shows medians over rounds. The action is always the first free
candidate; sessions are reset as they end, and the resets are counted in.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

import segue.envs

DEFAULT = "segue/Playlist-v0"

Stepper = Callable[[], int]
"""Does some steps and says how many."""


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    Attributes:
        seconds: CPU seconds of a round.
        rounds: Rounds, of which the median counts.
        batches: Sizes of vector environments.
        pools: Pool sizes, at the batch of the aims.
        catalogues: Tracks of catalogues, at the batch of the aims; each is measured in a process of its own.
        batch: Sessions at which pools, catalogues and presets are compared.
    """

    seconds: float = 0.2
    rounds: int = 9
    batches: tuple[int, ...] = (1, 16, 256, 1024, 4096)
    pools: tuple[int, ...] = (20, 50, 200)
    catalogues: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    batch: int = 1024


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        what: What was stepped.
        rate: Steps of one session a CPU second.
        ratio: The same in steps of CartPole-v1.
        notes: What else there is to say.
    """

    what: str
    rate: float
    ratio: float
    notes: str = ""


def seconds_per_step(step: Stepper, budget: float) -> float:
    """Measures CPU seconds a step over about `budget` CPU seconds."""
    done, start = 0, time.process_time()
    while (spent := time.process_time() - start) < budget or not done:
        done += step()
    return spent / done


def compare(step: Stepper, other: Stepper, effort: Effort) -> tuple[float, float]:
    """Measures two steppers round by round.

    Returns:
        Steps a second of the first, and how many of them the time of one step of the other holds; medians.
    """
    for each in (step, other):
        each()  # compiles and fills caches
    times = np.array(
        [[seconds_per_step(each, effort.seconds) for each in (step, other)] for _ in range(effort.rounds)]
    )
    return float(np.median(1.0 / times[:, 0])), float(np.median(times[:, 1] / times[:, 0]))


def scalar_stepper(env: gym.Env[Any, Any], free: bool) -> Stepper:
    """Steps a scalar environment 200 times a call, through all wrappers of `gymnasium.make`."""
    env.reset(seed=0)
    place = 0

    def step() -> int:
        nonlocal place
        for _ in range(200):
            _, _, terminated, truncated, _ = env.step(place if free else place & 1)
            place += 1
            if terminated or truncated:
                env.reset()
                place = 0
        return 200

    return step


def cartpole() -> Stepper:
    """Steps Gymnasium's CartPole-v1."""
    return scalar_stepper(gym.make("CartPole-v1"), free=False)


def vector_steppers(env_id: str, batch: int, **settings: Any) -> tuple[Stepper, Stepper]:
    """Gives what steps a batch once a call, and what merely copies a batch of its observations."""
    env = gym.make_vec(env_id, batch, vectorization_mode="vector_entry_point", **settings)
    observation, _ = env.reset(seed=0)
    sessions = env.unwrapped.sessions  # type: ignore[attr-defined]
    continuous = isinstance(env.action_space, gym.spaces.Box)
    points = np.zeros(env.action_space.shape or (), np.float32)

    def step() -> int:
        env.step(points if continuous else sessions.position.copy())
        return batch

    def copy() -> int:
        copies = {key: value.copy() for key, value in observation.items()}
        return len(copies["available"])

    return step, copy


def scalar_row(effort: Effort) -> Row:
    """Measures the default environment, one session."""
    scalar = scalar_stepper(gym.make(DEFAULT, catalog="synthetic:10000"), free=True)
    return Row("scalar", *compare(scalar, cartpole(), effort), "aim: 0.3 or more")


def batch_row(batch: int, effort: Effort) -> Row:
    """Measures the default environment with a batch, also against copying its observations."""
    step, copy = vector_steppers(DEFAULT, batch, catalog="synthetic:10000")
    _, share = compare(step, copy, effort)
    aims = " (aims: 10 or more; 6 or less)" if batch == 1024 else ""
    notes = f"{1 / share:.1f} × copying its observations{aims}"
    return Row(f"vector, {batch:,} sessions", *compare(step, cartpole(), effort), notes)


def vector_row(label: str, env_id: str, effort: Effort, **settings: Any) -> Row:
    """Measures an environment at the batch of the aims."""
    step, _ = vector_steppers(env_id, effort.batch, **settings)
    return Row(f"vector, {effort.batch:,} sessions, {label}", *compare(step, cartpole(), effort))


def peak_megabytes() -> float:
    """Gives the largest resident size of this process so far, in MB."""
    status = Path("/proc/self/status")
    if status.is_file():
        # What getrusage says of a process begins with what its parent held.
        lines = status.read_text("utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def catalogue_row(tracks: int, effort: Effort) -> Row:
    """Measures the default environment on a catalogue, and what the process came to hold at most."""
    row = vector_row(f"{tracks:,} tracks", DEFAULT, effort, catalog=f"synthetic:{tracks}")
    return Row(row.what, row.rate, row.ratio, f"{peak_megabytes():,.0f} MB at most, with all libraries")


def in_a_fresh_process(tracks: int, effort: Effort) -> Row:
    """Measures a catalogue where no other one has taken memory."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(catalogue_row, tracks, effort).result()


def measure(effort: Effort) -> Iterator[Row]:
    """Measures everything, row by row."""
    yield scalar_row(effort)
    for batch in effort.batches:
        yield batch_row(batch, effort)
    for pool in effort.pools:
        yield vector_row(f"pool of {pool}", DEFAULT, effort, catalog="synthetic:10000", pool_size=pool)
    for tracks in effort.catalogues:
        yield in_a_fresh_process(tracks, effort)
    for env_id in segue.envs.environments():
        size = segue.envs.environment(env_id).settings.get("pool_size", 50)
        yield vector_row(f"{env_id}, pool of {size}", env_id, effort, catalog="synthetic:1000")


def main(effort: tyro.conf.OmitArgPrefixes[Effort] = Effort()) -> None:
    """Measures and prints.

    Args:
        effort: How much is measured.
    """
    table = Table("what", "steps/s", "× CartPole-v1", "notes", title="Steps of one core")
    for row in measure(effort):
        table.add_row(row.what, f"{row.rate:,.0f}", f"{row.ratio:.2f}", row.notes)
    Console(width=140).print(table)


if __name__ == "__main__":
    tyro.cli(main)

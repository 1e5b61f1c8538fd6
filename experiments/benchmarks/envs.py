"""Measures the speed of the environments relative to Gymnasium's CartPole-v1.

usage: python experiments/benchmarks/envs.py

All numbers are CPU time on one core, except those of threads, which are wall time. Rounds of an environment
alternate with rounds of CartPole, so that other load on the machine slows both; the table shows medians over
rounds. The action is always the first
available candidate. Sessions are reset when they end, and the time of resets is included.
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
from segue.experiments.console import errors_in_one_sentence

DEFAULT = "segue/Playlist-v0"

Stepper = Callable[[], int]
"""Executes some steps and returns their number."""


@dataclass(frozen=True)
class BenchmarkSize:
    """The amount of measurement.

    Attributes:
        seconds: CPU seconds per round.
        rounds: Rounds per measurement, of which the median is reported.
        batches: Numbers of sessions of the vector environments.
        shared: Numbers of sessions with which observations are not copied.
        threads: Numbers of threads, measured with the largest batch.
        pools: Pool sizes, measured with `batch` sessions.
        catalogues: Catalogue sizes in tracks, measured with `batch` sessions, each in a fresh process.
        batch: Sessions with which pools, catalogues and environments are compared.
    """

    seconds: float = 0.2
    rounds: int = 9
    batches: tuple[int, ...] = (1, 16, 256, 1024, 4096, 16384)
    shared: tuple[int, ...] = (256, 1024, 4096, 16384)
    threads: tuple[int, ...] = (2,)
    pools: tuple[int, ...] = (20, 50, 200)
    catalogues: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    batch: int = 1024


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: What was measured.
        rate: Steps per CPU second, summed over sessions.
        ratio: `rate` divided by that of CartPole-v1.
        notes: Further measurements.
    """

    name: str
    rate: float
    ratio: float
    notes: str = ""


def seconds_per_step(step: Stepper, budget: float, clock: Callable[[], float] = time.process_time) -> float:
    """Measures seconds per step over about `budget` seconds, by default of CPU time."""
    done, start = 0, clock()
    while (spent := clock() - start) < budget or not done:
        done += step()
    return spent / done


def compare(step: Stepper, other: Stepper, size: BenchmarkSize) -> tuple[float, float]:
    """Measures two steppers in alternating rounds.

    Returns:
        Steps per CPU second of the first, and its speed divided by that of the other; medians over rounds.
    """
    for each in (step, other):
        each()  # compiles and fills caches
    times = np.array(
        [[seconds_per_step(each, size.seconds) for each in (step, other)] for _ in range(size.rounds)]
    )
    return float(np.median(1.0 / times[:, 0])), float(np.median(times[:, 1] / times[:, 0]))


def scalar_stepper(env: gym.Env[Any, Any], free: bool) -> Stepper:
    """Returns a stepper for a scalar environment with all its wrappers, 200 steps per call."""
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
    """Returns a stepper for Gymnasium's CartPole-v1."""
    return scalar_stepper(gym.make("CartPole-v1"), free=False)


def vector_steppers(env_id: str, batch: int, **settings: Any) -> tuple[Stepper, Stepper]:
    """Returns a stepper for a batch of sessions, and one that only copies their observations."""
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


def scalar_row(size: BenchmarkSize) -> Row:
    """Measures the scalar default environment."""
    scalar = scalar_stepper(gym.make(DEFAULT, catalog="synthetic:10000"), free=True)
    return Row("scalar", *compare(scalar, cartpole(), size), "target: 0.3 or more")


def batch_row(batch: int, size: BenchmarkSize) -> Row:
    """Measures the default environment with a batch, also relative to copying its observations."""
    step, copy = vector_steppers(DEFAULT, batch, catalog="synthetic:10000")
    _, share = compare(step, copy, size)
    target = " (target: 6 or less)" if batch >= 256 else ""
    notes = f"{1 / share:.1f} × copying its observations{target}"
    return Row(f"vector, {batch:,} sessions", *compare(step, cartpole(), size), notes)


def shared_row(batch: int, size: BenchmarkSize) -> Row:
    """Measures the default environment with observations that are not copied."""
    step, _ = vector_steppers(DEFAULT, batch, catalog="synthetic:10000", copy=False)
    name = f"vector, {batch:,} sessions, copy=False"
    return Row(name, *compare(step, cartpole(), size), "target: 10 or more")


def thread_row(threads: int, size: BenchmarkSize) -> Row:
    """Measures several threads against one, in wall time."""
    batch = max(size.shared)
    settings = {"catalog": "synthetic:10000", "copy": False}
    one, _ = vector_steppers(DEFAULT, batch, **settings)
    many, _ = vector_steppers(DEFAULT, batch, num_threads=threads, **settings)
    for each in (one, many):
        each()
    clock = time.perf_counter
    times = np.array(
        [[seconds_per_step(each, size.seconds, clock) for each in (one, many)] for _ in range(size.rounds)]
    )
    gain = float(np.median(times[:, 0] / times[:, 1]))
    rate = float(np.median(1.0 / times[:, 1]))
    notes = f"{gain:.2f} × one thread in wall time (target: 1.7 with 2 threads)"
    return Row(f"vector, {batch:,} sessions, copy=False, {threads} threads", rate, float("nan"), notes)


def memory_row() -> Row:
    """Counts the bytes of a session: of its state, and of its observation except the shared candidates."""
    env = gym.make_vec(DEFAULT, 1, vectorization_mode="vector_entry_point", catalog="synthetic:1000")
    env.reset(seed=0)
    sessions = env.unwrapped.sessions  # type: ignore[attr-defined]
    state = sum(array.nbytes for array in sessions.state.arrays)
    seen = sum(array.nbytes for array in sessions.buffers.seen)
    notes = f"{state:,} bytes of state and {seen:,} of observation beyond it"
    return Row("memory of a session, pool of 50", float("nan"), float("nan"), notes)


def vector_row(label: str, env_id: str, size: BenchmarkSize, **settings: Any) -> Row:
    """Measures an environment with `size.batch` sessions."""
    step, _ = vector_steppers(env_id, size.batch, **settings)
    return Row(f"vector, {size.batch:,} sessions, {label}", *compare(step, cartpole(), size))


def peak_megabytes() -> float:
    """Returns the peak resident memory of this process so far, in MB."""
    status = Path("/proc/self/status")
    if status.is_file():
        # The value of getrusage starts at the memory of the parent process.
        lines = status.read_text("utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def catalogue_row(tracks: int, size: BenchmarkSize) -> Row:
    """Measures the default environment with a large catalogue, and the peak memory of the process."""
    row = vector_row(f"{tracks:,} tracks", DEFAULT, size, catalog=f"synthetic:{tracks}")
    return Row(row.name, row.rate, row.ratio, f"{peak_megabytes():,.0f} MB peak memory, with all libraries")


def in_a_fresh_process(tracks: int, size: BenchmarkSize) -> Row:
    """Measures a catalogue in a process whose memory no other catalogue has used."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(catalogue_row, tracks, size).result()


def measure(size: BenchmarkSize) -> Iterator[Row]:
    """Yields all rows of the table."""
    yield scalar_row(size)
    for batch in size.batches:
        yield batch_row(batch, size)
    for batch in size.shared:
        yield shared_row(batch, size)
    for threads in size.threads:
        yield thread_row(threads, size)
    yield memory_row()
    for pool in size.pools:
        yield vector_row(f"pool of {pool}", DEFAULT, size, catalog="synthetic:10000", pool_size=pool)
    for tracks in size.catalogues:
        yield in_a_fresh_process(tracks, size)
    for env_id in segue.envs.environments():
        pool_size = segue.envs.environment(env_id).settings.get("pool_size", 50)
        yield vector_row(f"{env_id}, pool of {pool_size}", env_id, size, catalog="synthetic:1000")


def main(size: tyro.conf.OmitArgPrefixes[BenchmarkSize] = BenchmarkSize()) -> None:
    """Measures the speed of the environments and prints a table.

    Args:
        size: The amount of measurement.
    """
    table = Table("measured", "steps/s", "× CartPole-v1", "notes", title="Steps on one core")
    for row in measure(size):
        rate = "" if np.isnan(row.rate) else f"{row.rate:,.0f}"
        ratio = "" if np.isnan(row.ratio) else f"{row.ratio:.2f}"
        table.add_row(row.name, rate, ratio, row.notes)
    Console(width=140).print(table)


if __name__ == "__main__":
    with errors_in_one_sentence("envs"):
        tyro.cli(main)

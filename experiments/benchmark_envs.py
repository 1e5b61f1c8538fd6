"""How fast the environments step, as ratios to Gymnasium's CartPole-v1 measured in the same run.

Run: python experiments/benchmark_envs.py [--quick]

Every figure is CPU time of one core, the best of several rounds, with CartPole measured before and after. The
action is always the first free candidate; sessions are reset as they end, and the resets are counted in.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
from rich.console import Console
from rich.table import Table

import segue.envs

BATCHES = (1, 16, 256, 1024, 4096)
POOLS = (20, 50, 200)
CATALOGUES = (1_000, 10_000, 100_000, 1_000_000)
DEFAULT = "segue/Playlist-v0"


def seconds_per_step(step: Callable[[], int], budget: float, rounds: int = 5) -> float:
    """Measures CPU seconds a step.

    Args:
        step: Does some steps and says how many.
        budget: CPU seconds for each round.
        rounds: Rounds, of which the best counts.
    """
    step()
    best = float("inf")
    for _ in range(rounds):
        done, start = 0, time.process_time()
        while time.process_time() - start < budget:
            done += step()
        best = min(best, (time.process_time() - start) / done)
    return best


def scalar_stepper(env: gym.Env[Any, Any], free: bool) -> Callable[[], int]:
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


def vector_stepper(env_id: str, batch: int, **settings: Any) -> Callable[[], int]:
    """Steps a batch once a call."""
    env = gym.make_vec(env_id, batch, vectorization_mode="vector_entry_point", **settings)
    env.reset(seed=0)
    sessions = env.unwrapped.sessions  # type: ignore[attr-defined]
    continuous = isinstance(env.action_space, gym.spaces.Box)
    points = np.zeros(env.action_space.shape or (), np.float32)

    def step() -> int:
        env.step(points if continuous else sessions.position.copy())
        return batch

    return step


def copy_seconds(batch: int) -> float:
    """Measures CPU seconds a session for merely copying a batch of the default observations."""
    env = gym.make_vec(DEFAULT, batch, vectorization_mode="vector_entry_point", catalog="synthetic:10000")
    observation, _ = env.reset(seed=0)

    def copy() -> int:
        copies = {key: value.copy() for key, value in observation.items()}
        return len(copies["available"])

    return seconds_per_step(copy, 0.2)


def resident_megabytes() -> float:
    """Gives the process's largest resident size so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="short rounds, catalogues up to 100,000 tracks")
    quick = parser.parse_args().quick
    budget = 0.1 if quick else 0.5
    console = Console()

    cartpole = scalar_stepper(gym.make("CartPole-v1"), free=False)
    unit = seconds_per_step(cartpole, budget)
    table = Table("what", "steps/s", "× CartPole-v1", "notes", title="Steps of one core")

    def row(what: str, seconds: float, notes: str = "") -> None:
        table.add_row(what, f"{1 / seconds:,.0f}", f"{unit / seconds:.2f}", notes)

    row("CartPole-v1, scalar", unit)
    scalar = scalar_stepper(gym.make(DEFAULT, catalog="synthetic:10000"), free=True)
    row("scalar", seconds_per_step(scalar, budget), "aim 0.3")
    for batch in BATCHES:
        seconds = seconds_per_step(vector_stepper(DEFAULT, batch, catalog="synthetic:10000"), budget)
        copying = copy_seconds(batch)
        row(f"vector, {batch} sessions", seconds, f"{seconds / copying:.1f} × copying the observations")
    for pool in POOLS:
        stepper = vector_stepper(DEFAULT, 1024, catalog="synthetic:10000", pool_size=pool)
        row(f"vector, 1024 sessions, pool of {pool}", seconds_per_step(stepper, budget))
    for tracks in CATALOGUES[: -1 if quick else None]:
        stepper = vector_stepper(DEFAULT, 1024, catalog=f"synthetic:{tracks}")
        seconds = seconds_per_step(stepper, budget)
        row(f"vector, 1024 sessions, {tracks:,} tracks", seconds, f"{resident_megabytes():,.0f} MB at most")
    for env_id in segue.envs.environments():
        stepper = vector_stepper(env_id, 1024, catalog="synthetic:1000")
        row(f"vector, 1024 sessions, {env_id}", seconds_per_step(stepper, budget))
    again = seconds_per_step(cartpole, budget)
    console.print(table)
    console.print(f"CartPole-v1 at the end: {unit / again:.2f} × its speed at the start.")


if __name__ == "__main__":
    main()

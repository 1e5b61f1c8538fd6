"""Measures headroom: returns of random play, greedy choice and planning with each environment's listeners.

usage: python experiments/calibration/headroom.py [ID ...] [--without TERM ...]

Switching off terms of the listener shows where the headroom comes from, as in
`headroom.py segue/Rebound-v0 --without satiation`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import tyro

from segue.agents.oracles.planning.beam_search import beam_search, exact_plan, plan_value
from segue.agents.oracles.planning.local_search import local_search
from segue.envs import environment, environments
from segue.envs.core.session import Sessions
from segue.envs.core.setting import setting_from
from segue.experiments.analysis.bootstrap import Interval, mean_interval, resampled_interval
from segue.features.arrays import FloatArray, IntArray
from segue.features.catalog.transitions import transition_distance
from segue.features.errors import UserError

Choice = Callable[[Sessions, int], IntArray]
"""Returns the slots (B,) to play for a batch at position k."""

FIRST_SEED = 2_000_000
"""Seeds of the listeners count up from here."""


@dataclass(frozen=True)
class HeadroomConfig:
    """The listeners and the amount of play.

    Attributes:
        listeners: Number of listeners, each with a pool, unseen in training (`split="test"`).
        draws: Noise draws with which each plan or baseline is played.
        catalog: Catalogue for environments that do not name one.
        small: Pool size and length for the comparison with exact plans.
        without: Terms of the listener to switch off.
        split_seed: Which split of the catalogue.
    """

    listeners: int = 48
    draws: int = 32
    catalog: str = "demo"
    small: int = 9
    without: tuple[str, ...] = ()
    split_seed: int = 0


def begin_sessions(env_id: str, count: int, config: HeadroomConfig, **changes: object) -> Sessions:
    """Starts `count` sessions, each with a listener of a different seed."""
    own = {"catalog": config.catalog, "split": "test", "split_seed": config.split_seed}
    settings = {**own, **environment(env_id).settings, **changes}
    settings.pop("action", None)
    if config.without:
        off = {name: {"weight": 0} for name in config.without}
        settings["listener"] = {"preset": settings.get("listener", "full"), "terms": off}
    sessions = Sessions(setting_from(settings), [np.random.default_rng(FIRST_SEED + i) for i in range(count)])
    sessions.begin(np.arange(count))
    return sessions


def returns(sessions: Sessions, choose: Choice, draws: int) -> tuple[FloatArray, FloatArray]:
    """Plays every session with several noise draws, the same for every choice.

    Returns:
        Mean return and mean number of tracks of each session, both (B,).
    """
    rows = np.repeat(np.arange(sessions.batch), draws)
    batch = sessions.repeat(rows, rng=np.random.default_rng(0))
    total, tracks = np.zeros(len(rows)), np.zeros(len(rows))
    for k in range(sessions.length):
        if batch.state.ended.all():
            break
        live = ~batch.state.ended
        step = batch.step(choose(batch, k))
        total += np.where(live, step.reward, 0.0)
        tracks += live
    return total.reshape(-1, draws).mean(axis=1), tracks.reshape(-1, draws).mean(axis=1)


def _random() -> Choice:
    rng = np.random.default_rng(1)
    return lambda batch, k: np.where(batch.available, rng.random(batch.available.shape), -1.0).argmax(axis=1)


def _smoothest(batch: Sessions, k: int) -> IntArray:
    steps = batch.catalog.transitions(batch.current[:, None], batch.pool)
    return np.where(batch.available, transition_distance(steps).mean(axis=-1), np.inf).argmin(axis=1)


def _greedy(batch: Sessions, k: int) -> IntArray:
    return np.where(batch.available, batch.expected_reward(), -np.inf).argmax(axis=1)


def _follow(plans: IntArray, draws: int) -> Choice:
    """Follows plans (B, M), each for `draws` consecutive rows."""
    return lambda batch, k: np.repeat(plans[:, min(k, plans.shape[1] - 1)], draws)


def measure(env_id: str, config: HeadroomConfig) -> pd.DataFrame:
    """Plays an environment with every reference policy.

    Args:
        env_id: A registered environment.
        config: The listeners and the amount of play.

    Returns:
        One row per listener, with the mean return of each policy and, as `tracks …`, its mean number of
        tracks.
    """
    sessions = begin_sessions(env_id, config.listeners, config)
    rng = np.random.default_rng(2)
    plans = local_search(sessions, beam_search(sessions), rng)
    choices: dict[str, Choice] = {
        "random": _random(),
        "smoothest": _smoothest,
        "greedy": _greedy,
        "planned": _follow(plans, config.draws),
        "shuffled": _follow(rng.permuted(plans, axis=1), config.draws),
    }
    found = {name: returns(sessions, choose, config.draws) for name, choose in choices.items()}
    earned = {name: total for name, (total, _) in found.items()}
    return pd.DataFrame(earned | {f"tracks {name}": tracks for name, (_, tracks) in found.items()})


def headroom(frame: pd.DataFrame) -> Interval:
    """Returns how much higher above random planning is than greedy choice, in %, with its interval."""
    planned = (frame["planned"] - frame["random"]).to_numpy()
    greedy = (frame["greedy"] - frame["random"]).to_numpy()
    return resampled_interval(
        lambda rows: 100.0 * (planned[rows].mean(axis=-1) / greedy[rows].mean(axis=-1) - 1.0), [len(frame)]
    )


def against_exact(env_id: str, config: HeadroomConfig, listeners: int = 8) -> float:
    """Returns the noise-free return of the search on small pools, in % of that of dynamic programming.

    More than 100 % is possible if a listener remembers more than the state of `exact_plan`.
    """
    sessions = begin_sessions(env_id, listeners, config, pool_size=config.small, length=config.small)
    searched = local_search(sessions, beam_search(sessions), np.random.default_rng(2))
    values = plan_value(sessions, np.stack([searched, exact_plan(sessions)], axis=1)).mean(axis=0)
    return float(100.0 * values[0] / values[1])


def headroom_text(env_id: str, config: HeadroomConfig) -> str:
    """Measures an environment and returns the result as lines of text."""
    started = time.perf_counter()
    frame = measure(env_id, config)
    lines = [env_id]
    for name in ("random", "smoothest", "greedy", "planned", "shuffled"):
        mean, low, high = mean_interval(frame[name].to_numpy()[None])
        tracks = frame[f"tracks {name}"].mean()
        lines.append(f"  {name:<10} {mean:7.2f} [{low:6.2f}, {high:6.2f}]   {tracks:5.1f} tracks")
    room, low, high = headroom(frame)
    lines.append(f"  planned above greedy, measured from random: {room:+.1f} % [{low:.1f}, {high:.1f}]")
    regret, low, high = mean_interval((frame["planned"] - frame["shuffled"]).to_numpy()[None])
    lines.append(f"  order regret of shuffling the plan: {regret:.2f} [{low:.2f}, {high:.2f}]")
    share = against_exact(env_id, config)
    lines.append(f"  search reaches {share:.1f} % of dynamic programming on pools of {config.small}")
    return "\n".join([*lines, f"  ({time.perf_counter() - started:.0f} s)"])


def main(
    ids: tyro.conf.Positional[Sequence[str]] = (),
    config: tyro.conf.OmitArgPrefixes[HeadroomConfig] = HeadroomConfig(),
) -> None:
    """Prints the headroom of environments.

    Args:
        ids: Environments; by default all in which an action is a candidate.
        config: The listeners and the amount of play.
    """
    chosen = ids or [i for i, info in environments().items() if info.settings.get("action") != "continuous"]
    for env_id in chosen:
        print(headroom_text(env_id, config), flush=True)


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except UserError as error:
        print(f"headroom: {error}", file=sys.stderr)
        sys.exit(2)

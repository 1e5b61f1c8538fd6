"""Room to learn: what random play, simple rules and oracles earn with each environment's listeners.

Run it as `python experiments/calibration/headroom.py`; name environments to see only those. What makes the
room shows when a part of the listener is switched off: `headroom.py segue/Rebound-v0 --without satiation`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import tyro

from segue.agents.oracles.planning.beam_search import beam_search, exact_plan, plan_value, with_fresh_noise
from segue.agents.oracles.planning.local_search import polish
from segue.envs import environment, environments
from segue.envs.core.session import Sessions
from segue.envs.core.setting import setting_from
from segue.experiments.analysis.bootstrap import Interval, mean_interval, resampled_interval
from segue.features.arrays import FloatArray, IntArray
from segue.features.catalog.transitions import transition_distance
from segue.features.errors import UserError

Choice = Callable[[Sessions, int], IntArray]
"""Slots (B,) for a batch before its play k."""

FIRST_SEED = 2_000_000


@dataclass(frozen=True)
class Size:
    """How much is played.

    Attributes:
        listeners: Listeners, each with a pool, unseen in training (`split="test"`).
        draws: Lucks that each plan or rule is played under.
        catalog: Catalogue for environments that do not name one themselves.
        small: Pool size and length at which plans are compared with exact ones.
        without: Terms of the listener to switch off.
    """

    listeners: int = 48
    draws: int = 32
    catalog: str = "demo"
    small: int = 9
    without: tuple[str, ...] = ()


def begin_sessions(env_id: str, count: int, size: Size, **changes: object) -> Sessions:
    """Begins sessions of listeners of their own seeds."""
    settings = {"catalog": size.catalog, "split": "test", **environment(env_id).settings, **changes}
    settings.pop("action", None)
    if size.without:
        off = {name: {"weight": 0} for name in size.without}
        settings["listener"] = {"preset": settings.get("listener", "full"), "terms": off}
    sessions = Sessions(setting_from(settings), [np.random.default_rng(FIRST_SEED + i) for i in range(count)])
    sessions.begin(np.arange(count))
    return sessions


def returns(sessions: Sessions, choose: Choice, draws: int) -> tuple[FloatArray, FloatArray]:
    """Plays every session under several lucks, the same for every choice.

    Returns:
        Mean return and mean number of tracks of each session, (B,) both.
    """
    rows = np.repeat(np.arange(sessions.batch), draws)
    batch = with_fresh_noise(sessions, rows, np.random.default_rng(0))
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
    """Follows plans (B, M), each for `draws` rows in a row."""
    return lambda batch, k: np.repeat(plans[:, min(k, plans.shape[1] - 1)], draws)


def measure(env_id: str, size: Size) -> pd.DataFrame:
    """Plays one environment with every yardstick.

    Args:
        env_id: A registered environment.
        size: How much is played.

    Returns:
        One row a listener; columns are mean returns by yardstick, then `tracks …` (mean tracks heard).
    """
    sessions = begin_sessions(env_id, size.listeners, size)
    rng = np.random.default_rng(2)
    plans = polish(sessions, beam_search(sessions), rng)
    choices: dict[str, Choice] = {
        "random": _random(),
        "smoothest": _smoothest,
        "greedy": _greedy,
        "planned": _follow(plans, size.draws),
        "shuffled": _follow(rng.permuted(plans, axis=1), size.draws),
    }
    found = {name: returns(sessions, choose, size.draws) for name, choose in choices.items()}
    earned = {name: total for name, (total, _) in found.items()}
    return pd.DataFrame(earned | {f"tracks {name}": tracks for name, (_, tracks) in found.items()})


def headroom(frame: pd.DataFrame) -> Interval:
    """Computes how much further above random planning gets than greed, in %, over resampled listeners."""
    planned = (frame["planned"] - frame["random"]).to_numpy()
    greedy = (frame["greedy"] - frame["random"]).to_numpy()
    return resampled_interval(
        lambda rows: 100.0 * (planned[rows].mean(axis=-1) / greedy[rows].mean(axis=-1) - 1.0), [len(frame)]
    )


def against_exact(env_id: str, size: Size, listeners: int = 8) -> float:
    """Computes the share of the dynamic programme's luckless return that search reaches on small pools, in %.

    More than 100 % is possible where a listener remembers more than the programme's state, see `exact_plan`.
    """
    sessions = begin_sessions(env_id, listeners, size, pool_size=size.small, length=size.small)
    searched = polish(sessions, beam_search(sessions), np.random.default_rng(2))
    values = plan_value(sessions, np.stack([searched, exact_plan(sessions)], axis=1)).mean(axis=0)
    return float(100.0 * values[0] / values[1])


def describe(env_id: str, size: Size) -> str:
    """Measures one environment and writes the result as lines of text."""
    began = time.perf_counter()
    frame = measure(env_id, size)
    lines = [env_id]
    for name in ("random", "smoothest", "greedy", "planned", "shuffled"):
        mean, low, high = mean_interval(frame[name].to_numpy()[None])
        tracks = frame[f"tracks {name}"].mean()
        lines.append(f"  {name:<10} {mean:7.2f} [{low:6.2f}, {high:6.2f}]   {tracks:5.1f} tracks")
    room, low, high = headroom(frame)
    lines.append(f"  planned over greedy, measured from random: {room:+.1f} % [{low:.1f}, {high:.1f}]")
    regret, low, high = mean_interval((frame["planned"] - frame["shuffled"]).to_numpy()[None])
    lines.append(f"  order regret of shuffling the plan: {regret:.2f} [{low:.2f}, {high:.2f}]")
    share = against_exact(env_id, size)
    lines.append(f"  search reaches {share:.1f} % of the dynamic programme on pools of {size.small}")
    return "\n".join([*lines, f"  ({time.perf_counter() - began:.0f} s)"])


def main(
    ids: tyro.conf.Positional[Sequence[str]] = (), size: tyro.conf.OmitArgPrefixes[Size] = Size()
) -> None:
    """Prints the room to learn of environments.

    Args:
        ids: Environments; all built-in ones with a choice among candidates by default.
        size: How much is played.
    """
    chosen = ids or [i for i, info in environments().items() if info.settings.get("action") != "continuous"]
    for env_id in chosen:
        print(describe(env_id, size), flush=True)


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except UserError as error:
        print(f"headroom: {error}", file=sys.stderr)
        sys.exit(2)

"""Lets an agent play a fixed list of sessions, and records every play."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segue.envs import StepResult
from segue.experiments.runs.batches import make_batch
from segue.experiments.runs.metrics import session_metrics
from segue.experiments.runs.observers.observer import Choice, SessionObserver
from segue.features.arrays import AnyArray, BoolArray, IntArray
from segue.features.errors import UserError, excerpt
from segue.features.existing_files import is_file

ROWS = 512
"""Sessions stepped at once: more only cost memory."""
MOST_SESSIONS = 10_000_000
"""Most sessions of one call, whose plays have to fit into memory."""


def evaluate(
    agent: Any,
    env_id: str,
    settings: dict[str, Any],
    seeds: Iterable[int] | AnyArray,
    *,
    deterministic: bool = True,
    trust: bool = False,
    on_progress: Callable[[int], None] | None = None,
    observers: Sequence[SessionObserver] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Plays one session per seed and measures it.

    Args:
        agent: Anything with a `predict` (see `segue.agents.any_policy`), such as an agent or a model of
            Stable-Baselines3; the name of an agent that needs no training, or of a shipped model; the file
            of a saved one (see `load_agent`); or a function from the environment to any of the first.
        env_id: A registered environment.
        settings: Arguments of the environment.
        seeds: One seed per session, all different, such as `range(200)`. The same seed gives the same
            listener, pool and noise to every agent.
        deterministic: False lets the agent explore.
        trust: Whether a file may run code; see `load_agent`.
        on_progress: Called with the number of sessions that are over.
        observers: Called as sessions begin and before every step.

    Returns:
        The sessions, one row each with the columns of `session_metrics`,
        and the plays, one row per track: episode, position, track_id, index and previous (rows of the
        catalogue; at position 0 `previous` is the track that the session starts from), listened, skipped,
        left, reward, and `utility_<term>` for each term of the listener.

    Raises:
        UserError: The seeds are not different whole numbers of 0 or more, or the agent or the environment
            cannot be used.
    """
    numbers = _checked_seeds(seeds)
    plays = []
    for first in range(0, len(numbers), ROWS):
        chunk = numbers[first : first + ROWS]

        def report(over: int, before: int = first) -> None:
            if on_progress is not None:
                on_progress(before + over)

        env = make_batch(env_id, settings, len(chunk), copy=False)
        try:
            catalog = env.unwrapped.sessions.catalog
            made = agent_for(agent, env, trust)
            plays.append(play_sessions(made, env, chunk, deterministic, report, observers))
        finally:
            env.close()
    all_plays = pd.concat(plays, ignore_index=True).sort_values(["episode", "position"], ignore_index=True)
    return session_metrics(all_plays, catalog), all_plays


def _checked_seeds(seeds: Any) -> list[int]:
    """Returns seeds as Python's numbers; see `evaluate`."""
    if isinstance(seeds, Iterator):
        seeds = list(islice(seeds, MOST_SESSIONS + 1))
    other = isinstance(seeds, str | bytes | bytearray | Mapping)
    if not hasattr(seeds, "__len__") or other or getattr(seeds, "ndim", 1) == 0:
        raise UserError(f"seeds must be a list of whole numbers such as range(200), but is {seeds!r:.100}.")
    try:
        count = len(seeds)
    except OverflowError:  # a range that is longer than any list
        count = sys.maxsize
    if not 1 <= count <= MOST_SESSIONS:
        raise UserError(f"seeds must be 1 to {MOST_SESSIONS} whole numbers, but there are {count}.")
    known: set[int] = set()
    for seed in seeds:
        if isinstance(seed, bool | np.bool_) or not isinstance(seed, Integral) or seed < 0:
            raise UserError(f"seeds must be whole numbers of 0 or more, but one is {seed!r:.100}.")
        if int(seed) in known:
            raise UserError(f"seeds must differ, since each is one session, but {seed} is there twice.")
        known.add(int(seed))
    return [int(seed) for seed in seeds]


def play_sessions(
    agent: Any,
    env: Any,
    seeds: Sequence[int],
    deterministic: bool,
    on_progress: Callable[[int], None],
    observers: Sequence[SessionObserver] = (),
) -> pd.DataFrame:
    """Plays the first session of each row of a vector environment.

    Args:
        agent: Anything with Stable-Baselines3's `predict`.
        env: A vector environment with as many sessions as there are seeds.
        seeds: One seed per session.
        deterministic: False lets the agent explore.
        on_progress: Called with the number of sessions that are over.
        observers: Called as the sessions begin and before every step.

    Returns:
        One row per play; see `evaluate`.
    """
    observation, _ = env.reset(seed=list(seeds))
    for observer in observers:
        observer.on_begin(env, seeds)
    ids = env.unwrapped.sessions.catalog.ids
    current = env.unwrapped.sessions.current.copy()
    playing, starts, state = np.ones(len(seeds), bool), np.ones(len(seeds), bool), None
    batches = []
    while playing.any():
        # Rows whose first session is over have begun another one: planners need not think about those.
        masks = env.action_masks() & playing[:, None]
        before = time.process_time()
        actions, state = agent.predict(
            observation, state, starts, deterministic=deterministic, action_masks=masks
        )
        seconds = time.process_time() - before
        for observer in observers:
            observer.on_choice(Choice(env, seeds, observation, actions, state, playing, seconds))
        observation, _, terminated, truncated, _ = env.step(np.asarray(actions))
        # The infos of a session that has begun again are those of its reset.
        step = env.unwrapped.result
        batches.append(_plays_of_step(np.asarray(seeds), playing, ids, current, step))
        current, starts = step.track, terminated | truncated
        playing = playing & ~starts
        on_progress(int((~playing).sum()))
    return pd.concat(batches, ignore_index=True)


def _plays_of_step(
    seeds: AnyArray, playing: BoolArray, ids: AnyArray, previous: IntArray, step: StepResult
) -> pd.DataFrame:
    """Returns one row for each session that is still in its first playlist."""
    columns = {
        "episode": seeds,
        "position": step.position,
        "track_id": ids[step.track],
        "index": step.track,
        "previous": previous,
        "listened": step.listened,
        "skipped": step.skipped,
        "left": step.left,
        "reward": step.reward,
        **step.utilities,
    }
    return pd.DataFrame({name: np.asarray(values)[playing] for name, values in columns.items()})


def agent_for(agent: Any, env: Any, trust: bool) -> Any:
    """Makes the agent for this environment: by its name, from its file, by a function, or from a policy."""
    from segue.agents import agent_names, make_agent
    from segue.agents.any_policy import as_agent

    if isinstance(agent, Path) or (
        isinstance(agent, str) and agent not in agent_names() and _is_saved(agent)
    ):
        from segue.agents import load_agent  # imports torch, which takes seconds

        return load_agent(agent, env, trust=trust)
    if isinstance(agent, str):
        return make_agent(agent, env)
    made = _made_by(agent, env) if callable(agent) and not hasattr(agent, "predict") else agent
    return as_agent(made, env)


def _made_by(function: Callable[[Any], Any], env: Any) -> Any:
    """Calls a function with an environment."""
    try:
        return function(env)
    except UserError:
        raise
    except Exception as error:  # whatever a function does that was meant for observations
        raise UserError(
            f"The function {excerpt(function)!r} fails with the environment ({type(error).__name__}: "
            f"{excerpt(error)}); it must return an agent; a function of the observation is given as the "
            "method predict of a class."
        ) from error


def _is_saved(name: str) -> bool:
    """Returns whether a name is that of a shipped model or of a file."""
    from segue.agents import model_names

    return name.endswith(".zip") or name in model_names() or is_file(name) or is_file(f"{name}.zip")

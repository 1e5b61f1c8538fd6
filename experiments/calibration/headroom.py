"""Measures the listeners of environments: which terms matter, how random play is skipped, what planning adds.

usage: python experiments/calibration/headroom.py [ID ...] [--without TERM ...] [--write]

Without arguments it measures every environment. `--write` keeps the tables in the folder `measured` beside
this script, from which the documentation shows them. Switching off terms of the listener shows where the
headroom comes from, as in `headroom.py segue/Rebound-v0 --without satiation`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import tyro

from segue.agents.oracles.planning.beam_search import beam_search, exact_plan, plan_value
from segue.agents.oracles.planning.local_search import local_search
from segue.envs import environments
from segue.envs.core.session import Sessions
from segue.experiments.analysis.bootstrap import mean_interval, resampled_interval
from segue.experiments.analysis.statistics.interval import Interval
from segue.experiments.calibration.gates import check_gates
from segue.experiments.calibration.measured_tables import replace_rows
from segue.experiments.calibration.reference_play import (
    Playthrough,
    begin_sessions,
    follow,
    greedy,
    planned,
    play,
    random_choice,
    smoothest,
)
from segue.experiments.calibration.search_width import search_width_table
from segue.experiments.calibration.term_importance import skip_pattern, term_table
from segue.experiments.console import errors_in_one_sentence

USUAL_POOL = 50
"""Candidates with which `term_draws` counts; larger pools take proportionally fewer."""
WIDTH_SHOWN = ("segue/Playlist-v0", "segue/Rebound-v0")
"""Environments in which searches of several widths are compared."""


@dataclass(frozen=True)
class HeadroomConfig:
    """The listeners and the amount of play.

    Attributes:
        listeners: Number of listeners, each with a pool, unseen in training (`split="test"`), to whom the
            planning oracle plays.
        draws: Noise draws with which it and its references are played.
        term_listeners: Number of listeners with whom the terms and random play are measured.
        term_draws: Noise draws of these.
        catalog: Catalogue for environments that do not name one.
        small: Pool size and length for the comparison with exact plans.
        without: Terms of the listener to switch off.
        split_seed: Which split of the catalogue.
    """

    listeners: int = 48
    draws: int = 4
    term_listeners: int = 400
    term_draws: int = 16
    catalog: str = "demo"
    small: int = 9
    without: tuple[str, ...] = ()
    split_seed: int = 0

    def begin(self, env_id: str, count: int, **changes: object) -> Sessions:
        """Starts `count` sessions of an environment."""
        return begin_sessions(
            env_id, count, self.catalog, self.without, split_seed=self.split_seed, **changes
        )


def measure(env_id: str, config: HeadroomConfig) -> dict[str, Playthrough]:
    """Plays an environment with every reference policy.

    Args:
        env_id: A registered environment.
        config: The listeners and the amount of play.

    Returns:
        What happened with `random`, `smoothest`, `greedy` (oracle), `planned` (the agent `oracle`) and
        `shuffled` (its first plan in random order).
    """
    sessions = config.begin(env_id, config.listeners)
    rng = np.random.default_rng(2)
    plans = local_search(sessions, beam_search(sessions, width=16), rng)
    choices = {
        "random": random_choice(),
        "smoothest": smoothest,
        "greedy": greedy,
        "planned": planned(),
        "shuffled": follow(rng.permuted(plans, axis=1), config.draws),
    }
    return {name: play(sessions, choose, config.draws) for name, choose in choices.items()}


def policy_table(played: dict[str, Playthrough]) -> pd.DataFrame:
    """Returns one row per policy: policy, return with low and high (95 %), tracks, skipped (a share)."""
    rows = [
        (name, *mean_interval(found.returns), found.tracks.mean(), found.skip_share)
        for name, found in played.items()
    ]
    return pd.DataFrame(rows, columns=["policy", "return", "low", "high", "tracks", "skipped"])


def headroom(played: dict[str, Playthrough]) -> Interval:
    """Returns how much higher above random planning is than greedy choice, in %, with its interval."""
    planned_gain = played["planned"].returns - played["random"].returns
    greedy_gain = played["greedy"].returns - played["random"].returns
    return resampled_interval(
        lambda rows: 100.0 * (planned_gain[rows].mean(axis=-1) / greedy_gain[rows].mean(axis=-1) - 1.0),
        [len(greedy_gain)],
    )


def greedy_better(played: dict[str, Playthrough]) -> float:
    """Returns the share of sessions in which greed earned more than the plan under the same noise."""
    planned_total, greedy_total = (played[name].reward.sum(axis=2) for name in ("planned", "greedy"))
    return float((greedy_total > planned_total + 1e-9).mean())


def against_exact(env_id: str, config: HeadroomConfig, listeners: int = 8) -> float:
    """Returns the noise-free return of the search on small pools, in % of that of dynamic programming.

    More than 100 % is possible if a listener remembers more than the state of `exact_plan`.
    """
    sessions = config.begin(env_id, listeners, pool_size=config.small, length=config.small)
    searched = local_search(sessions, beam_search(sessions, width=16), np.random.default_rng(2))
    values = plan_value(sessions, np.stack([searched, exact_plan(sessions)], axis=1)).mean(axis=0)
    return float(100.0 * values[0] / values[1])


@dataclass(frozen=True)
class Measurement:
    """The tables of one environment; see `term_table`, `policy_table` and `check_gates`.

    `summary` holds the headroom with its interval (headroom, headroom_low, headroom_high), exact (see
    `against_exact`), greedy_better, and the pattern of skips under random play (see `skip_pattern`).
    """

    terms: pd.DataFrame
    policies: pd.DataFrame
    summary: dict[str, float]
    gates: pd.DataFrame


def measurement(env_id: str, config: HeadroomConfig) -> Measurement:
    """Measures one environment."""
    sessions = config.begin(env_id, config.term_listeners)
    draws = max(1, config.term_draws * USUAL_POOL // max(sessions.pool_size, USUAL_POOL))
    terms = term_table(sessions, draws)
    pattern = skip_pattern(play(sessions, random_choice(), draws))
    played = measure(env_id, config)
    policies, (room, low, high) = policy_table(played), headroom(played)
    summary = {"headroom": room, "headroom_low": low, "headroom_high": high} | pattern
    summary["exact"] = against_exact(env_id, config)
    summary["greedy_better"] = greedy_better(played)
    return Measurement(terms, policies, summary, check_gates(env_id, terms, policies, summary))


def measurement_text(env_id: str, found: Measurement) -> str:
    """Returns the tables of an environment as text."""
    numbers = found.summary
    lines = [
        env_id,
        found.terms.round(2).to_string(index=False),
        found.policies.round(2).to_string(index=False),
        f"planned above greedy, measured from random: {numbers['headroom']:+.1f} % "
        f"[{numbers['headroom_low']:.1f}, {numbers['headroom_high']:.1f}]",
        f"random play: {numbers['skipped']:.3f} skipped, {numbers['after_skip']:.3f} after a skip, "
        f"{numbers['after_keep']:.3f} after a track heard to its end, {numbers['within_5s']:.3f} within 5 s",
        f"search reaches {numbers['exact']:.1f} % of dynamic programming on small pools; greedy choice earns "
        f"more in {numbers['greedy_better']:.0%} of the sessions",
        found.gates.round(3).to_string(index=False),
    ]
    return "\n".join(lines)


def keep(env_id: str, found: Measurement) -> None:
    """Keeps the tables of an environment."""
    for name in ("terms", "policies", "gates"):
        replace_rows(name, env_id, getattr(found, name))
    replace_rows("summary", env_id, pd.DataFrame([found.summary]))


def main(
    ids: tyro.conf.Positional[Sequence[str]] = (),
    config: tyro.conf.OmitArgPrefixes[HeadroomConfig] = HeadroomConfig(),
    write: bool = False,
) -> None:
    """Prints the measurements of environments.

    Args:
        ids: Environments; by default all in which an action is a candidate.
        config: The listeners and the amount of play.
        write: Keep the tables in the folder `measured`, those of several widths of search included.
    """
    chosen = ids or [i for i, info in environments().items() if info.settings.get("action") != "continuous"]
    for env_id in chosen:
        started = time.perf_counter()
        found = measurement(env_id, config)
        print(f"{measurement_text(env_id, found)}\n({time.perf_counter() - started:.0f} s)\n", flush=True)
        if write:
            keep(env_id, found)
            if env_id in WIDTH_SHOWN:
                table = search_width_table(config.begin(env_id, config.listeners // 2), config.draws)
                print(f"{table.round(3).to_string(index=False)}\n", flush=True)
                replace_rows("search_width", env_id, table)


if __name__ == "__main__":
    with errors_in_one_sentence("headroom"):
        tyro.cli(main)

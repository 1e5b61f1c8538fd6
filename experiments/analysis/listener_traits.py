"""Who the listeners of a study are, told by what they would say to their pool before anything is played.

The hidden parameters of different listeners mean different things; what a listener makes of the candidates
of the session can be compared between all of them, and no agent has had a hand in it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from segue.experiments.runs.evaluate import ROWS, make_batch
from segue.experiments.runs.spec import RunSpec

SPLITS = {
    "ease": ("hardest to please", "hard to please", "easy to please", "easiest to please"),
    "choosiness": ("least choosy", "less choosy", "choosy", "most choosy"),
    "transition_share": (
        "cares least for transitions",
        "cares less for transitions",
        "cares more for transitions",
        "cares most for transitions",
    ),
}
"""Ways to part listeners into quarters, and the names of the quarters, the lowest first."""
GROUP = "_group"
"""End of the columns that say which quarter a listener is in."""


def listener_table(spec: RunSpec) -> tuple[pd.DataFrame, int]:
    """Describes the listeners that the runs in one environment have met.

    Args:
        spec: Any of those runs.

    Returns:
        One row a session, and the number of different tracks in all their pools. The columns:

        - environment, episode: the session.
        - ease: mean over the pool of the expected reward of playing a candidate first, in units of reward.
        - choosiness: standard deviation over the pool of the utility of playing a candidate first.
        - transition_share: the part of the transition terms in it, as the ratio of standard deviations; only
          where the listener has such a term.
        - ease_group, choosiness_group, transition_share_group: in which quarter of all sessions it lies.
    """
    parts, offered = [], set()
    seeds = spec.episode_seeds
    for first in range(0, len(seeds), ROWS):
        chunk = seeds[first : first + ROWS]
        env = make_batch(spec.environment, spec.environment_settings, len(chunk))
        try:
            env.reset(seed=chunk)
            parts.append(pd.DataFrame({"episode": chunk, **_traits(env.unwrapped.sessions)}))
            offered.update(np.unique(env.unwrapped.sessions.pool).tolist())
        finally:
            env.close()
    table = pd.concat(parts, ignore_index=True)
    for split, names in SPLITS.items():
        if split in table:
            # Ranks and not values: quarters of equal size, also where values are equal.
            quarter = (
                table[split].rank(method="first").sub(1).mul(len(names)).floordiv(len(table)).astype(int)
            )
            table[f"{split}{GROUP}"] = [names[each] for each in quarter]
    table.insert(0, "environment", spec.environment_label)
    return table, len(offered - {-1})


def _traits(sessions: Any) -> dict[str, Any]:
    """What listeners make of their pools; slots without a track do not count."""
    there = sessions.available
    utilities = sessions.utilities()
    total = sum(utilities.values())
    found = {
        "ease": np.mean(sessions.expected_reward(), axis=1, where=there),
        "choosiness": np.std(total, axis=1, where=there),
    }
    moving = [values for name, values in utilities.items() if name.startswith("transition")]
    if moving:
        spread = np.std(sum(moving), axis=1, where=there)
        found["transition_share"] = spread / np.maximum(found["choosiness"], 1e-12)
    return found

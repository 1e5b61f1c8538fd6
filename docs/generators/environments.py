"""A page for each built-in environment: spaces, listener, calibration and headroom."""

from __future__ import annotations

import dataclasses
from typing import Any

import measured
import yaml
from markdown_table import code, table

SIMULATED = 10_000
"""Sessions behind the calibration table."""


def pages() -> dict[str, str]:
    """Writes the pages, by their path in the documentation."""
    return {page_path(env_id): page(env_id) for env_id in built_in()}


def built_in() -> list[str]:
    """Returns the ids of the built-in environments."""
    from segue.envs.registration.built_in import BUILT_IN

    return list(BUILT_IN)


def page_path(env_id: str) -> str:
    """Returns the path of an environment's page; `segue/Playlist-v0` has `environments/playlist.md`."""
    return f"environments/{short_name(env_id).lower()}.md"


def short_name(env_id: str) -> str:
    """Shortens `segue/Playlist-v0` to `Playlist`."""
    return env_id.split("/")[-1].rsplit("-v", 1)[0]


def overview() -> str:
    """Lists the built-in environments."""
    from segue.envs import environment, load_preset

    rows = []
    for env_id in built_in():
        info = environment(env_id)
        preset = load_preset(info.settings["listener"])
        link = f"[{short_name(env_id)}]({page_path(env_id).removeprefix('environments/')})"
        rows.append((link, code(env_id), code(preset.name), preset.reward, info.description))
    return table(("page", "id", "listener", "reward", "description"), rows)


def page(env_id: str) -> str:
    """Writes the page of one environment."""
    import gymnasium as gym

    from segue.envs import environment, load_preset

    info = environment(env_id)
    preset = load_preset(info.settings["listener"])
    env = gym.make_vec(env_id, num_envs=1, vectorization_mode="vector_entry_point")
    parts = [
        f"# {short_name(env_id)}",
        f"`{env_id}`. {info.description}",
        f'```python\nimport gymnasium as gym\n\nenv = gym.make("segue.envs:{env_id}")\n```',
        "## Settings",
        "These arguments are fixed by the registration; `gym.make` can override each of them. "
        "[Custom environment](../guides/environment.md#settings) lists all settings.",
        f"```yaml\n{yaml.safe_dump(info.settings, sort_keys=False).strip()}\n```",
        "## Spaces",
        _spaces(env),
        *_listener(preset),
        *measured.sections(env_id, preset.order),
        *_calibration(preset.name),
    ]
    env.close()
    return "\n\n".join(parts) + "\n"


def _spaces(env: Any) -> str:
    """Writes the observation and action spaces."""
    layout = env.unwrapped.layout
    meanings = {
        "candidates": f"features of each candidate: {', '.join(map(code, layout.feature_names))}",
        "transitions": "transition features from the current track to each candidate: "
        + ", ".join(map(code, layout.transition_names)),
        "available": "1 where the candidate has not been played",
        "context": "progress, last response and memory of the session, see "
        "[custom environment](../guides/environment.md#observation)",
        "durations": "log(seconds / 30) / log 40 of each candidate, between 0 and 1",
    }
    if len(layout.feature_names) > 20:
        meanings["candidates"] = f"percentiles of DJ-MC's {len(layout.feature_names)} descriptors"
    spaces = env.single_observation_space.items()
    rows = [(code(name), code(space.shape), meanings[name]) for name, space in spaces]
    action = env.single_action_space
    kinds = {
        "Discrete": "the index of a candidate in the pool",
        "Box": "a point in feature space; the nearest available candidate is played",
    }
    return "\n\n".join(
        [
            "All observations are float32 in [0, 1].",
            table(("observation", "shape", "meaning"), rows),
            f"Action: `{action}`, {kinds[type(action).__name__]}.",
        ]
    )


def _listener(preset: Any) -> list[str]:
    """Writes the listener: terms with weights, response, departure and sources."""
    from segue.envs.listener.listener import Listener

    listener = Listener.from_config(preset.listener)
    rows = []
    for name, term in listener.terms.items():
        given = {
            key: value for key, value in (preset.listener["terms"][name] or {}).items() if key != "weight"
        }
        link = f"[{name}](../listener/terms.md#{name})"
        shown = ", ".join(f"{key}: {value}" for key, value in given.items())
        rows.append((link, f"{term.weight:g}", code(shown), term.source))
    constant = (
        f"The bias of the utility is {listener.bias:g}."
        if listener.bias_spread == 0
        else f"The bias of the utility is normal over listeners, mean {listener.bias:g}, standard deviation "
        f"{listener.bias_spread:g}."
    )
    leaving = (
        "The listener never leaves."
        if listener.departure.never
        else _fields("departure", listener.departure, skip=("never",))
    )
    return [
        "## Listener",
        f"Preset `{preset.name}`: {preset.description}",
        table(("term", "weight", "settings", "source"), rows),
        constant,
        _fields("response", listener.response),
        leaving,
        f"Reward: `{preset.reward}`, see [rewards](../guides/reward.md).",
        "Sources:",
        "\n".join(f"- {source}" for source in preset.sources),
    ]


def _fields(what: str, model: Any, skip: tuple[str, ...] = ()) -> str:
    """Writes the settings of a response or departure model in one line."""
    values = {key: value for key, value in dataclasses.asdict(model).items() if key not in skip}
    shown = ", ".join(f"`{key}` {value:g}" for key, value in values.items())
    return f"[{what.capitalize()}](../listener/index.md#{what}): {shown}."


def _calibration(preset: str) -> list[str]:
    """Writes the calibration table of the one preset that is fitted to real logs."""
    return ["## Calibration", calibration()] if preset == "session" else []


def calibration() -> str:
    """Compares simulated sessions with the aggregates of real skip logs."""
    from segue.experiments.calibration.behaviour import compare_with_logs, simulate

    found = compare_with_logs(simulate("session", "synthetic:20000", sessions=SIMULATED, seed=0))
    rows = []
    for row in found.to_dict("records"):
        name = row["name"].replace("_", " ").replace("within inf", "before the end")
        numbers = (f"{row[key]:.3f}" for key in ("target", "simulated", "gap", "gate"))
        rows.append((name, *numbers, "yes" if row["passed"] else "no"))
    about = (
        f"{SIMULATED:,} simulated sessions of shuffled play, censored as the logs are, against aggregates of "
        "real logs; the sources are in `experiments/calibration/behaviour_targets.yaml`, and "
        "`experiments/calibration/calibrate_session.py` fits the preset. In the first two rows, `real` and "
        "`simulated` are means, and the gap is a root mean square error over positions and the largest "
        "difference of the cumulative shares."
    )
    head = ("aggregate", "real", "simulated", "gap", "largest gap allowed", "within")
    return f"{about}\n\n{table(head, rows)}"


def context() -> str:
    """Lists the blocks of the observation's context."""
    from segue.envs import PlaylistEnv

    layout = PlaylistEnv(catalog="demo").layout
    blocks: dict[str, int] = {}
    for name in layout.context_names:
        block = name.split(".")[0]
        blocks[block] = blocks.get(block, 0) + 1
    meanings = {
        "progress": "tracks played, as a share of `length`",
        "last_listened": "fraction of the last track that was heard",
        "last_skipped": "1 if it was skipped",
        "listened_average": "decayed average of the heard fractions, factor 0.8 per track",
        "skipped_average": "decayed average of the skips, factor 0.8 per track",
        "consecutive_skips": "skips in a row, at most 5, divided by 5",
        "liked_weight": "w / (w + 2), where w sums the heard fractions with factor 0.97 per track",
        "disliked_weight": "the same for the fractions that were not heard",
        "current": "features of the current track",
        "heard_mean": "decayed average of the features, factor 0.8 per track",
        "liked_mean": "average of the features weighted by the heard fraction, factor 0.97 per track",
        "disliked_mean": "average of the features weighted by the fraction not heard, factor 0.97 per track",
    }
    rows = [(code(name), size, meanings[name]) for name, size in blocks.items()]
    return table(("block", "numbers", "meaning"), rows)

"""Commands that list what there is: environments and agents."""

from __future__ import annotations

from typing import Literal

from tyro.conf import Positional


def envs(action: Positional[Literal["list", "show"]] = "list", id: Positional[str | None] = None) -> None:
    """List the environments, or show one with its settings and sources.

    Example: segue envs show segue/Playlist-v0

    Args:
        action: `list` all of them, or `show` one.
        id: With `show`: which one.
    """
    from segue.envs import environments
    from segue.experiments.commands.show import print_table
    from segue.features.errors import UserError

    if action == "list":
        print_table(("environment", "description"), [(e.id, e.description) for e in environments().values()])
        return
    if id is None:
        raise UserError("Say which environment to show: segue envs show segue/Playlist-v0.")
    _show_environment(id)


def _show_environment(env_id: str) -> None:
    """Prints an environment's settings, spaces and the listener behind it."""
    import yaml
    from segue.envs import environment, load_preset
    from segue.experiments.plan import try_environment

    info = environment(env_id)
    env = try_environment(info.id, {})
    print(f"{info.id}: {info.description}\n")
    print("settings:")
    print("\n".join(f"  {line}" for line in yaml.safe_dump(info.settings, sort_keys=False).splitlines()))
    print("observation:")
    for name, space in env.single_observation_space.items():
        print(f"  {name}: {space.shape}")
    print(f"action: {env.single_action_space}")
    preset = load_preset(info.settings.get("listener", "full"))
    print(f"listener: {preset.description or preset.name}")
    print(f"  terms: {', '.join(preset.listener.get('terms', {}))}")
    for source in preset.sources:
        print(f"  source: {source}")


def agents() -> None:
    """List the agents.

    Example: segue agents
    """
    from segue.agents import agent_info, agent_names
    from segue.experiments.commands.show import print_table

    rows = []
    for info in map(agent_info, agent_names()):
        kind = "learned" if info.learned else "oracle" if info.sees_listener else "rule"
        rows.append((info.name, kind, info.description))
    print_table(("agent", "kind", "description"), rows)

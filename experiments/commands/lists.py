"""Commands that list environments, agents and built-in studies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import Positional, arg

if TYPE_CHECKING:
    from segue.envs.listener.preset import Preset


def envs(
    action: Positional[Literal["list", "show"]] = "list",
    id: Positional[Annotated[str | None, arg(metavar="[ID]", help_behavior_hint="(optional)")]] = None,
) -> None:
    """List the environments, or show one with its settings, spaces, listener and sources.

    Example: segue envs show segue/Playlist-v0

    Args:
        action: `list` all environments, or `show` one.
        id: With `show`: the environment, or a YAML file that defines one.
    """
    from segue.envs import environments
    from segue.experiments.console import print_table
    from segue.features.errors import UserError

    if action == "list":
        print_table(("environment", "description"), [(e.id, e.description) for e in environments().values()])
        return
    if id is None:
        raise UserError("No environment given; name one, such as `segue envs show segue/Playlist-v0`.")
    _show_environment(id)


def _show_environment(env_id: str) -> None:
    """Prints the settings, spaces and listener of an environment."""
    import yaml

    from segue.envs import load_preset
    from segue.experiments.study.registered import find_environment
    from segue.experiments.study.resolve import probe_environment

    info = find_environment(env_id)
    env = probe_environment(info.id, {})
    print(f"{info.id}: {info.description}\n")
    print("settings:")
    print("\n".join(f"  {line}" for line in yaml.safe_dump(info.settings, sort_keys=False).splitlines()))
    print("observation:")
    for name, space in env.single_observation_space.items():
        print(f"  {name}: {space.shape}")
    print(f"action: {env.single_action_space}")
    _show_listener(load_preset(info.settings.get("listener", "full")))


def _show_listener(preset: Preset) -> None:
    """Prints the terms of a listener with their weights and sources, and how much order matters to it."""
    from segue.envs.listener.listener import Listener

    print(f"listener: {preset.description or preset.name}")
    print(f"  reward: {preset.reward}")
    for name, term in Listener.from_config(preset.listener).terms.items():
        settings = preset.listener["terms"][name] or {}
        others = ", ".join(f"{key}={value}" for key, value in settings.items() if key != "weight")
        print(f"  {term.weight:g} × {name}{f' ({others})' if others else ''}: {term.source}")
    for source in preset.sources:
        print(f"  source: {source}")
    if preset.order:
        print(f"  order: {preset.order}")


def agents() -> None:
    """List the agents with their roles.

    Example: segue agents
    """
    from segue.agents import agent_info, agent_names
    from segue.experiments.console import print_table

    infos = map(agent_info, agent_names())
    rows = [(info.name, info.role, info.description) for info in infos]
    print_table(("agent", "role", "description"), rows)


def models() -> None:
    """List the trained models that come with segue, with the score to expect.

    Example: segue models
    """
    from segue.agents.models import model_card, model_names, model_size
    from segue.experiments.console import print_table
    from segue.experiments.formatting import format_interval, number

    cards = [model_card(name) for name in model_names()]
    rows = [
        (
            card.name,
            card.environment,
            card.agent,
            f"{card.steps:,}",
            f"{number(card.score)} {format_interval(*card.score_interval)}",
            number(card.mean_return),
            f"{model_size(card.name) / 1000:,.0f} kB",
        )
        for card in cards
    ]
    head = ("model", "environment", "agent", "steps", "score", "return", "size")
    print_table(head, rows, numbers=("steps", "return", "size"))
    for lower, upper in sorted({(card.lower, card.upper) for card in cards}):
        print(
            f"Score, with 95 % interval: 0 is {lower}, 1 is {upper}; on tracks and listeners not trained on."
        )


def configs(
    action: Positional[Literal["list", "show"]] = "list",
    name: Positional[Annotated[str | None, arg(metavar="[NAME]", help_behavior_hint="(optional)")]] = None,
) -> None:
    """List the built-in studies, which `segue compare NAME --out DIR` runs, or show the file of one.

    Example: segue configs show demo

    Args:
        action: `list` all built-in studies, or `show` one.
        name: With `show`: the study.
    """
    from segue.experiments.console import print_table
    from segue.experiments.study.built_in import built_in_studies
    from segue.experiments.study.loader import load_study
    from segue.features.errors import UserError, unknown_name

    if action == "show":
        if name is None:
            raise UserError("No study given; name one, such as `segue configs show demo`.")
        if name not in built_in_studies():
            raise unknown_name("study", name, built_in_studies())
        print(built_in_studies()[name].read_text(encoding="utf-8"), end="")
        return
    studies = {name: load_study(file).config for name, file in built_in_studies().items()}
    print_table(("study", "question"), [(name, study.description) for name, study in studies.items()])

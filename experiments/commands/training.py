"""The command that trains a single agent."""

from __future__ import annotations

from pathlib import Path

from segue.experiments.commands.options import AgentName, EnvironmentId, OptionalText, Pairs, parse_settings


def train(
    *,
    env: EnvironmentId,
    agent: AgentName,
    out: Path,
    steps: int = 100_000,
    seed: int = 0,
    episodes: int = 200,
    domain_randomization: OptionalText = None,
    set: Pairs = (),
    agent_set: Pairs = (),
) -> None:
    """Train an agent and evaluate it beside random play and the oracle, on the same sessions.

    Writes the model, its learning curve and all sessions; `segue report` draws figures from the folder. The
    listeners of the evaluation are new, but its tracks are those of the training; `segue compare` tests on
    unseen tracks.

    Example: segue train --env segue/Playlist-v0 --agent maskable-ppo --out runs/ppo --set pool_size=30

    Args:
        env: A registered environment, see `segue envs`; module:ID imports a module that registers it first.
            A YAML file defines one too.
        agent: A learned agent; see `segue agents`.
        out: The folder to write; finished runs in it are kept.
        steps: Training steps, summed over parallel sessions.
        seed: Seed of the training.
        episodes: Evaluation sessions.
        domain_randomization: A catalogue with whose tracks half of the training sessions are played, such as
            synthetic:10000, which imitates those of the environment.
        set: A setting of the environment by its dotted path, such as listener.terms.taste.weight=2; may be
            repeated.
        agent_set: A setting of the agent; may be repeated.
    """
    from rich.console import Console

    from segue.experiments.console import print_table
    from segue.experiments.formatting import number
    from segue.experiments.single_agent import SingleTraining, train_beside_references
    from segue.experiments.study.registered import find_environment
    from segue.features.errors import UserError

    if steps < 1 or episodes < 2 or seed < 0:
        raise UserError("--steps must be at least 1, --episodes at least 2, and --seed at least 0.")
    settings = parse_settings(set, find_environment(env).settings.get("listener", "full"))
    agent_settings = parse_settings(agent_set)
    if domain_randomization is not None:
        agent_settings = {"domain_randomization": domain_randomization, **agent_settings}
    training = SingleTraining(env, agent, steps, seed, episodes, settings, agent_settings)
    returns = train_beside_references(training, out, Console(stderr=True))
    rows = [(str(row["agent"]), number(row["return_mean"])) for row in returns.to_dict("records")]
    print(f"Mean return of the same {episodes:,} sessions:")
    print_table(("agent", "return"), rows, numbers=("return",))
    print(f"Model, curve and sessions: {out}")
    print(f"For tables, figures and a page: segue report {out}")

"""The command that records datasets for learning and evaluation from logs."""

from __future__ import annotations

from pathlib import Path

from segue.experiments.commands.options import AgentName, EnvironmentId, Pairs, parse_settings


def record(
    *,
    env: EnvironmentId,
    agent: AgentName,
    out: Path,
    episodes: int = 1000,
    epsilon: float = 0.1,
    seed: int = 0,
    sample: bool = False,
    flat: bool = False,
    set: Pairs = (),
    agent_set: Pairs = (),
) -> None:
    """Record sessions with the probability of every action, as a Minari dataset and as a table of plays.

    Example: segue record --env segue/Playlist-v0 --agent smooth --out logs/smooth-v0

    Args:
        env: A registered environment, see `segue envs`; module:ID imports a module that registers it first.
            A YAML file defines one too.
        agent: An agent that needs no training, see `segue agents`; a trained one, see `segue models`; or the
            file of a saved one.
        out: The folder to write. By a name that ends in a version, such as smooth-v0, Minari finds it.
        episodes: Sessions to record.
        epsilon: Probability of playing any available candidate instead of the agent's choice, all equally
            likely.
        seed: Seed of sessions and exploration.
        sample: Let the agent draw from its own probabilities instead of choosing what it thinks best.
        flat: Write observations as arrays, for libraries that do not know dictionaries.
        set: A setting of the environment by its dotted path, such as listener.terms.taste.weight=2; may be
            repeated.
        agent_set: A setting of the agent; may be repeated.
    """
    from tqdm import tqdm

    from segue.experiments.recording.dataset import PLAYS, Recording, is_recorded
    from segue.experiments.recording.dataset import record as write
    from segue.experiments.study.registered import find_environment

    known = find_environment(env)
    settings = parse_settings(set, known.settings.get("listener", "full"))
    recording = Recording(
        known.id, agent, episodes, epsilon, seed, sample, flat, settings, parse_settings(agent_set)
    )
    if is_recorded(recording, out):
        print(f"Already recorded: {out}")
        return
    with tqdm(total=episodes, unit="session", disable=None) as bar:

        def show(over: int) -> None:
            bar.update(over - bar.n)

        write(recording, out, on_progress=show)
    print(f"Dataset of {episodes:,} sessions: {out}, which minari.MinariDataset({str(out / 'data')!r}) opens")
    print(f"Its plays as a table: {out / PLAYS}")

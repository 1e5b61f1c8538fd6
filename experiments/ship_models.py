"""Ships the best agents of a finished study with segue: their models and cards in `agents/models`.

usage: python experiments/ship_models.py runs/standard

For each environment the learned agent with the best score in the study's validation is taken. Of its
trainings, the one that scores best in validation is shipped: sessions with the tracks and listeners of
training that are neither those of training nor those of the test. Scores and not returns are compared, since
every training has a split of the artists of its own. The test sessions choose nothing among the trainings, so
that the card's score, which is measured on them, is one that other listeners can be expected to confirm. A
model that was shipped for the same environment before is replaced.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from segue.agents import load_agent
from segue.agents.models import LARGEST, ModelCard
from segue.experiments.analysis.agent_roles import chosen, learners
from segue.experiments.analysis.bootstrap import mean_interval
from segue.experiments.analysis.statistics.runs import runs_by_environment
from segue.experiments.console import errors_in_one_sentence
from segue.experiments.runs.evaluate import evaluate
from segue.experiments.runs.folder import CONFIG, TRAINING, read_record
from segue.experiments.runs.spec import ModelSpec, RunSpec, slug
from segue.experiments.storage.atomic import read_json
from segue.experiments.storage.checksums import require_intact
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.file_format.protocol import FIRST_EPISODE_SEED
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.loader import load_study
from segue.experiments.study.resolve import complete_environment
from segue.experiments.study.results import Results
from segue.features.errors import UserError
from segue.features.source_tree import source_folder
from segue.features.yaml_reader import dump_yaml

VALIDATION_SESSIONS = 300
VALIDATION_SEEDS = range(FIRST_EPISODE_SEED + 2**31, FIRST_EPISODE_SEED + 2**31 + VALIDATION_SESSIONS)
"""Seeds above those of training and test sessions in studies with run seeds below 2,048."""
ANCHORS = ("random", "greedy-oracle")
"""Agents that score 0 and 1 in validation."""


def ship_models(folder: Path, models: Path) -> list[ModelCard]:
    """Writes the best model of each environment of a study, and its card.

    Args:
        folder: The folder of a finished study.
        models: The folder of the shipped models.

    Returns:
        The cards.

    Raises:
        UserError: The study is not finished, has no agent that learned in it, or a model is too large.
    """
    study = StudyFolder(folder)
    study.refuse_old_version()
    config, results = load_study(study.study).config, Results.load(study.results)
    cards = [_ship(study, config, results, each.label, models) for each in config.environments]
    return [card for card in cards if card is not None]


def _ship(
    study: StudyFolder, config: StudyConfig, results: Results, environment: str, models: Path
) -> ModelCard | None:
    """Ships the best model of one environment; None if no agent has learned in it."""
    runs = results.runs[results.runs["environment"] == environment]
    # An agent that was read from a file has no training here, and one from elsewhere has another card.
    runs = runs[(runs["model"] != "") & (runs["trained_on"] == environment)]
    agents = chosen(
        results, [agent for agent in learners(results) if agent in set(runs["agent"])], environment
    )
    if not agents:
        return None
    runs = runs[runs["agent"] == agents[0]]
    scores = {name: validation_score(study.runs / name) for name in runs["folder"]}
    taken = runs[runs["folder"] == max(scores, key=lambda name: scores[name])].iloc[0]
    best = f"the best of {len(agents)} learned agents" if len(agents) > 1 else "the only learned agent"
    reason = (
        f"{best} in the study's validation; of its {len(runs)} trainings the "
        f"one with the highest score ({max(scores.values()):.2f}, where {ANCHORS[0]} scores 0 and "
        f"{ANCHORS[1]} 1) in {VALIDATION_SESSIONS} other sessions of the part that it was trained on"
    )
    return _write(study.runs / str(taken["folder"]), config, results, reason, models)


def validation_score(run: Path) -> float:
    """Returns the normalised score of the model of a run in the sessions of validation."""
    spec = _model_of(_spec(run))

    def mean_return(agent: Any) -> float:
        sessions, _ = evaluate(agent, spec.environment, spec.environment_settings, VALIDATION_SEEDS)
        return float(sessions["return"].mean())

    lower, upper = (mean_return(name) for name in ANCHORS)
    return (mean_return(lambda env: load_agent(run / "model", env)) - lower) / (upper - lower)


def _spec(run: Path) -> RunSpec:
    require_intact(run, CONFIG)
    return RunSpec.from_dict(read_record(run)["spec"])


def _model_of(spec: RunSpec) -> ModelSpec:
    if spec.model is None:
        raise UserError(f"{spec.title} has no model.")
    return spec.model


def _write(run: Path, config: StudyConfig, results: Results, reason: str, models: Path) -> ModelCard:
    """Copies the model of a run, replaces those of its environment, and writes its card."""
    spec = _spec(run)
    name = f"{slug(spec.environment_label)}-{slug(spec.agent_label)}"
    content = (run / "model").read_bytes()
    if len(content) > LARGEST:
        raise UserError(
            f"The model of {spec.title} has {len(content):,} bytes, but a shipped one has at most "
            f"{LARGEST:,}; train a smaller network."
        )
    for earlier in models.glob(f"{slug(spec.environment_label)}-*"):
        earlier.unlink()
    shutil.copyfile(run / "model", models / f"{name}.zip")
    card = _card(name, run, config, results, reason, hashlib.sha256(content).hexdigest())
    (models / f"{name}.yaml").write_text(dump_yaml(_plain(asdict(card))), "utf-8")
    return card


def _card(
    name: str, run: Path, config: StudyConfig, results: Results, reason: str, checksum: str
) -> ModelCard:
    """Measures what a model does in the test sessions of its study."""
    spec, trained = _spec(run), read_json(run / TRAINING)
    model, anchors = _model_of(spec), (config.evaluation.lower, config.evaluation.upper)
    episodes: pd.DataFrame = results.episodes
    label = spec.environment_label
    # The card is about one run, so that only other listeners could have been met.
    own = episodes[(episodes["environment"] == label) & (episodes["seed"] == spec.seed)]
    agents = runs_by_environment(own)[label]
    returns, lower, upper = (agents[name] for name in (spec.agent_label, *anchors))
    mean = mean_interval(returns.values[0])
    score = mean_interval(returns.scores(lower, upper).values[0])
    return ModelCard(
        name=name,
        environment=spec.environment,
        agent=spec.agent,
        version=trained["versions"]["segue"],
        revision=trained["revision"] or "",
        seed=spec.seed,
        steps=model.steps,
        agent_settings=model.agent_settings,
        training_settings=_changed(model.environment, model.environment_settings),
        test_settings=_changed(spec.environment, spec.environment_settings),
        catalog=str(spec.environment_settings["catalog"]),
        first_session=spec.first_episode,
        sessions=spec.episodes,
        mean_return=_rounded(mean.estimate),
        return_interval=(_rounded(mean.low), _rounded(mean.high)),
        score=_rounded(score.estimate),
        score_interval=(_rounded(score.low), _rounded(score.high)),
        lower=anchors[0],
        lower_return=_rounded(lower.means[0]),
        upper=anchors[1],
        upper_return=_rounded(upper.means[0]),
        chosen=reason,
        sha256=checksum,
    )


def _changed(env_id: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Returns the settings that are not those of the registered environment."""
    usual = complete_environment(env_id, {})
    return {name: value for name, value in settings.items() if usual.get(name) != value}


def _rounded(value: float) -> float:
    """Returns a measured number as a card writes it."""
    return round(float(value), 4)


def _plain(value: Any) -> Any:
    """Returns a value as a card writes it, with lists for tuples."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def main() -> None:
    """Ships the models of one study."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="output of `segue compare`")
    folder = parser.parse_args().folder
    models = source_folder(__file__).parent / "agents" / "models"
    for card in ship_models(folder, models):
        print(f"{card.name}: score {card.score:.2f}, {card.chosen}")


if __name__ == "__main__":
    with errors_in_one_sentence("ship_models"):
        main()

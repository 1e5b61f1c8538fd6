"""Shipping the best models of a study: which one is taken, and what its card says."""

import pytest

import segue.agents.models as shipped
from segue.agents import load_agent
from segue.agents.models import model_card
from segue.experiments import ship_models as script
from segue.experiments.runs.evaluate import evaluate
from segue.experiments.ship_models import VALIDATION_SEEDS, ship_models, validation_score
from segue.experiments.study.file_format.protocol import EvaluationConfig
from segue.experiments.study.results import Results
from segue.features.errors import UserError


@pytest.fixture
def models(tmp_path, monkeypatch):
    """An empty folder of models, which segue uses instead of its own."""
    monkeypatch.setattr(shipped, "_folder", lambda: tmp_path)
    return tmp_path


def test_the_card_says_what_the_shipped_model_does_in_the_test(finished, models):
    (card,) = ship_models(finished, models)
    assert model_card(card.name) == card
    assert (card.name, card.agent, card.steps) == ("short-maskable-ppo", "maskable-ppo", 512)
    settings = {"catalog": "synthetic:150", "length": 6, "pool_size": 10}
    assert card.training_settings == card.test_settings == settings
    assert card.agent_settings["n_steps"] == 16
    sessions, _ = evaluate(card.name, card.environment, card.test_settings, card.test_seeds)
    assert sessions["return"].mean() == pytest.approx(card.mean_return, abs=1e-4)
    episodes = Results.load(finished).episodes
    # Another run has other sessions.
    returns = episodes[episodes["seed"] == card.seed].groupby("agent")["return"].mean()
    assert (card.lower_return, card.upper_return) == pytest.approx(
        (returns["random"], returns["greedy-oracle"]), abs=1e-4
    )
    expected = (card.mean_return - card.lower_return) / (card.upper_return - card.lower_return)
    assert card.score == pytest.approx(expected, abs=1e-3)


def test_the_training_that_scores_best_in_validation_is_taken(finished, models):
    (card,) = ship_models(finished, models)
    means = {}
    for folder in finished.glob("models/*"):
        sessions, _ = evaluate(
            lambda env, folder=folder: load_agent(folder / "model", env),
            card.environment,
            card.training_settings,
            VALIDATION_SEEDS,
        )
        means[folder] = sessions["return"].mean()
    assert len(set(means.values())) == 2
    best = max(means, key=means.get)
    assert (best / "model").read_bytes() == (models / f"{card.name}.zip").read_bytes()
    assert f"--seed{card.seed}--" in best.name
    lower, upper = (
        evaluate(name, card.environment, card.training_settings, VALIDATION_SEEDS)[0]["return"].mean()
        for name in ("random", "greedy-oracle")
    )
    (run,) = finished.glob(f"runs/short--maskable-ppo--seed{card.seed}--*")
    assert validation_score(run) == pytest.approx((means[best] - lower) / (upper - lower))


def test_validation_meets_no_session_of_a_study():
    largest = EvaluationConfig(first_seed=2**31 - 1, episodes=2).seeds()[0]
    assert largest < VALIDATION_SEEDS[0]


def test_only_models_of_the_same_environment_are_replaced(finished, models):
    for name in ("short-dqn.zip", "short-dqn.yaml", "other-dqn.zip"):
        (models / name).touch()
    ship_models(finished, models)
    names = {path.name for path in models.iterdir()}
    assert names == {"short-maskable-ppo.zip", "short-maskable-ppo.yaml", "other-dqn.zip"}


def test_large_models_are_refused(finished, models, monkeypatch):
    monkeypatch.setattr(script, "LARGEST", 1000)
    with pytest.raises(UserError, match="at most 1,000; train a smaller network"):
        ship_models(finished, models)
    assert not list(models.iterdir())

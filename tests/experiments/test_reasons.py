"""Why an agent chose a track: asked of it in a replay of what it played."""

import numpy as np
import pytest

from segue.experiments.reporting.reasons import SHOWN, explained
from segue.experiments.study.results import Results

SEEDS = [2**32, 2**32 + 7]


@pytest.fixture(scope="module")
def results(finished) -> Results:
    return Results.load(finished / "results")


def test_the_best_candidate_is_what_was_played_and_the_next_best_follow(finished, results):
    agents = ["random", "smooth", "maskable-ppo", "greedy-oracle"]
    found, catalog = explained(results, finished / "runs", "short", agents, SEEDS)
    assert {agent for _, agent in found} == {"smooth", "maskable-ppo", "greedy-oracle"}
    plays = results.plays[results.plays["agent"] == "smooth"]
    for seed in SEEDS:
        reasons = found[seed, "smooth"]
        played = plays[plays["episode"] == seed].sort_values("position")["index"].tolist()
        assert [best[0][0] for best in reasons] == played
        for best in reasons:
            scores = [score for _, score in best]
            assert scores == sorted(scores, reverse=True)
            assert len({track for track, _ in best}) == len(best) <= SHOWN
            assert all(track in catalog.index for track, _ in best)


def test_an_agent_that_would_now_choose_otherwise_gives_no_reasons(finished, results):
    changed = results.plays.assign(index=np.roll(results.plays["index"], 1))
    other = Results(**{**vars(results), "plays": changed})
    found, _ = explained(other, finished / "runs", "short", ["smooth"], SEEDS)
    assert found == {}

"""The data of the session explorer."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from segue.experiments.reporting.sessions import QUANTILES, chosen_sessions, sessions_json
from segue.experiments.runs.explanations import EXPLAINED_SESSIONS


def test_sessions_are_quantiles_of_the_explained_ones_and_the_typical_one_is_first(
    make_results, make_study, listeners
):
    chosen = chosen_sessions(make_results(), make_study(), "one")
    assert [label for _, label in chosen] == [f"{word} for ppo" for word in QUANTILES.values()]
    order = np.argsort(listeners[:EXPLAINED_SESSIONS], kind="stable")
    places = [int(quantile * (EXPLAINED_SESSIONS - 1)) for quantile in QUANTILES]
    # All runs have the same mean: the fifth of ten is shown.
    assert [episode for episode, _ in chosen] == [2**32 + 4 * 2**20 + order[place] for place in places]


def test_sessions_hold_every_play_in_order_and_cannot_end_the_script(make_results, make_study, listeners):
    text = sessions_json(make_results(), make_study())
    assert "<" not in text
    content = json.loads(text)
    assert content["first"] == ["ppo", "baseline"]
    here = content["environments"][0]
    assert here["terms"] == ["taste", "energy_arc"]
    assert here["tracks"] == {
        "0": ["A <b>song</b>", "", 120.0, "8B", 0.5],
        "1": ["t1", "x", None, None, None],
    }
    seed = here["sessions"][0]["seed"]
    plays = here["plays"][str(seed)]["ppo"]
    assert [play[0] for play in plays] == [0, 1]
    assert plays[1][1:] == [
        0.5,
        1,
        0,
        pytest.approx(3 + listeners[seed - 2**32 - 4 * 2**20], abs=1e-3),
        [0.25, 0.25],
    ]


def test_explanations_stand_by_play_and_their_tracks_are_described(make_results, make_study):
    results = make_results()
    seed = chosen_sessions(results, make_study(), "one")[0][0]
    about = {"environment": "one", "agent": "ppo", "seed": 4, "episode": seed}
    rows = [
        {**about, "position": 1, "rank": 0, "index": 7, "score": 0.91239},
        {**about, "position": 1, "rank": 3, "index": 1, "score": -0.5},
    ]
    other = results.tracks.iloc[:1].assign(index=7, title="Another one", environment="one")
    results = dataclasses.replace(
        results, explanations=pd.DataFrame(rows), tracks=pd.concat([results.tracks, other])
    )
    here, there = json.loads(sessions_json(results, make_study()))["environments"]
    assert here["explanations"] == {str(seed): {"ppo": [[], [[7, 0.912, 0], [1, -0.5, 3]]]}}
    assert here["tracks"]["7"][0] == "Another one"
    assert there["explanations"] == {}


def test_an_agent_that_missed_an_environment_has_no_plays_there(make_results, make_study):
    leads = {
        "one": {"random": 0, "baseline": 1, "ppo": 3, "seer": 6},
        "two": {"random": 0, "baseline": 2, "seer": 5},
    }
    environments = json.loads(sessions_json(make_results(leads), make_study()))["environments"]
    assert ["ppo" in next(iter(each["plays"].values())) for each in environments] == [True, False]

"""The data of the session explorer."""

import base64
import dataclasses
import json
import zlib

import numpy as np
import pandas as pd
import pytest

from segue.experiments.reporting import sessions
from segue.experiments.reporting.sessions import QUANTILES, named_sessions, sessions_json, shown_sessions

SHOWN = 2**32 + 4 * 2**20
"""Seed of the first session of the run that is shown, the fifth of ten, as all have the same mean."""


def content(results, study) -> dict:
    text = sessions_json(results, study)
    assert "<" not in text  # which could end the script
    return json.loads(text)


def unpacked(environment: dict, agent: str) -> dict[str, np.ndarray]:
    """What the explorer makes of the plays of an agent."""
    raw = zlib.decompress(base64.b64decode(environment["plays"][agent]))
    lengths = np.frombuffer(raw, "<u4", len(environment["sessions"]))
    count, at = lengths.sum(), lengths.nbytes
    found = {"lengths": lengths, "tracks": np.frombuffer(raw, "<u4", count, at)}
    at += 4 * count
    for name, scale in zip(("reward", *environment["terms"]), environment["scales"], strict=True):
        found[name] = np.frombuffer(raw, "<i2", count, at) * scale
        at += 2 * count
    found["listened"] = np.frombuffer(raw, "u1", count, at) / 200
    found["flags"] = np.frombuffer(raw, "u1", count, at + count)
    assert at + 2 * count == len(raw)
    return found


def test_named_sessions_are_quantiles_and_the_typical_one_is_first(make_results, make_study, listeners):
    seeds = [SHOWN + k for k in range(len(listeners))]
    named = named_sessions(make_results(), "one", seeds)
    assert list(named.values()) == [f"{word} for ppo" for word in QUANTILES.values()]
    order = np.argsort(listeners, kind="stable")
    assert list(named) == [SHOWN + order[int(quantile * (len(order) - 1))] for quantile in QUANTILES]


def test_the_explorer_has_every_session_with_every_play_in_order(make_results, make_study, listeners):
    made = content(make_results(), make_study())
    assert made["first"] == ["ppo", "baseline"]
    here = made["environments"][0]
    assert here["sessions"] == [SHOWN + k for k in range(len(listeners))]
    assert here["terms"] == ["taste", "energy_arc"]
    assert here["tracks"] == [["A <b>song</b>", "", 120.0, "8B", 0.5], ["t1", "x", None, None, None]]
    assert here["starts"] == [1] * len(listeners)
    plays = unpacked(here, "ppo")
    assert plays["lengths"].tolist() == [2] * len(listeners)
    assert plays["tracks"].tolist() == [0, 1] * len(listeners)
    assert plays["flags"].tolist() == [0, 1] * len(listeners)
    assert set(plays["listened"]) == {0.5}
    assert plays["reward"] == pytest.approx(np.repeat(3 + listeners, 2), abs=2e-4)
    assert plays["taste"] == pytest.approx(0.25, abs=1e-5)


def test_terms_that_are_always_zero_are_left_out(make_results, make_study):
    results = make_results()
    results = dataclasses.replace(results, plays=results.plays.assign(utility_taste=0.0))
    assert content(results, make_study())["environments"][0]["terms"] == ["energy_arc"]


def test_explanations_stand_by_play_and_their_tracks_are_described(make_results, make_study):
    results = make_results()
    about = {"environment": "one", "agent": "ppo", "seed": 4, "episode": SHOWN}
    rows = [
        {**about, "position": 1, "rank": 0, "index": 7, "score": 0.91239},
        {**about, "position": 1, "rank": 3, "index": 1, "score": -0.5},
    ]
    other = results.tracks.iloc[:1].assign(index=7, title="Another one", environment="one")
    results = dataclasses.replace(
        results, explanations=pd.DataFrame(rows), tracks=pd.concat([results.tracks, other])
    )
    here, there = content(results, make_study())["environments"]
    assert here["explanations"] == {str(SHOWN): {"ppo": [[], [[2, 0], [1, 3]]]}}
    assert here["tracks"][2][0] == "Another one"
    assert there["explanations"] == {}


def test_an_agent_that_missed_an_environment_has_no_plays_there(make_results, make_study):
    leads = {
        "one": {"random": 0, "baseline": 1, "ppo": 3, "seer": 6},
        "two": {"random": 0, "baseline": 2, "seer": 5},
    }
    environments = content(make_results(leads), make_study())["environments"]
    assert ["ppo" in each["plays"] for each in environments] == [True, False]


def test_a_very_large_study_shows_its_first_sessions(make_results, make_study, listeners, monkeypatch):
    # 2 environments, 4 agents and 2 plays a session make 16 plays per session.
    monkeypatch.setattr(sessions, "MOST_PLAYS", 16 * 5)
    results, study = make_results(), make_study()
    assert shown_sessions(results, study) == 5
    here = content(results, study)["environments"][0]
    assert here["sessions"] == [SHOWN + k for k in range(5)]
    assert unpacked(here, "seer")["lengths"].tolist() == [2] * 5

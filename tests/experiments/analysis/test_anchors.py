"""Anchors that do not differ clearly are refused, before anything is trained."""

import pandas as pd
import pytest

from segue.experiments.analysis.gather import require_anchors_apart
from segue.experiments.cli import main
from segue.features.errors import UserError


@pytest.mark.parametrize(
    ("upper", "refused"),
    [
        ([[4, 6, 5, 5], [4, 6, 5, 5]], False),
        ([[1, 1, 1, 1], [1, 1, 1, 1]], True),
        ([[0, 0, 0, 0], [0, 0, 0, 0]], True),
        ([[9, 9, 9, 9], [0, 1, 1, 0]], True),  # higher on the whole, but not in the second run
    ],
)
def test_anchors_must_be_clearly_apart_in_every_run(sessions, upper, refused):
    episodes = pd.concat([sessions("e", "random", [[0, 2, 1, 1]] * 2), sessions("e", "top", upper)])
    if not refused:
        require_anchors_apart(episodes, "random", "top")
        return
    with pytest.raises(UserError, match="'top' cannot be the score 1 with 'random' as 0: on e it earns"):
        require_anchors_apart(episodes, "random", "top")


def test_a_study_is_refused_before_it_trains(tmp_path, capsys):
    study = tmp_path / "study.yaml"
    study.write_text(
        'name: n\nenvironments: [{id: segue/Playlist-v0, settings: {catalog: "synthetic:60", pool_size: 6, '
        "length: 4}}]\nagents: [{name: greedy-oracle}, {name: dqn}, {name: random}]\n"
        "training: {seeds: 2, steps: 100000, validation_sessions: 0}\n"
        "evaluation: {episodes: 20, order_sessions: 0, lower: greedy-oracle, upper: random}\n"
    )
    with pytest.raises(SystemExit) as stopped:
        main(["compare", str(study), "--out", str(tmp_path / "out"), "--jobs", "1"])
    assert stopped.value.code == 2
    assert "'random' cannot be the score 1 with 'greedy-oracle' as 0" in " ".join(
        capsys.readouterr().err.split()
    )
    assert not list((tmp_path / "out").glob("models/*"))

"""Groups of listeners, and for whom an agent is worse than the lower anchor."""

import numpy as np
import pandas as pd
import pytest

from segue.experiments.analysis.listener_groups import SPLITS, group_table, grouped_listeners
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.listener_table import read_listener_table, with_listener_table
from segue.features.errors import UserError


def test_quarters_follow_the_values():
    traits = pd.DataFrame({"episode": range(9), "ease": [5.0, 1, 9, 3, 3, 3, 7, 8, 2]})
    table = grouped_listeners("here", traits)
    assert set(table["environment"]) == {"here"}
    hardest, hard, easy, easiest = SPLITS["ease"]
    groups = table.groupby("ease_group")["ease"].agg(sorted)
    # Ties are split in the order of the sessions, so that the quarters have equal sizes.
    assert groups[hardest] == [1, 2, 3]
    assert groups[hard] == [3, 3]
    assert groups[easy] == [5, 7]
    assert groups[easiest] == [8, 9]
    assert "choosiness_group" not in table


def test_groups_show_for_whom_an_agent_is_worse(sessions):
    hard, easy = SPLITS["ease"][0], SPLITS["ease"][3]
    episodes = pd.concat(
        [
            sessions("e", "random", [[1, 2, 3, 4]] * 2),
            sessions("e", "mine", [[0, 0.5, 5, 6], [0, 1, 7, 9]]),
        ]
    )
    listeners = pd.DataFrame(
        {
            "environment": "e",
            "episode": [103, 102, 101, 100],
            "ease": [4.0, 3, 2, 1],
            "ease_group": [easy, easy, hard, hard],
        }
    )
    table = group_table(episodes, listeners, "random").set_index("group")
    assert set(table["agent"]) == {"mine"}
    # On episodes 100 and 101: means 0.25 and 0.5 against 1.5.
    assert table.loc[hard, "difference"] == pytest.approx(0.375 - 1.5)
    assert table.loc[hard, "low"] < -1.125 < table.loc[hard, "high"]
    assert table.loc[easy, "difference"] == pytest.approx(6.75 - 3.5)
    assert not table.loc[easy, "worse"]
    assert table.loc[easy, "sessions"] == 4  # two listeners in each of two runs


def test_an_agent_is_worse_if_the_interval_says_so_for_all_groups_together(sessions):
    rng = np.random.default_rng(0)
    gifts = rng.normal(size=(10, 8))
    lost = np.where(np.arange(8) < 4, 1.0, 0.0) + 0.2 * rng.normal(size=(10, 8))
    episodes = pd.concat([sessions("e", "random", gifts), sessions("e", "mine", gifts - lost)])
    groups = ["hard"] * 4 + ["easy"] * 4
    listeners = pd.DataFrame(
        {"environment": "e", "episode": range(100, 108), "ease": groups, "ease_group": groups}
    )
    listeners["ease_group"] = listeners["ease"].map({"hard": SPLITS["ease"][0], "easy": SPLITS["ease"][3]})
    table = group_table(episodes, listeners, "random").set_index("group")
    assert table["worse"].to_dict() == {SPLITS["ease"][0]: True, SPLITS["ease"][3]: False}


def test_any_column_groups_listeners(sessions):
    episodes = pd.concat(
        [
            sessions("e", "random", [[1, 2, 3, 4]] * 2),
            sessions("e", "mine", [[0, 0.5, 5, 6], [0, 1, 7, 9]]),
        ]
    )
    traits = pd.DataFrame(
        {
            "episode": [100, 101, 102, 103],
            "country": ["NL", "DE", "NL", None],
            "premium": [True, True, False, False],
            "age": [20, 30, 40, 50],
        }
    )
    listeners = grouped_listeners("e", traits)
    assert listeners["country_group"].tolist()[:3] == ["country: NL", "country: DE", "country: NL"]
    assert pd.isna(listeners["country_group"][3])
    table = group_table(episodes, listeners, "random").set_index("group")
    # Sessions 100 and 102: means 0 and 6 against 1 and 3.
    assert table.loc["country: NL", "difference"] == pytest.approx(3 - 2)
    assert table.loc["country: DE", "sessions"] == 2
    assert table.loc["premium: True", "difference"] == pytest.approx(0.375 - 1.5)
    assert set(table["split"]) == {"country", "premium", "age"}


def test_numbers_with_many_values_are_split_into_quarters():
    traits = pd.DataFrame({"episode": range(13), "age": [*range(20, 32), float("nan")]})
    groups = grouped_listeners("e", traits).groupby("age_group")["age"].agg(list)
    assert groups["lowest quarter of age"] == [20, 21, 22]
    assert groups["highest quarter of age"] == [29, 30, 31]
    assert groups.map(len).sum() == 12


def table_of(tmp_path, frame, name="listeners.csv"):
    frame.to_csv(tmp_path / name, index=False)
    evaluation = {"episodes": 3, "listeners": str(tmp_path / name)}
    agents = [{"name": "random"}, {"name": "oracle"}]
    environments = [{"id": "segue/Playlist-v0"}]
    study = {"name": "n", "environments": environments, "agents": agents, "evaluation": evaluation}
    study["training"] = {"seeds": [0]}
    return read_listener_table(StudyConfig.model_validate(study))


def test_a_table_of_listeners_is_joined_by_session(tmp_path):
    frame = pd.DataFrame({"episode": [2**32 + i for i in range(4)], "country": list("abcd"), "ease": 0})
    traits = pd.DataFrame({"episode": [2**32 + 2, 2**32], "ease": [0.1, 0.2]})
    joined = with_listener_table("Playlist", traits, table_of(tmp_path, frame))
    assert joined["country"].tolist() == ["c", "a"]
    assert joined["ease"].tolist() == [0.1, 0.2]
    both = pd.concat([frame.assign(environment="Playlist"), frame.assign(environment="other", country="x")])
    assert with_listener_table("other", traits, table_of(tmp_path, both))["country"].tolist() == ["x", "x"]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"session": [1], "country": ["a"]}, "needs the column `episode`"),
        ({"episode": [2**32]}, "columns to group by"),
        ({"episode": [2**32, 2**32], "country": ["a", "b"]}, "two rows for one session"),
        ({"episode": [0, 1, 2], "country": ["a", "b", "c"]}, "must hold 4294967296 to 4294967298"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(columns, expected, tmp_path):
    with pytest.raises(UserError, match=expected):
        table_of(tmp_path, pd.DataFrame(columns))

"""Groups of listeners, and for whom an agent is worse than the lower anchor."""

import pandas as pd
import pytest

from segue.experiments.analysis.listener_groups import SPLITS, group_table, grouped_listeners


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
        [sessions("e", "random", [[1, 2, 3, 4]]), sessions("e", "mine", [[0, 0.5, 5, 6], [0, 1, 7, 9]])]
    )
    listeners = pd.DataFrame(
        {
            "environment": "e",
            "episode": [103, 102, 101, 100],
            "ease": [4.0, 3, 2, 1],
            "ease_group": [easy, easy, hard, hard],
        }
    )
    table = group_table(episodes, listeners, "random", 300).set_index("group")
    assert set(table["agent"]) == {"mine"}
    # On episodes 100 and 101: means 0.25 and 0.5 against 1.5.
    assert table.loc[hard, "difference"] == pytest.approx(0.375 - 1.5)
    assert table.loc[hard, "worse"]
    assert table.loc[easy, "difference"] == pytest.approx(6.75 - 3.5)
    assert not table.loc[easy, "worse"]
    assert table.loc[easy, "sessions"] == 2

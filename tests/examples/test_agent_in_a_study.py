"""The custom agent takes its place among the baselines of a study."""

import re


def test_the_study_scores_the_custom_agent_beside_the_baselines(run_example, examples, tmp_path):
    study = (examples / "agent_in_a_study" / "study.yaml").read_text("utf-8")
    # Fewer runs, and no figures, which are not looked at.
    study = f"{study}training: {{seeds: 2}}\nfigures: false\n"
    (tmp_path / "study.yaml").write_text(study, "utf-8")
    done = run_example("agent_in_a_study/compare_agents.py", "--study", "study.yaml", "--out", "results")
    *lines, last = done.stdout.splitlines()
    scores = {}
    for line in lines:
        found = re.fullmatch(r"(.+?) +(-?\d+\.\d\d) \[(-?\d+\.\d\d), (-?\d+\.\d\d)\]", line)
        assert found, line
        score, low, high = map(float, found.groups()[1:])
        assert low <= score <= high
        scores[found[1]] = score
    flow = {"flow, smoothness=1", "flow, smoothness=10"}
    assert set(scores) == {"random", "smooth", "content", "greedy-oracle"} | flow
    assert (scores["random"], scores["greedy-oracle"]) == (0.0, 1.0)
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
    # Knowing what is liked must pay, whatever the weight of the transitions.
    assert all(0.0 < scores[name] < 1.0 for name in flow)
    assert last == "Report: results/report.html"
    assert (tmp_path / "results" / "report.html").is_file()

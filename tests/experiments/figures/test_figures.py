"""The figures of a small real study: files, captions and colours."""

import dataclasses
import html
import os
import pickle
import re
import shutil
import subprocess
import sys

import matplotlib as mpl
import pandas as pd
import pytest
from filelock import FileLock

from segue.experiments.cli import main
from segue.experiments.figures import FIGURES, MAPS, draw_figures
from segue.experiments.figures.drawing.style import FAINT, INK, PAPER, WIDE, agent_styles
from segue.experiments.figures.scores import normalised_score
from segue.experiments.reporting.inline import inline_svg
from segue.experiments.study.loader import load_study, parse_study
from segue.experiments.study.results import Results


@pytest.fixture(scope="module")
def drawn(finished):
    """The figures of a small real study, drawn again, once for all workers of pytest-xdist."""
    folder = finished.parent.with_name("drawn")
    known = folder / "figures.pickle"
    with FileLock(folder.with_suffix(".lock")):
        if not known.exists():
            study = load_study(finished / "study.yaml").config
            config = study.model_copy(update={"figure_formats": ["png", "pdf"]})
            results = Results.load(finished / "results")
            catalog_map = pd.read_parquet(finished / "catalog_map.parquet")
            folder.mkdir()
            figures, failed = draw_figures(results, config, catalog_map, folder / "figures")
            assert not failed
            known.write_bytes(pickle.dumps(figures))
    return pickle.loads(known.read_bytes())


LABELS = {"smooth": "_pay $5 or $10", "random": r"r$_{x$ \alpha", "short": "cost $_{ in <b> $"}


@pytest.fixture
def relabelled(finished):
    """The results and the study with labels that look like mathematics, and a map of the catalogue."""
    tables = vars(Results.load(finished / "results"))
    results = Results(**{name: table.replace(LABELS) for name, table in tables.items()})
    text = (finished / "study.yaml").read_text("utf-8")
    for agent in ("smooth", "random"):
        text = text.replace(f"- name: {agent}\n", f"- name: {agent}\n    label: '{LABELS[agent]}'\n")
    text = text.replace("label: short", f"label: '{LABELS['short']}'")
    text = text.replace("episodes: 30\n", f"episodes: 30\n  lower: '{LABELS['random']}'\n")
    config = parse_study(text, finished / "study.yaml").config
    return results, config, pd.read_parquet(finished / "catalog_map.parquet").replace(LABELS)


def test_labels_are_drawn_as_they_are_written(relabelled, tmp_path):
    with mpl.rc_context({"text.usetex": True, "svg.fonttype": "path"}):  # settings of the user
        figures, failed = draw_figures(*relabelled, tmp_path / "figures")
    assert not failed
    texts = {figure.name: html.unescape(figure.svg.read_text("utf-8")) for figure in figures}
    for name in ("normalised_score", "diversity", "profiles", "listener_groups", "skip_rate", "wall_time"):
        assert f">{LABELS['smooth']}<" in texts[name], name
    assert f">over {LABELS['random']}<" in texts["improvement"]
    assert not [name for name, text in texts.items() if "mathdefault" in text]
    page = inline_svg(next(figure for figure in figures if figure.name == "skip_rate"))
    assert f">{LABELS['smooth']}<" in page


def test_text_between_tags_is_not_changed(drawn, tmp_path):
    figure = dataclasses.replace(drawn[0], svg=tmp_path / "one.svg")
    label = f'id="a" href="#b" url(#c) {INK}'
    figure.svg.write_text(f'<svg viewBox="0 0 9 9"><text id="d" fill="{INK}">{label}</text></svg>', "utf-8")
    page = inline_svg(figure)
    assert f">{label}<" in page
    assert f'<text id="{figure.name}-wide-d" fill="currentColor">' in page


def test_figures_stand_at_their_natural_width_for_a_page_and_for_a_phone(drawn):
    for figure in drawn:
        page = inline_svg(figure)
        for kind, width in (("wide", 7.6), ("narrow", 3.7)):
            about = f'class="{kind}-figure".*style="width:{width}in"'
            (view,) = re.findall(rf'viewBox="0 0 ([\d.]+) [\d.]+" {about}', page)
            assert float(view) == pytest.approx(72 * width)  # points


def test_all_text_of_a_figure_has_one_size(drawn):
    for figure in drawn:
        for path in (figure.svg, figure.narrow):
            sizes = set(re.findall(r"font-size: ([\d.]+)px", path.read_text("utf-8")))
            assert sizes == {"9"}, figure.name


def test_what_is_drawn_of_an_agent_is_marked(drawn, finished):
    labels = list(agent_styles(load_study(finished / "study.yaml").config))
    for figure in drawn:
        text = figure.svg.read_text("utf-8")
        marked = {labels[int(number)] for number in re.findall(r'data-agent="(\d+)"', text)}
        assert marked == set(labels) or figure.name in FEW, figure.name


FEW = {"learning_curves", "paired_differences", "improvement", "listener_groups"}
"""Figures in which the agent that the others are compared with does not occur."""


def test_a_figure_that_fails_is_named_and_the_others_are_drawn(relabelled, tmp_path, monkeypatch):
    def fail(results, study):
        raise ValueError("no such\ncolour")

    few = {"smoothness": FIGURES["smoothness"], "skip_rate": fail}
    monkeypatch.setattr("segue.experiments.figures.FIGURES", few)
    figures, failed = draw_figures(*relabelled, tmp_path / "figures")
    assert [figure.name for figure in figures] == ["smoothness", "playlist_map"]
    reason = "it could not be drawn (ValueError: no such colour)"
    assert failed == [f"The figure skip_rate is missing: {reason}."]


def test_the_report_is_written_without_a_figure_that_fails(finished, tmp_path, monkeypatch, capsys):
    def fail(results, study):
        raise KeyError("colour")

    few = {"smoothness": FIGURES["smoothness"], "skip_rate": fail}
    monkeypatch.setattr("segue.experiments.figures.FIGURES", few)
    study = shutil.copytree(finished, tmp_path / "out")
    main(["report", str(study)])
    sentence = "The figure skip_rate is missing: it could not be drawn (KeyError: "
    assert sentence in capsys.readouterr().err
    page = (study / "report.html").read_text("utf-8")
    assert sentence in page
    assert '<figure id="smoothness">' in page
    assert '<figure id="skip_rate">' not in page


@pytest.mark.parametrize("backend", ["module://nowhere.backend_inline", "inline", "nonsense"])
def test_the_backend_of_a_notebook_does_not_matter(backend):
    code = (
        "import os; import segue.experiments.figures, segue.envs.rendering as r, matplotlib\n"
        "from segue.features import Catalog; r.render_rgb(Catalog.synthetic(5), [], 3)\n"
        "print(os.environ['MPLBACKEND'])"
    )
    command = [sys.executable, "-c", code]
    env = {**os.environ, "MPLBACKEND": backend}
    assert (
        subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout == f"{backend}\n"
    )


def test_every_figure_is_written_in_all_formats_with_its_numbers(drawn):
    # This study asks for no tables.
    assert {*FIGURES, *MAPS} - {"requested_tables", "heat_maps"} == {figure.name for figure in drawn}
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    for figure in drawn:
        for kind, start in starts.items():
            assert figure.svg.with_suffix(f".{kind}").read_bytes().startswith(start)
        assert len(pd.read_csv(figure.csv)) > 0


def test_captions_state_the_numbers_of_runs_and_sessions_and_the_intervals(drawn):
    one_session = {"example_playlists", "playlist_map"}
    for figure in drawn:
        if figure.name in one_session:
            assert re.search(r"seed \d{10}", figure.caption)
            continue
        assert "n = 2 training seeds" in figure.caption
        assert "30 sessions" in figure.caption
        assert "95 %" in figure.caption or figure.name == "wall_time"


def test_an_agent_has_the_same_colour_in_all_figures(drawn, finished):
    styles = agent_styles(load_study(finished / "study.yaml").config)
    known = {style.colour for style in styles.values()} | {INK, PAPER, FAINT}
    for figure in drawn:
        colours = set(re.findall(r"#[0-9a-f]{6}", figure.svg.read_text("utf-8").lower()))
        assert colours <= {colour.lower() for colour in known}
        if figure.name not in {"improvement", "listener_groups", "paired_differences"}:
            # Those show pairs of agents, or a few.
            shown = set(pd.read_csv(figure.csv)["agent"])
            assert {styles[agent].colour.lower() for agent in shown} <= colours


def test_a_panel_has_rows_only_for_agents_that_played_there(finished):
    results = Results.load(finished / "results")
    everywhere = results.scores[results.scores["environment"] == "short"]
    elsewhere = everywhere[everywhere["agent"] != "smooth"].assign(environment="long")
    summary = everywhere[everywhere["agent"] != "maskable-ppo"].assign(environment="all environments")
    scores = pd.concat([everywhere, elsewhere, summary])
    spec = normalised_score.draw(
        dataclasses.replace(results, scores=scores), load_study(finished / "study.yaml").config
    )
    rows = {}
    for panel in spec.draw(WIDE).axes:
        rows[panel.get_title()] = [label.get_text() for label in panel.get_yticklabels()]
    everyone = {"random", "smooth", "maskable-ppo", "greedy-oracle"}
    assert {title: set(names) for title, names in rows.items()} == {
        "short": everyone,
        "long": everyone - {"smooth"},
        "all environments": everyone - {"maskable-ppo"},
    }


def test_panels_in_which_one_of_many_agents_did_not_play_share_their_rows(finished):
    results, config = Results.load(finished / "results"), load_study(finished / "study.yaml").config
    labels = [f"agent {place}" for place in range(12)]
    agents = [config.agents[0].model_copy(update={"label": label}) for label in labels]
    here = results.scores[results.scores["environment"] == "short"].iloc[[0] * 12].assign(agent=labels)
    elsewhere = here.iloc[1:].assign(environment="long")
    scores = pd.concat([here, elsewhere, elsewhere.assign(environment="all environments")])
    spec = normalised_score.draw(
        dataclasses.replace(results, scores=scores), config.model_copy(update={"agents": agents})
    )
    panels = {panel.get_title(): panel for panel in spec.draw(WIDE).axes}
    assert len({panel.get_position().y0 for panel in panels.values()}) == 1  # side by side
    first = panels["all environments"]
    assert {label.get_text() for label in first.get_yticklabels()} == set(labels)

"""The report in a real browser: with mouse and keyboard, in light and dark, on a phone and on paper."""

import dataclasses
import json
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit
from urllib.request import url2pathname

import pytest
from rich.console import Console

from segue.experiments.analysis.agent_roles import contenders, rivals
from segue.experiments.analysis.catalog_map import write_map
from segue.experiments.analysis.statistics.runs import runs_by_environment
from segue.experiments.analysis.statistics.verdict_family import family_table
from segue.experiments.execution.jobs import ExecutionConfig, make_runs
from segue.experiments.pipeline import write_results
from segue.experiments.reporting import write_report
from segue.experiments.storage.provenance import current_provenance
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.loader import load_study
from segue.experiments.study.plan import plan_runs
from segue.experiments.study.planned_runs import seal_plan, write_planned_runs
from segue.experiments.study.results import Results

pytest.importorskip("selenium")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

LONGEST = "the-agent-that-plays-the-smoothest-transition"
STUDY = """\
name: two environments
environments:
  - id: segue/Playlist-v0
    label: short
    settings: {catalog: "synthetic:150", pool_size: 12, length: 6}
  - id: segue/DJSet-v0
    label: floor
    settings: {catalog: "synthetic:150", pool_size: 12, length: 8}
agents:
  - {name: random}
  - {name: smooth, label: the-agent-that-plays-the-smoothest-transition}
  - {name: content}
  - {name: oracle}
  - {name: greedy-oracle}
training: {seeds: 2, validation_sessions: 8}
evaluation: {episodes: 24}
resamples: 100
figure_formats: []
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Address of the report of a study in two environments, with a warning about the code of a run."""
    folder = tmp_path_factory.mktemp("browser")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    file, out = load_study(folder / "study.yaml"), StudyFolder(folder / "out")
    plan = plan_runs(file)
    out.path.mkdir()
    write_planned_runs(out.planned_runs, plan.specs)
    write_map(out.catalog_map, plan.catalogs)
    seal_plan(out.planned_runs, [out.catalog_map])
    # Written from the runs as they are, which saves the drawing of a first report.
    make_runs(
        plan.specs, out, {**current_provenance(), "dirty": True}, Console(quiet=True), ExecutionConfig(1)
    )
    write_results(file, out)
    return out.report.as_uri()


@pytest.fixture
def browser(chromium, page):
    """The report as it opens; anything that it writes to the console fails the test."""
    show(chromium)
    chromium.get(page)
    # The plays of an environment are unpacked first.
    explorer = chromium.find_element(By.ID, "session-explorer")
    WebDriverWait(chromium, 20).until(lambda _: explorer.is_displayed())
    yield chromium
    assert chromium.get_log("browser") == []


def show(driver, width: int = 1200, height: int = 1000, scheme: str = "light", media: str = "") -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def data(driver):
    return json.loads(driver.find_element(By.ID, "sessions-data").get_attribute("textContent"))


def shown_titles(driver, side: str) -> list[str]:
    # In one call, since the explorer may be redrawn at any time.
    return driver.execute_script(
        f"return [...document.querySelectorAll('#session-{side} li button .title')]"
        ".map((one) => one.firstChild.textContent)"
    )


def plays(driver, environment: int, session: int, agent: str) -> list[dict]:
    """What an agent played, from the results and not from the page."""
    here, folder = data(driver)["environments"][environment], study_of(driver)
    table = Results.load(folder)
    rows = table.plays[
        (table.plays["environment"] == here["name"])
        & (table.plays["agent"] == agent)
        & (table.plays["episode"] == here["sessions"][session])  # which only one run has
    ]
    tracks = table.tracks[table.tracks["environment"] == here["name"]].drop(
        columns=["environment", "track_id"]
    )
    return rows.merge(tracks, on="index").sort_values("position").to_dict("records")


def study_of(driver) -> Path:
    return Path(url2pathname(urlsplit(driver.current_url).path)).parent


def typical(driver, environment: int = 0) -> int:
    """Place of the session with which the explorer begins."""
    return data(driver)["environments"][environment]["named"][0][0]


def played_titles(driver, environment: int, session: int, agent: str) -> list[str]:
    return [str(play["title"]) for play in plays(driver, environment, session, agent)]


def luminance(driver, script: str) -> float:
    red, green, blue = json.loads(
        driver.execute_script(f"return '[' + {script}.match(/\\d+/g).slice(0, 3) + ']'")
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_it_opens_with_two_agents_and_one_listener(browser):
    for side, agent in zip(("left", "right"), data(browser)["first"], strict=True):
        chosen = Select(browser.find_element(By.CSS_SELECTOR, f"#session-{side} select"))
        assert chosen.first_selected_option.text.startswith(agent)
        assert shown_titles(browser, side) == played_titles(browser, 0, typical(browser), agent)
        drawings = browser.find_elements(By.CSS_SELECTOR, f"#session-{side} .plots svg")
        assert [bool(drawing.find_elements(By.CSS_SELECTOR, ".mark")) for drawing in drawings] == [True, True]


def test_selects_choose_environment_listener_and_agent(browser):
    Select(browser.find_element(By.ID, "session-environment")).select_by_visible_text("floor")
    WebDriverWait(browser, 20).until(
        lambda _: (
            shown_titles(browser, "left")
            == played_titles(browser, 1, typical(browser, 1), data(browser)["first"][0])
        )
    )
    Select(browser.find_element(By.ID, "session-listener")).select_by_value("2")
    Select(browser.find_element(By.CSS_SELECTOR, "#session-right select")).select_by_value("random")
    assert shown_titles(browser, "left") == played_titles(browser, 1, 2, data(browser)["first"][0])
    assert shown_titles(browser, "right") == played_titles(browser, 1, 2, "random")
    terms = [row.text for row in browser.find_elements(By.CSS_SELECTOR, "#session-right tbody th")]
    assert terms == data(browser)["environments"][1]["terms"]


def test_a_click_shows_the_terms_of_a_track(browser):
    button = browser.find_elements(By.CSS_SELECTOR, "#session-left li button")[1]
    button.click()
    here, agent = data(browser)["environments"][0], data(browser)["first"][0]
    play = plays(browser, 0, typical(browser), agent)[1]
    assert f"2. {play['title']}" in browser.find_element(By.CSS_SELECTOR, "#session-left .chosen-track").text
    cells = browser.find_elements(By.CSS_SELECTOR, "#session-left tbody td:last-child")
    values = [float(cell.text.replace("\N{MINUS SIGN}", "-")) for cell in cells]
    assert values == pytest.approx([play[f"utility_{term}"] for term in here["terms"]], abs=0.006)
    pressed = browser.find_elements(By.CSS_SELECTOR, "#session-left [aria-pressed='true']")
    assert len(pressed) == 1
    assert len(browser.find_elements(By.CSS_SELECTOR, "#session-left .curve .chosen")) == 1


def test_an_explained_choice_names_the_next_best_candidates(browser):
    open_session(browser, 0, 0, "random", "content")
    here = data(browser)["environments"][0]
    _, *others = here["explanations"][str(here["sessions"][0])]["content"][0]
    shown = browser.find_element(By.CSS_SELECTOR, "#session-right .explanation").text
    assert "first choice, ahead of" in shown
    assert all(here["tracks"][track][0] in shown for track, _ in others)
    right = Select(browser.find_element(By.CSS_SELECTOR, "#session-right select"))
    right.select_by_value("random")
    assert browser.find_elements(By.CSS_SELECTOR, "#session-right .explanation") == []


def test_a_choice_in_spite_of_its_score_names_the_better_candidates(browser):
    open_session(browser, 0, 0, "content", "oracle")
    here = data(browser)["environments"][0]
    explained = here["explanations"][str(here["sessions"][0])]["oracle"]
    titles = played_titles(browser, 0, 0, "oracle")
    places = {0: "first", 1: "2nd", 2: "3rd"}
    shown = []
    for place, (title, candidates) in enumerate(zip(titles, explained, strict=True)):
        browser.find_elements(By.CSS_SELECTOR, "#session-right li button")[place].click()
        text = browser.find_element(By.CSS_SELECTOR, "#session-right .explanation").text
        (rank,) = (rank for track, rank in candidates if here["tracks"][track][0] == title)
        assert f"{places.get(rank, f'{rank + 1}th')} choice" in text
        better = [here["tracks"][track][0] for track, other in candidates if other < rank]
        assert all(each in text for each in better)
        shown.append("behind" in text)
    assert any(shown)


def test_the_keyboard_alone_is_enough(browser):
    def press(*keys):
        ActionChains(browser).send_keys(*keys).perform()

    browser.execute_script("document.querySelector('a[href=\"#reproduce\"]').focus()")
    reached = []
    for _ in range(40):
        press(Keys.TAB)
        focused = browser.switch_to.active_element
        reached.append(focused.get_attribute("id") or focused.tag_name)
        if focused.tag_name == "button":
            break
    controls = ["session-environment", "session-search", "session-listener", "session-link"]
    assert reached[-6:] == [*controls, "select", "button"]
    outline = browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    press(Keys.ARROW_DOWN)
    second = browser.switch_to.active_element
    assert second.get_attribute("aria-pressed") == "true"
    assert second.get_attribute("aria-label").startswith("2. ")
    press(Keys.ARROW_UP)
    assert browser.switch_to.active_element.get_attribute("aria-label").startswith("1. ")
    browser.find_element(By.ID, "session-environment").send_keys("f")
    titles = played_titles(browser, 1, typical(browser, 1), data(browser)["first"][0])
    WebDriverWait(browser, 20).until(lambda _: shown_titles(browser, "left") == titles)


def open_session(driver, environment: int, session: int, left: str, right: str, chosen: str = "1,1") -> None:
    """Follows a link to a session."""
    here = data(driver)["environments"][environment]
    parts = [here["name"], str(here["sessions"][session]), left, right, chosen]
    driver.execute_script("location.hash = arguments[0]", "#session/" + "/".join(map(quote, parts)))
    titles = played_titles(driver, environment, session, right)
    WebDriverWait(driver, 20).until(lambda _: shown_titles(driver, "right") == titles)


def test_a_link_leads_to_any_session_and_follows_what_is_chosen(browser):
    session = next(one for one in range(4, 24) if len(plays(browser, 1, one, "oracle")) > 3)
    open_session(browser, 1, session, "random", "oracle", "2,3")
    assert "2. " in browser.find_element(By.CSS_SELECTOR, "#session-left .chosen-track .name").text
    assert "3. " in browser.find_element(By.CSS_SELECTOR, "#session-right .chosen-track .name").text
    Select(browser.find_element(By.CSS_SELECTOR, "#session-left select")).select_by_value("content")
    link = browser.find_element(By.ID, "session-link").get_attribute("href")
    assert link == browser.current_url
    seed = data(browser)["environments"][1]["sessions"][session]
    assert link.endswith(f"#session/floor/{seed}/content/oracle/1%2C3")


def test_a_step_is_told_in_the_terms_of_music(browser):
    """Tempo, key and energy against the track before, which for the first one is the start track."""
    open_session(browser, 0, 3, "random", LONGEST)
    played = plays(browser, 0, 3, LONGEST)
    here = data(browser)["environments"][0]
    title, _, tempo, key, energy = here["tracks"][here["starts"][3]]
    start = browser.find_element(By.CSS_SELECTOR, "#session-right .start").text
    assert title in start
    buttons = browser.find_elements(By.CSS_SELECTOR, "#session-right li button")
    for place, play in enumerate(played):
        browser.find_elements(By.CSS_SELECTOR, "#session-right li button")[place].click()
        text = browser.find_element(By.CSS_SELECTOR, "#session-right .step").text.replace(
            "\N{MINUS SIGN}", "-"
        )
        (facts,) = (track for track in here["tracks"] if track[0] == play["title"])
        tempo_after, key_after, energy_after = facts[2:]
        change, step = tempo_after - tempo, round(energy_after - energy, 2)
        assert ("same tempo" if change == 0 else f"{change:+.0f} BPM") in text
        assert (f"same key ({key})" if key_after == key else f"({key} to {key_after})") in text
        assert ("same energy" if step == 0 else f"energy {step:+.2f}") in text
        tempo, key, energy = tempo_after, key_after, energy_after
    assert len(buttons) == len(played)


def test_a_search_keeps_the_sessions_that_match(browser):
    title = played_titles(browser, 0, typical(browser), data(browser)["first"][0])[0]
    box = browser.find_element(By.ID, "session-search")
    box.send_keys(title)
    options = browser.find_elements(By.CSS_SELECTOR, "#session-listener option")
    assert 1 <= len(options) < 24
    assert browser.find_element(By.ID, "session-count").text == f"{len(options)} of 24 sessions"
    for option in options:
        session = int(option.get_attribute("value"))
        here = data(browser)["environments"][0]
        heard = [here["tracks"][here["starts"][session]][0]]
        for agent in data(browser)["first"]:
            heard += played_titles(browser, 0, session, agent)
        assert any(title in each for each in heard)
    box.clear()
    box.send_keys("typical")
    (option,) = browser.find_elements(By.CSS_SELECTOR, "#session-listener option")
    assert option.get_attribute("value") == str(typical(browser))


def test_tables_are_there_as_csv(browser):
    link = browser.find_element(By.CSS_SELECTOR, "a.csv[download='scores.csv']")
    head, *rows = unquote(link.get_attribute("href").partition(",")[2]).splitlines()
    assert head == "agent,role,all,all low,all high,short,short low,short high,floor,floor low,floor high"
    scores = Results.load(study_of(browser)).scores.set_index(["agent", "environment"])
    assert len(rows) == 5
    for row in rows:
        agent, _, *numbers = row.split(",")
        expected = scores.loc[[(agent, name) for name in ("all environments", "short", "floor")]]
        values = expected[["score", "low", "high"]].to_numpy().ravel()
        assert [float(number) for number in numbers] == pytest.approx(values, abs=0.0051)


def test_a_row_highlights_its_agent_in_the_figures(browser):
    script = (
        "return [...document.querySelectorAll('#normalised_score .wide-figure [data-agent]')]"
        ".map((one) => [one.dataset.agent, getComputedStyle(one).opacity])"
    )
    row = browser.find_element(By.CSS_SELECTOR, "#scores ~ .wide tr[data-agent]")
    number = row.get_attribute("data-agent")
    assert {opacity for _, opacity in browser.execute_script(script)} == {"1"}
    row.click()
    seen = browser.execute_script(script)
    assert {agent for agent, opacity in seen if opacity == "1"} == {number}
    Select(browser.find_element(By.ID, "highlight")).select_by_value("")
    ActionChains(browser).move_to_element(browser.find_element(By.ID, "figures")).perform()
    assert {opacity for _, opacity in browser.execute_script(script)} == {"1"}


def test_every_control_has_a_name(browser):
    unnamed = browser.execute_script(
        "const given = (one) => one.getAttribute('aria-label') || one.getAttribute('aria-labelledby');"
        "return [...document.querySelectorAll('select, button, svg[role=img], nav, summary')].filter("
        "(one) => !(one.labels?.length || given(one) || one.textContent.trim())).length"
    )
    assert unnamed == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_contrasts_with_the_page(browser, scheme):
    show(browser, scheme=scheme)
    style = "getComputedStyle(document.querySelector('{}')).{}"
    paper = luminance(browser, style.format("body", "backgroundColor"))
    assert (paper < 60) == (scheme == "dark")
    for part in ("body", "figcaption", ".pane .title", "select", ".warning", "figure svg"):
        assert abs(luminance(browser, style.format(part, "color")) - paper) > 75


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_horizontal_scrolling(browser, scheme):
    show(browser, 390, 844, scheme)
    widths = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    wide, narrow = browser.execute_script(widths)
    assert wide <= narrow == 390
    headline = browser.find_element(By.CSS_SELECTOR, ".headline")
    assert headline.rect["y"] + headline.rect["height"] < 844  # the answer is on the first screen
    outside = browser.execute_script(
        "return [...document.querySelectorAll('#session-explorer *')].filter((one) => "
        "one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 80))"
    )
    assert outside == []
    scrolling = browser.execute_script(
        "return [...document.querySelectorAll('.wide')].filter("
        "(one) => one.scrollWidth > one.clientWidth + 1).length"
    )
    assert scrolling == 0
    widest = browser.execute_script(
        "return Math.max(...[...document.querySelectorAll('figure svg')].map("
        "(one) => one.getBoundingClientRect().right))"
    )
    assert 0 < widest <= 390


def test_a_phone_shows_the_verdicts_of_all_environments_at_once(chromium, page):
    """Which a study has whose best agent has learned; here one counts as if it had."""
    folder = Path(url2pathname(urlsplit(page).path)).parent
    results = Results.load(folder / "results")
    runs = results.runs.assign(learned=results.runs["agent"] == "content")
    results = dataclasses.replace(results, runs=runs)
    matrices, sides = runs_by_environment(results.episodes), (contenders(results), rivals(results))
    table = family_table(matrices, *sides, ("random", "greedy-oracle"), 100)
    results = dataclasses.replace(results, comparisons=table)
    report = write_report(results, load_study(folder.parent / "study.yaml"), [], folder / "learned.html")
    show(chromium, 390, 844)
    chromium.get(report.as_uri())
    verdicts = chromium.find_element(By.CSS_SELECTOR, ".verdicts")
    assert len(verdicts.find_elements(By.CSS_SELECTOR, "tbody tr")) == 2
    assert verdicts.rect["y"] + verdicts.rect["height"] < 844
    assert chromium.execute_script("return document.documentElement.scrollWidth") <= 390
    assert chromium.get_log("browser") == []  # without figures there is nothing to highlight in


def test_nothing_is_cut_off_on_paper(browser):
    show(browser, 700, 1000, media="print")
    cut = browser.execute_script(
        "return [...document.querySelectorAll('.wide')].filter("
        "(one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.outerHTML.slice(0, 80))"
    )
    assert cut == []

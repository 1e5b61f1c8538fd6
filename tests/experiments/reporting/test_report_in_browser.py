"""The report in a real browser: with mouse and keyboard, in light and dark, on a phone and on paper."""

import json

import pytest
from rich.console import Console

from segue.experiments.analysis.catalog_map import write_map
from segue.experiments.execution.jobs import ExecutionConfig, make_runs
from segue.experiments.pipeline import write_results
from segue.experiments.storage.provenance import current_provenance
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.loader import load_study
from segue.experiments.study.plan import plan_runs
from segue.experiments.study.planned_runs import seal_plan, write_planned_runs

pytest.importorskip("selenium")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

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
    titles = driver.find_elements(By.CSS_SELECTOR, f"#session-{side} li .title")
    return [title.text.split("\n")[0] for title in titles]


def played_titles(driver, environment: int, session: int, agent: str) -> list[str]:
    here = data(driver)["environments"][environment]
    plays = here["plays"][str(here["sessions"][session]["seed"])][agent]
    return [here["tracks"][str(play[0])][0] for play in plays]


def luminance(driver, script: str) -> float:
    red, green, blue = json.loads(
        driver.execute_script(f"return '[' + {script}.match(/\\d+/g).slice(0, 3) + ']'")
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_it_opens_with_two_agents_and_one_listener(browser):
    for side, agent in zip(("left", "right"), data(browser)["first"], strict=True):
        chosen = Select(browser.find_element(By.CSS_SELECTOR, f"#session-{side} select"))
        assert chosen.first_selected_option.text.startswith(agent)
        assert shown_titles(browser, side) == played_titles(browser, 0, 0, agent)
        drawings = browser.find_elements(By.CSS_SELECTOR, f"#session-{side} .plots svg")
        assert [bool(drawing.find_elements(By.CSS_SELECTOR, ".mark")) for drawing in drawings] == [True, True]


def test_selects_choose_environment_listener_and_agent(browser):
    Select(browser.find_element(By.ID, "session-environment")).select_by_visible_text("floor")
    Select(browser.find_element(By.ID, "session-listener")).select_by_index(2)
    Select(browser.find_element(By.CSS_SELECTOR, "#session-right select")).select_by_value("random")
    assert shown_titles(browser, "left") == played_titles(browser, 1, 2, data(browser)["first"][0])
    assert shown_titles(browser, "right") == played_titles(browser, 1, 2, "random")
    terms = [row.text for row in browser.find_elements(By.CSS_SELECTOR, "#session-right tbody th")]
    assert terms == data(browser)["environments"][1]["terms"]


def test_a_click_shows_the_terms_of_a_track(browser):
    button = browser.find_elements(By.CSS_SELECTOR, "#session-left li button")[1]
    button.click()
    here, agent = data(browser)["environments"][0], data(browser)["first"][0]
    title, *_ = played_titles(browser, 0, 0, agent)[1:]
    assert f"2. {title}" in browser.find_element(By.CSS_SELECTOR, "#session-left .chosen-track").text
    play = here["plays"][str(here["sessions"][0]["seed"])][agent][1]
    cells = browser.find_elements(By.CSS_SELECTOR, "#session-left tbody td:last-child")
    values = [float(cell.text.replace("\N{MINUS SIGN}", "-")) for cell in cells]
    assert values == pytest.approx(play[5], abs=0.006)
    pressed = browser.find_elements(By.CSS_SELECTOR, "#session-left [aria-pressed='true']")
    assert len(pressed) == 1
    assert len(browser.find_elements(By.CSS_SELECTOR, "#session-left .curve .chosen")) == 1


def test_an_explained_choice_names_the_next_best_candidates(browser):
    right = Select(browser.find_element(By.CSS_SELECTOR, "#session-right select"))
    right.select_by_value("content")
    here = data(browser)["environments"][0]
    (_, score, _), *others = here["explanations"][str(here["sessions"][0]["seed"])]["content"][0]
    shown = browser.find_element(By.CSS_SELECTOR, "#session-right .explanation").text
    assert f"highest score, {score:.2f}, ahead of".replace("-", "\N{MINUS SIGN}") in shown
    assert all(here["tracks"][str(track)][0] in shown for track, *_ in others)
    right.select_by_value("random")
    assert browser.find_elements(By.CSS_SELECTOR, "#session-right .explanation") == []


def test_a_choice_in_spite_of_its_score_names_the_better_candidates(browser):
    Select(browser.find_element(By.CSS_SELECTOR, "#session-right select")).select_by_value("oracle")
    here = data(browser)["environments"][0]
    session = str(here["sessions"][0]["seed"])
    plays, explained = here["plays"][session]["oracle"], here["explanations"][session]["oracle"]
    places = {0: "highest", 1: "2nd-highest", 2: "3rd-highest"}
    shown = []
    for place, (play, candidates) in enumerate(zip(plays, explained, strict=True)):
        browser.find_elements(By.CSS_SELECTOR, "#session-right li button")[place].click()
        text = browser.find_element(By.CSS_SELECTOR, "#session-right .explanation").text
        (rank,) = (rank for track, _, rank in candidates if track == play[0])
        assert places.get(rank, f"{rank + 1}th-highest") in text
        better = [here["tracks"][str(track)][0] for track, _, other in candidates if other < rank]
        assert all(title in text for title in better)
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
    assert reached[-4:] == ["session-environment", "session-listener", "select", "button"]
    outline = browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    press(Keys.ARROW_DOWN)
    second = browser.switch_to.active_element
    assert second.get_attribute("aria-pressed") == "true"
    assert second.get_attribute("aria-label").startswith("2. ")
    press(Keys.ARROW_UP)
    assert browser.switch_to.active_element.get_attribute("aria-label").startswith("1. ")
    browser.find_element(By.ID, "session-environment").send_keys("f")
    assert shown_titles(browser, "left") == played_titles(browser, 1, 0, data(browser)["first"][0])


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
    verdicts = browser.find_element(By.CSS_SELECTOR, ".verdicts")
    assert verdicts.rect["y"] + verdicts.rect["height"] < 844  # the answer is on the first screen
    outside = browser.execute_script(
        "return [...document.querySelectorAll('#session-explorer *')].filter((one) => "
        "one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 80))"
    )
    assert outside == []


def test_nothing_is_cut_off_on_paper(browser):
    show(browser, 700, 1000, media="print")
    cut = browser.execute_script(
        "return [...document.querySelectorAll('.wide')].filter("
        "(one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.outerHTML.slice(0, 80))"
    )
    assert cut == []

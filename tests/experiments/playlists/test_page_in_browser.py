"""The page of a playlist in a real browser: hostile titles, swaps by keyboard, phone, paper and sound."""

import dataclasses

import numpy as np
import pytest
import soundfile

from segue.experiments.playlists.page.write import write_page
from segue.experiments.playlists.playlist import RunnerUp
from segue.features.errors import UserError

pytest.importorskip("selenium")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

HOSTILE = (
    "</script><script>document.title = 'taken'</script>",
    "<img src=x onerror=\"document.title = 'taken'\">",
    "\" onmouseover=\"document.title = 'taken'",
    "{{ 7 * 7 }} ${7 * 7} &amp; \u202egnp.exe",
    "Long" * 60,
    "\u2028line\nbreak\u0000",
)


@pytest.fixture(scope="module")
def hostile(playlist, tmp_path_factory):
    """A playlist with hostile titles, three runners-up per track and three seconds of sound."""
    folder = tmp_path_factory.mktemp("sounds")
    soundfile.write(folder / "a.wav", 0.1 * np.sin(np.arange(3 * 22050) / 9), 22050)
    titles = [HOSTILE[k % len(HOSTILE)] for k in range(len(playlist))]
    tracks = playlist.tracks.assign(
        title=titles, artist=titles[::-1], path=str(folder / "a.wav"), duration=3.0
    )
    others = tuple(
        tuple(RunnerUp(tracks.iloc[(k + step) % len(tracks)], 0.25 * step) for step in (1, 2, 3))
        for k in range(len(tracks))
    )
    return dataclasses.replace(playlist, tracks=tracks, runners_up=others, title=HOSTILE[0])


@pytest.fixture(scope="module")
def page(hostile, tmp_path_factory):
    """Address of the page."""
    return write_page(hostile, tmp_path_factory.mktemp("page") / "set.html", progress=False).as_uri()


@pytest.fixture
def browser(chromium, page):
    """The page as it opens; anything that it writes to the console fails the test."""
    show(chromium)
    chromium.get(page)
    yield chromium
    assert chromium.get_log("browser") == []


def show(driver, width=1200, height=1000, scheme="light", media=""):
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def text(driver, selector):
    return driver.execute_script("return document.querySelector(arguments[0]).textContent", selector)


def points(driver):
    return driver.execute_script(
        "return [...document.querySelectorAll('#energy .dot')].map((dot) => +dot.getAttribute('cy'))"
    )


def test_hostile_titles_are_text(browser, hostile):
    assert browser.title == HOSTILE[0]
    shown = browser.execute_script(
        "return [...document.querySelectorAll('.track b')].map((b) => b.textContent)"
    )
    assert shown == [" ".join(title.replace("\0", "").split()) for title in hostile.tracks["title"]]
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0
    assert browser.execute_script("return document.querySelectorAll('script').length") == 2
    # Nothing is loaded from anywhere.
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


def test_reasons_and_pictures_are_those_of_the_playlist(browser, hostile):
    shown = browser.execute_script(
        "return [...document.querySelectorAll('.reason')].map((p) => p.textContent)"
    )
    assert shown == [transition.sentence for transition in hostile.transitions]
    energy = hostile.tracks["energy_percentile"].to_numpy()
    assert points(browser) == pytest.approx(142 - 132 * energy, abs=0.02)
    assert len(browser.find_elements(By.CSS_SELECTOR, "#energy .wanted")) == 1
    assert len(browser.find_elements(By.CSS_SELECTOR, "#keys .dot")) == len(hostile)


def test_a_swap_by_keyboard_changes_list_and_pictures_and_can_be_undone(browser, hostile):
    before = points(browser), text(browser, "#track-2 .track b"), text(browser, "#track-3 .reason")
    browser.execute_script("document.querySelector('#track-2 summary').focus()")
    keys = ActionChains(browser)
    keys.send_keys(Keys.ENTER, Keys.TAB, Keys.ENTER).perform()
    other = hostile.runners_up[1][0].track
    assert text(browser, "#track-2 .track b") == " ".join(other["title"].replace("\0", "").split())
    assert text(browser, "#swapped") == "Swapped: track 2 (costs 0.25)."
    assert points(browser)[1] == pytest.approx(142 - 132 * other["energy_percentile"], abs=0.02)
    tempos = hostile.tracks["tempo"]
    assert text(browser, "#track-3 .reason").startswith(f"{other['tempo']:.1f} → {tempos[2]:.1f} BPM (")
    assert browser.switch_to.active_element.get_attribute("aria-pressed") == "true"
    assert not browser.find_element(By.CSS_SELECTOR, "#track-2 audio").is_displayed()
    link = browser.find_element(By.ID, "download")
    browser.execute_script("document.addEventListener('click', (event) => event.preventDefault())")
    link.click()
    assert link.get_attribute("href").startswith(
        "data:text/csv;charset=utf-8,title%2Cartist%2Calbum%2Cduration"
    )
    browser.find_element(By.ID, "restore").click()
    after = points(browser), text(browser, "#track-2 .track b"), text(browser, "#track-3 .reason")
    assert after == before
    assert not browser.find_element(By.ID, "swapped").is_displayed()


def test_a_preview_plays(browser, hostile):
    assert text(browser, ".note").startswith(f"{len(hostile) - 1} previews of 20 s are part of this page, ")
    length = browser.execute_async_script(
        "const done = arguments[0], audio = document.querySelector('audio');"
        "audio.onloadedmetadata = () => done(audio.duration); audio.onerror = () => done(-1); audio.load();"
    )
    # 2.8 s of the first track alone, 0.2 s of both, 2.6 s of the second until the third.
    assert length == pytest.approx(5.6, abs=0.15)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_horizontal_scrolling(browser, scheme):
    show(browser, 390, 844, scheme)
    browser.execute_script("for (const part of document.querySelectorAll('details')) part.open = true")
    wide, narrow = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= narrow == 390
    small = browser.execute_script(
        "return [...document.querySelectorAll('button, summary')].filter("
        "(one) => one.offsetHeight && one.offsetHeight < 38).length"
    )
    assert small == 0


def test_every_control_has_a_name(browser):
    unnamed = browser.execute_script(
        "return [...document.querySelectorAll('button, audio, svg[role=img], summary, a')].filter((one) => "
        "!(one.getAttribute('aria-label') || one.getAttribute('aria-labelledby') || one.textContent.trim()))"
        ".length"
    )
    assert unnamed == 0


def test_paper_holds_the_list_only(browser):
    show(browser, 700, 1000, media="print")
    shown = "return [...document.querySelectorAll(arguments[0])].filter((one) => one.offsetHeight).length"
    assert browser.execute_script(shown, "audio, button, details") == 0
    assert browser.execute_script(shown, ".track") == browser.execute_script(shown, ".tracks > li") > 0
    cut = browser.execute_script(
        "return [...document.querySelectorAll('.tracks *')].filter((one) => "
        "getComputedStyle(one).display !== 'inline' && one.scrollWidth > one.clientWidth + 1).length"
    )
    assert cut == 0


def test_a_page_without_files_says_that_it_has_no_sound(playlist, tmp_path):
    gone = dataclasses.replace(playlist, tracks=playlist.tracks.assign(path="/nowhere/a.mp3"))
    written = write_page(gone, tmp_path / "set.html", progress=False).read_text("utf-8")
    assert "<audio" not in written
    assert "The page is without sound" in written
    with pytest.raises(UserError, match="already exists"):
        write_page(gone, tmp_path / "set.html")
    with pytest.raises(UserError, match=r"end it in \.html"):
        write_page(gone, tmp_path / "set.pdf")

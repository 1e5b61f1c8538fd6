"""A small study that is run once."""

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from segue.experiments.cli import main
from segue.experiments.figures.drawing.style import house_style, save
from segue.experiments.figures.scores.normalised_score import draw
from segue.experiments.study.loader import load_study
from segue.experiments.study.results import Results

SMALL = """\
name: small
description: A study for tests.
environments:
  - id: segue/Playlist-v0
    label: short
    settings: {catalog: "synthetic:150", pool_size: 10, length: 6}
agents:
  - name: random
  - name: smooth
  - name: maskable-ppo
    settings: {num_envs: 8, n_steps: 16, batch_size: 64, n_epochs: 1}
  - name: greedy-oracle
training:
  seeds: 2
  steps: 512
  validation_sessions: 8
evaluation:
  episodes: 30
resamples: 100
figure_formats: []
"""


@pytest.fixture(scope="session")
def small() -> str:
    """The text of the small study."""
    return SMALL


@pytest.fixture
def study_file(tmp_path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture
def undrawn(tmp_path) -> Path:
    """The file of the small study without its figures, for tests that do not look at them."""
    path = tmp_path / "undrawn.yaml"
    path.write_text(f"{SMALL}figures: false\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """Folder of a finished study; tests must not change it."""
    base = tmp_path_factory.getbasetemp()
    # The workers of pytest-xdist have folders of their own in one that they share.
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "finished"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            folder.mkdir()
            (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
            main(["compare", str(folder / "small.yaml"), "--out", str(folder / "out"), "--jobs", "1"])
    return folder / "out"


@pytest.fixture(scope="session")
def illustrated(finished, tmp_path_factory) -> Path:
    """A copy of the finished study with the figure that is published; tests must not change it."""
    study = shutil.copytree(finished, tmp_path_factory.mktemp("illustrated") / "out")
    config = load_study(study / "study.yaml").config
    with house_style():
        save(draw(Results.load(study / "results"), config), "normalised_score", study / "figures", ["png"])
    return study


CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,1000",
)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """A headless browser that logs what pages write to the console."""
    webdriver = pytest.importorskip("selenium.webdriver")
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (browser and driver):
        pytest.skip("needs Debian's packages chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield started
    started.quit()

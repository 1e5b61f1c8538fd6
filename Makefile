PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Our networks are small: one torch or BLAS thread a process is several times faster than the default.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: venv lint test demo docs clean

venv: $(VENV)/.tools

# Byte code is left to the first import: most of what is installed is never imported.
PIP := $(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt $(PIP_FLAGS)

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) torch
	$(PIP) --editable .
	touch $@

$(VENV)/.tools: $(VENV)/.installed
	$(PIP) --editable ".[dev,track,cluster,tune]"
	touch $@

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: venv
	$(BIN)/pytest

demo: $(VENV)/.installed
	$(BIN)/segue compare experiments/configs/demo.yaml --out runs/demo

$(VENV)/.docs: $(VENV)/.installed
	$(PIP) --editable ".[docs]"
	touch $@

# Broken links, missing anchors and pages outside the navigation fail the build; the site is in site/.
docs: $(VENV)/.docs ## build the documentation into site/, strictly
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) build site *.egg-info .pytest_cache .mypy_cache .ruff_cache

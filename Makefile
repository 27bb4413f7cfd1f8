# Two commands do everything on a machine with Python >= 3.11, make and git:  make demo  and  make test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STUDY ?= customs-union-2009
DRAWS ?= 200
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help demo test check lint types layers examples coverage bench clean
help: ## what each target does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "multipolar needs Python >= 3.11; set PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install --quiet -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.base

demo: $(VENV)/.base ## set up, run the flagship study, say where the report is
	$(BIN)/multipolar run $(STUDY) --draws $(DRAWS) --out out/$(STUDY)

test: $(VENV)/.dev ## set up and run the tests; what is skipped is listed with what it needs
	$(BIN)/python -m pytest -q -rs -n auto --dist loadfile

check: lint types layers ## lint, types, import layers

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/pyright

layers: $(VENV)/.dev
	$(BIN)/lint-imports

examples: $(VENV)/.dev ## run every shipped scenario and study, and the documented examples
	$(BIN)/python tests/run_examples.py

coverage: $(VENV)/.dev ## tests with a coverage table
	$(BIN)/python -m pytest -q --cov --cov-report=term

bench: $(VENV)/.dev ## speed and memory as ratios, measured side by side
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.sizes
	$(BIN)/python -m benchmarks.coalitions

clean:
	rm -rf $(VENV) out build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache

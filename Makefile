# Two commands do everything on a machine with Python >= 3.11, make and git:  make demo  and  make test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STUDY ?= customs-union-2009
DRAWS ?= 200
PIP := $(BIN)/python -m pip --disable-pip-version-check

# The built page is a product: npm makes it, the wheel carries it, git does not.
PAGE := src/multipolar/web/built/index.html
PAGE_SOURCES := $(shell find web/src web/public -type f 2>/dev/null) web/index.html web/package-lock.json web/vite.config.ts web/vite.report.config.ts web/package.json web/tsconfig.json

.PHONY: help demo web test check lint types layers examples coverage bench clean
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

	@test -f src/multipolar/report/built/report.js || echo "report.html is the plain report; for the map in it, and for multipolar serve, build the page first: make web"

web: $(VENV)/.dev $(PAGE) ## build the page with npm; then: multipolar serve

$(PAGE): $(PAGE_SOURCES) tools/web/build.sh
	@tools/web/build.sh $(BIN)/python
	@touch $@

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
	rm -rf $(VENV) web/node_modules src/multipolar/web/built src/multipolar/report/built out build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache

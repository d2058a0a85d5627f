# Each target sets up what it needs: a virtual environment in .venv from requirements.lock.
PYTHON ?= python3
VENV ?= .venv
TOOLS ?= .tools
SCALE ?= full
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
export PATH := $(abspath $(BIN)):$(PATH)
export DBT_PROFILES_DIR := $(CURDIR)
# lint looks at every source system that has a staging folder, whichever are on
SYSTEMS := $(shell cd models/staging && printf '"%s", ' */ | tr -d /)
LINT_CONFIG := target/lint/pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help install build report test test-browser lint format docs stars oulad bench screenshots soak evaluate-nlp evaluate-engagement evaluate-risk lock clean FORCE

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-20s %s\n", $$1, $$2}'

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Lernhaus needs Python 3.11 or newer; name one: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

install: $(INSTALLED) ## virtual environment with everything in it

build: $(INSTALLED) ## sample extracts if there are none, dbt build, published file, summary
	$(BIN)/lernhaus build

report: $(INSTALLED) ## pages with pictures of the published file, to be opened from disk: site/report/index.html
	$(BIN)/lernhaus report --out site/report

test: $(INSTALLED) ## all tests
	$(BIN)/python -m pytest

test-browser: $(INSTALLED) $(TOOLS)/colibri/.installed ## the pages of the report and of the docs in a headless Chromium
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
		&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null; } \
		|| echo "No Chromium here and no right to install it: the tests will skip"
	$(BIN)/python -m pytest --numprocesses=0 tests/browser

lint: $(INSTALLED) $(TOOLS)/bouncer/.installed $(LINT_CONFIG) ## ruff, mypy, documentation coverage, project hygiene, sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/dbt --quiet parse --no-partial-parse --target lint --target-path target/lint --vars '{source_systems: [$(SYSTEMS)]}'
	$(BIN)/python -m lernhaus.docs_coverage target/lint/manifest.json
	$(TOOLS)/bouncer/bin/dbt-bouncer run
	$(BIN)/sqlfluff lint --config $(LINT_CONFIG) models tests analyses
	$(BIN)/python -m lernhaus.report.query_files target/lint/queries
	$(BIN)/sqlfluff lint --templater raw --disregard-sqlfluffignores target/lint/queries

format: $(INSTALLED) $(LINT_CONFIG) ## apply ruff's and sqlfluff's formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --config $(LINT_CONFIG) models tests analyses

# sqlfluff takes dbt's vars from a file of this name only, and lists from no other kind
$(LINT_CONFIG): FORCE
	@mkdir -p $(@D)
	@printf '[tool.sqlfluff.templater.dbt.context]\nsource_systems = [%s]\ncheck_oulad_totals = true\n' '$(SYSTEMS)' > $@

FORCE:

# tools that do not go together with what is in $(VENV) have an environment each, named after their file in tools/
$(TOOLS)/%/.installed: tools/%.lock
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

docs: $(INSTALLED) $(TOOLS)/colibri/.installed ## the data dictionary of the last build, to be opened from disk: site/index.html
	$(BIN)/dbt --quiet docs generate --static
	$(TOOLS)/colibri/bin/colibri generate --disable-telemetry --light --output-dir target/colibri > target/colibri.log
	@mkdir -p site && cp target/static_index.html site/index.html && cp target/colibri/index.html site/columns.html
	$(BIN)/python -m lernhaus.stars_page site
	@echo "Open site/index.html; the stars are in site/stars.html, columns from table to table in site/columns.html"

stars: $(INSTALLED) ## pictures of the stars and the bus matrix, from the YAML of the models: docs/stars.md, README.md
	$(BIN)/python -m lernhaus.stars

oulad: $(INSTALLED) ## the Open University data set in its own file: make oulad OULAD_ZIP=path/to/anonymisedData.zip
	@test -f "$(OULAD_ZIP)" || { echo "Name the archive: make oulad OULAD_ZIP=path/to/anonymisedData.zip" >&2; exit 2; }
	@mkdir -p build/extracts/oulad
	$(BIN)/python -m zipfile -e "$(OULAD_ZIP)" build/extracts/oulad
	LERNHAUS_EXTRACTS=build/extracts LERNHAUS_DATABASE=oulad.duckdb LERNHAUS_PUBLISHED=published/oulad.duckdb \
		$(BIN)/lernhaus build --vars '{source_systems: [oulad], check_oulad_totals: true}'

bench: $(INSTALLED) ## benchmarks, for hours; a quarter of one: make bench SCALE=small; writes docs/performance.md
	$(BIN)/python -m bench --scale $(SCALE)

evaluate-nlp: $(INSTALLED) ## text features against published data with human judgements; writes the figures of docs/nlp.md
	$(BIN)/python -m bench.nlp

evaluate-engagement: $(INSTALLED) ## the engagement index in the database that make oulad leaves; writes docs/engagement.md
	$(BIN)/python -m bench.engagement

evaluate-risk: $(INSTALLED) ## the risk scores in the database that make oulad leaves; writes docs/model-card.md
	$(BIN)/python -m bench.risk

screenshots: $(INSTALLED) ## pictures of the report on the published file, for the README: docs/img/report-*.png
	$(BIN)/python -m bench.screenshots

soak: $(INSTALLED) ## what publishing promises, tried for hours: readers, kills, full disks, fuzz; writes docs/publishing.md
	rm -rf build/soak
	$(BIN)/python -m bench.soak

lock: $(INSTALLED) ## choose the newest versions that pyproject.toml allows and pin them
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --no-emit-index-url --python-version 3.11 --extra dev --extra bench --extra metrics --extra connect --quiet \
		--custom-compile-command "make lock" --upgrade --output-file requirements.lock pyproject.toml
	for tool in tools/*.in; do $(BIN)/uv pip compile --universal --no-emit-index-url --python-version 3.11 --quiet \
		--custom-compile-command "make lock" --upgrade --output-file $${tool%.in}.lock $$tool || exit 1; done

clean: ## remove what the other targets made
	rm -rf $(VENV) $(TOOLS) target build site published logs dbt_packages *.duckdb *.duckdb.wal
	@# of extracts/ only a generated sample goes: other files there are somebody's own
	@if test -f extracts/sample_truth.json; then \
		rm -rf extracts/oneroster extracts/xapi extracts/sample_truth.json; \
		rmdir extracts 2>/dev/null || echo "extracts/ holds more than the sample; the rest stays"; \
	fi

# What one types in this repository; `make` alone lists it. Everything is installed into the folder .venv.

PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
UV     ?= uv
ALL    ?=
TESTS  ?=
SPARK  ?= spark and not long
# two tests at a time; those of Spark share one session
WORKERS := -n 2 --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help demo test test-spark test-spark-long test-spark-35 test-aws check static lint types imports house doctests docs docs-check benchmark benchmark-long benchmark-formats benchmark-rules benchmark-spark mutation lock clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

demo: $(VENV)/.demo ## install what the demo needs and run it (ALL=1: the whole year)
	@$(BIN)/python examples/flights/demo.py $(if $(ALL),--all)

test: $(VENV)/.dev $(VENV)/.spark ## install what the tests need and run them, of Spark's a few (TESTS='tests/unit -k name')
	@$(BIN)/python -m pytest $(WORKERS) -m "(not spark or quick) and not long" $(TESTS)

test-spark: $(VENV)/.dev $(VENV)/.spark ## all tests that need Spark (Java 17 or 21)
	@$(BIN)/python -m pytest -m "$(SPARK)" $(TESTS)

test-spark-long: $(VENV)/.dev $(VENV)/.spark ## clusters of several executors, large inputs, real feeds on Spark (half an hour)
	@$(BIN)/python -m pytest -m "spark and long" $(TESTS)

test-spark-35: ## the tests of Spark on Spark 3.5, as EMR 7 has it, in an environment of their own
	@$(MAKE) --no-print-directory VENV=.venv-spark35 .venv-spark35/.dev
	@.venv-spark35/bin/python -m pip install --quiet --disable-pip-version-check --no-input "pyspark==3.5.9"
	@$(MAKE) --no-print-directory VENV=.venv-spark35 .venv-spark35/.spark
	@.venv-spark35/bin/python -m pytest -m "spark and not long" $(TESTS)

test-aws: $(VENV)/.dev $(VENV)/.spark ## run the tests against AWS as moto serves it on this machine
	@$(BIN)/python -m pytest tests/aws

check: static test-spark test ## all that CI does

static: lint types imports house doctests docs-check

lint: $(VENV)/.dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: $(VENV)/.dev
	@$(BIN)/mypy

imports: $(VENV)/.dev
	@PATH="$(abspath $(BIN)):$$PATH" lint-imports

house: $(VENV)/.dev
	@$(BIN)/python tools/init.py --check

doctests: $(VENV)/.dev
	@$(BIN)/python -m pytest --doctest-modules src/data_framework --ignore-glob='*/templates/*' --ignore-glob='*/modules/tests/*'

docs: $(VENV)/.dev ## write what is generated: docs/reference and the drawn tree of errors
	@$(BIN)/python tools/docs.py

docs-check: $(VENV)/.dev
	@$(BIN)/python tools/docs.py --check

benchmark: $(VENV)/.dev ## measure speed and memory as ratios to DuckDB alone (minutes)
	@$(BIN)/python -m benchmarks

benchmark-long: $(VENV)/.dev ## does a delivery's cost grow with 1,000 of them, memory with 8 GB, a merge with 60 M rows? (an hour)
	@PYTHONPATH=src:. $(BIN)/python -m benchmarks.deliveries
	@PYTHONPATH=src:. $(BIN)/python -m benchmarks.growth

benchmark-formats: $(VENV)/.dev ## XML, JSON, workbooks and compaction beside the libraries alone (half an hour)
	@PYTHONPATH=src:. $(BIN)/python -m benchmarks.formats

benchmark-rules: $(VENV)/.dev ## rules alone, beside one hand-written query and five other engines (minutes; installs them aside)
	@PYTHONPATH=src:. $(BIN)/python -m benchmarks.rules

benchmark-spark: $(VENV)/.dev $(VENV)/.spark ## the Spark engine beside one hand-written program and other engines' rules (an hour)
	@PYTHONPATH=src:. $(BIN)/python -m benchmarks.spark

mutation: $(VENV)/.dev ## change one thing at a time in verdicts, thresholds and counts: do the tests notice? (minutes)
	@$(BIN)/python tools/mutation.py

lock: ## pin every library again with uv: requirements.lock and, taken from it, requirements/*.lock
	@$(UV) pip compile --quiet $(LOCKED) --all-extras --output-file requirements.lock
	@$(UV) pip compile --quiet $(LOCKED) --extra demo --constraint requirements.lock --output-file requirements/demo.lock
	@$(UV) pip compile --quiet $(LOCKED) --extra dev --constraint requirements.lock --output-file requirements/dev.lock

LOCKED := pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--no-emit-package data-framework --custom-compile-command 'make lock'

clean: ## remove what was installed and made
	@rm -rf $(VENV) .venv-spark35 .demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache src/*.egg-info

# One stamp per level of installation: nothing is installed again until a pin or pyproject.toml changes.
$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed. On Debian or Ubuntu: sudo apt-get install python3 python3-venv" \
		"(or name another one: make PYTHON=/path/to/python3.12)." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11 or" \
		"does not run. Name another one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make virtual environments." \
		"On Debian or Ubuntu: sudo apt-get install python3-venv" \
		"(for another version its own package, e.g. python3.12-venv). Then run make again." >&2; exit 1; }
	@echo "Making the folder $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: requirements/demo.lock pyproject.toml | $(VENV)/.made
	@echo "Installing what the demo needs (once, a minute or two) ..."
	@$(PIP) install --use-pep517 --require-hashes -r requirements/demo.lock
	@$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock pyproject.toml | $(VENV)/.made
	@echo "Installing what the tests need (once, a minute or two) ..."
	@$(PIP) install --use-pep517 --require-hashes -r requirements/dev.lock
	@$(PIP) install --no-deps -e .
	@touch $@ $(VENV)/.demo

# Without a network the tests of Spark are skipped, and the next make tries again.
$(VENV)/.spark: $(VENV)/.dev src/data_framework/modules/data_process/integrations/spark/session/jars.py
	@$(BIN)/python -c 'from data_framework.modules.data_process.integrations.spark.session import jars; \
		version = jars.spark_version(); \
		jars.fetch(dict.fromkeys(jars.needed(version) + jars.needed(version, aws=True)))' && touch $@ \
		|| echo "The libraries of Spark could not be fetched: its tests are skipped." >&2

# Everything a person does with this checkout. `make` alone lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run up down status reset sql test fast lint types docs docs-check bench train-names train-topics fuzz

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# Two processes, whole files each: docs/decisions/0017-tests-side-by-side.md
TWO := -n 2 --dist loadfile --no-loadscope-reorder
export UV_NATIVE_TLS ?= 1
export PYTHONWARNINGS ?= ignore
ifdef SOURCES
export MM_SOURCES := $(abspath $(SOURCES))
endif

help: ## This list
	@echo "media monitor — complete, explainable, repeatable"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: $(STAMP) ## Install everything into .venv (all other targets do this by themselves)

$(STAMP): requirements.lock pyproject.toml
	@command -v python3 >/dev/null || { echo "python3 is missing. Install it: apt-get install -y python3 python3-venv"; exit 1; }
	@python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed, this is $$(python3 -V). On Debian 12 or later: apt-get install -y python3 python3-venv"; exit 1; }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { echo "python3-venv is missing. Install it: apt-get install -y python3-venv"; exit 1; }
	@echo "Setting up .venv from requirements.lock …"
	@test -x $(BIN)/python || python3 -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/pip install --quiet --disable-pip-version-check "$$(grep -oE '^uv==[0-9.]+' requirements.lock)"
	@$(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

run: $(STAMP) ## One nightly run through Airflow; SOURCES=config/sources for the real web
	@$(BIN)/mm run

up: $(STAMP) ## Airflow UI, scheduler, warehouse (and the demo newsroom), kept running
	@$(BIN)/mm up

down: $(STAMP) ## Stop what `make up` started
	@$(BIN)/mm down

status: $(STAMP) ## What is running, and how the last night went
	@$(BIN)/mm status

reset: $(STAMP) ## Stop everything and remove the warehouse, archive and logs (asks first; YES=1 does not)
	@$(BIN)/mm reset $(if $(YES),--yes)

sql: $(STAMP) ## psql on the warehouse, as the analyst
	@$(BIN)/mm sql

fast: $(STAMP) lint types ## Lint, types and the tests that take under a minute
	@$(BIN)/pytest $(TWO) -m "not e2e and not slow"

test: $(STAMP) ## Every check: lint, types, docs, unit, SQL, DAGs, end to end
	@$(MAKE) --no-print-directory -j2 --output-sync=target types lint docs-check
	@$(BIN)/pytest $(TWO)

lint: $(STAMP)
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet . && echo "lint: clean"

types: $(STAMP)
	@$(BIN)/mypy

docs: $(STAMP) ## Generate docs/ pages: settings, CLI, DAGs, data dictionary
	@$(BIN)/python -m pipeline.ops.docs

docs-check: $(STAMP)
	@$(BIN)/python -m pipeline.ops.docs --check

bench: $(STAMP) ## Benchmarks beside what one would use instead, and on scale (QUICK=1: a tenth of it)
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

train-names: $(STAMP) ## Train the model that finds names, in .venv-train (two cores, an hour; needs ../shared)
	@test -x .venv-train/bin/python || python3 -m venv .venv-train
	@.venv-train/bin/pip install --quiet --disable-pip-version-check torch==2.13.0
	@$(BIN)/uv pip install --quiet --python .venv-train/bin/python --require-hashes --requirements requirements.lock
	@.venv-train/bin/pip install --quiet --disable-pip-version-check --requirement training/ner/requirements.txt
	@.venv-train/bin/python -m training.ner.train --work .mm/train-names

train-topics: $(STAMP) ## Train the topic model, in .venv-train (two cores, eight minutes; needs ../shared)
	@test -x .venv-train/bin/python || python3 -m venv .venv-train
	@$(BIN)/uv pip install --quiet --python .venv-train/bin/python --require-hashes --requirements requirements.lock
	@.venv-train/bin/pip install --quiet --disable-pip-version-check --requirement training/topics/requirements.txt
	@.venv-train/bin/python -m training.topics.train --work .mm/train-topics

fuzz: $(STAMP) ## Fuzz what reads the web's bytes: MINUTES=10 in all, TARGETS="feed url" for some; see fuzz/README.md
	@$(BIN)/python -m fuzz --minutes $(or $(MINUTES),10) $(TARGETS)

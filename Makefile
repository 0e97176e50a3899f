# Two commands do all: `make run` and `make test`. Everything is installed into .venv of this checkout.
SHELL := /bin/sh
# The system's own Python where it will do: distributions optimise it by profile, and it runs the job a seventh faster
# than one that was built from source without.
PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
  2>/dev/null && echo /usr/bin/python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help run test docs ui lint live lock clean

help: ## What there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: $(STAMP) ## Extract, transform, check and publish the sample (or what DRIVERS_HOME holds)
	@$(BIN)/drivers run

live: $(STAMP) ## The same from the publishers; set DRIVERS_HOME to a home of its own
	@$(BIN)/drivers run --live

ui: $(STAMP) ## The Dagster pages on http://127.0.0.1:3000
	@$(BIN)/drivers ui

docs: $(STAMP) ## Write docs/drivers.md from the newest publish of the sample
	@$(BIN)/drivers docs

test: $(STAMP) ## All tests; no network
	@$(BIN)/python -m pytest

lint: $(STAMP) ## ruff and mypy strict
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

lock: ## Renew requirements.lock (needs uv)
	@printf 'duckdb==1.5.5\n' | uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-strip-extras --no-header --no-annotate --extra dev -c - pyproject.toml -o requirements.lock

clean: ## Remove the sample's home
	@rm -rf var

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info < (3, 14), "Python 3.11, 3.12 or 3.13 is needed"'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV), a minute or two ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q $(VENV)/lib orchestration warehouse >/dev/null 2>&1 || true
	@touch $@

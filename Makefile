# Everything runs in a virtual environment of its own, made from nothing on first use.
#   make verdicts   answer for every encoded plan, then explain one verdict
#   make test       every check and test

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help verdicts test browser spark lint format schemas bench clean

help:
	@sed -n 's/^#   //p' Makefile

$(STAMP): pyproject.toml
	@command -v $(PYTHON) >/dev/null \
	  || { echo "there is no $(PYTHON). On Debian or Ubuntu: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "planproof needs Python 3.11 or newer; this is $$($(PYTHON) --version 2>&1). Say make PYTHON=python3.12, for instance."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv is not installed. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "setting up $(VENV)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m compileall -q $(VENV)/lib engine
	@$(BIN)/planproof limits 2026 > /dev/null # the rule book is compiled, and kept
	@touch $@

verdicts: $(STAMP)
	@rm -rf build/verdicts.*
	@mkdir -p build
	@$(BIN)/planproof batch plans -o build/verdicts.csv --table
	@echo
	@$(BIN)/planproof explain --from build/verdicts.csv --row intel --depth 4

test: $(STAMP) lint
	@$(BIN)/planproof test
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist worksteal

# The page of reports in a real browser; not part of `make test`.
browser: $(STAMP)
	@CHROMIUM=$${CHROMIUM:-$$(command -v chromium || command -v chromium-browser || command -v google-chrome)}; \
	  test -n "$$CHROMIUM" || { echo "there is no Chromium. On Debian or Ubuntu: apt-get install chromium"; exit 1; }; \
	  CHROMIUM=$$CHROMIUM $(BIN)/python -m pytest -q tests/browser

# Batches on Spark, with two workers on this machine; in an environment of its own, as PySpark is large. Not part of `make test`.
SPARK := $(VENV)-spark
$(SPARK)/.installed: pyproject.toml
	@echo "setting up $(SPARK)"
	@rm -rf $(SPARK)
	@$(PYTHON) -m venv $(SPARK)
	@$(SPARK)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[spark]' 'pytest>=8.3'
	@touch $@

spark: $(SPARK)/.installed
	@command -v java > /dev/null || test -n "$$JAVA_HOME" \
	  || { echo "there is no Java. On Debian or Ubuntu: apt-get install openjdk-17-jre-headless"; exit 1; }
	@SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON=$(abspath $(SPARK))/bin/python $(SPARK)/bin/python -m pytest -q tests/spark

lint: $(STAMP)
	@$(BIN)/ruff check engine tests bench docs
	@$(BIN)/ruff format --check --quiet engine tests bench docs
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > $(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }
	@$(BIN)/planproof lint rules plans

format: $(STAMP)
	@$(BIN)/ruff check --fix --quiet engine tests bench docs
	@$(BIN)/ruff format engine tests bench docs

schemas: $(STAMP)
	@$(BIN)/python docs/generate.py

bench: $(STAMP)
	@$(BIN)/python bench/bench_verdict.py
	@$(BIN)/python bench/bench_audit.py

clean:
	@rm -rf $(VENV) $(SPARK) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Two commands do all their own set-up on a machine with Python 3.11 or later:
#   make ask Q="Who was excluded from the Riyadh talks?"
#   make test
# Beside them: make serve, make eval, make crash, make check, make lock, make clean.
# The data of these commands lies in .dateline/ here, models in your cache folder; see docs/settings.md.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

Q ?= Who was excluded from the Riyadh talks?
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input
DATELINE := $(VENV)/bin/dateline
PINNED := pyproject.toml constraints.txt tools/install_torch.py
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
CLIENTS := .venv-clients/.installed

DATELINE_HOME ?= $(CURDIR)/.dateline
SEEDED := $(DATELINE_HOME)/.seeds-indexed
# As it was typed, and in the environment, so that no quote or dollar sign of a question means anything on its way.
override Q := $(value Q)
export Q
ask serve eval: export DATELINE_HOME := $(DATELINE_HOME)

.PHONY: help ask serve eval crash test check lock clean

help:
	@echo 'make ask Q="Who was excluded from the Riyadh talks?"   set up, index seeds/, answer with citations'
	@echo 'make test    lint, types and the test suite'
	@echo 'make serve   the HTTP API, chat page and article viewer on http://127.0.0.1:8000'
	@echo 'make eval    answer, citation and refusal measures on the gold questions'
	@echo 'make crash   kill the writer at random moments, and check what is left'
	@echo 'make clean   remove the environment and .dateline/ (models in your cache folder stay)'

$(PY):
	@test -n "$(PYTHON)" || { echo "Dateline needs Python 3.11 or later: install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@$(PIP) install --quiet --constraint constraints.txt --upgrade pip

$(RUNTIME): $(PINNED) | $(PY)
	@$(PY) tools/install_torch.py
	@echo "installing Dateline and what it needs into $(VENV)"
	@PYTHONWARNINGS=ignore $(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(DEV): $(PINNED) | $(RUNTIME)
	@echo "installing what the tests need into $(VENV)"
	@PYTHONWARNINGS=ignore $(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

# LangChain's and LlamaIndex's clients, to be tried against Dateline; without them their tests skip themselves.
.PHONY: clients
clients: $(CLIENTS)
$(CLIENTS): tests/clients.txt | $(PY)
	@echo "installing others' clients into .venv-clients"
	@$(PY) -m venv .venv-clients
	@.venv-clients/bin/python -m pip --disable-pip-version-check --no-input install --quiet --no-deps --requirement $<
	@touch $@

$(SEEDED): $(wildcard seeds/*) | $(RUNTIME)
	@$(DATELINE) ingest seeds
	@touch $@

# Without the model the question is still answered, extractively.
.PHONY: ready
ready: $(RUNTIME) $(SEEDED)
	@$(DATELINE) models fetch || echo "going on without a language model: the best lines are quoted" >&2

ask: ready
	@$(DATELINE) ask -- "$$Q"

serve: ready
	@$(DATELINE) serve

# Both gold files take an hour or more with the embedded model: make eval SUITE=eval/gold/seeds.jsonl takes minutes,
# DATELINE_MODEL=extractive make eval needs no model.
SUITE ?= eval/gold/seeds.jsonl eval/gold/newsroom.jsonl
# The same gold answered by quoting alone: a floor.
BASELINE ?= $(wildcard eval/baseline.json)
eval: $(DEV)
	@$(DATELINE) models fetch || echo "going on without a language model: the best lines are quoted" >&2
	@mkdir -p out
	@$(DATELINE) eval run $(SUITE) --pairs eval/gold/pairs.jsonl $(if $(BASELINE),--baseline $(BASELINE)) \
	  -o out/report.html -o out/run.json

crash: $(DEV)
	@$(PY) -m bench.crash --trials 1000

test: check
	@$(PY) -m pytest --numprocesses 3 --dist loadfile

check: $(DEV)
	@$(VENV)/bin/ruff format --check --quiet . || { echo "run $(VENV)/bin/ruff format ." >&2; exit 1; }
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/mypy

# The versions that are installed now become the ones that everybody gets. Look at the difference before committing it.
lock: $(DEV)
	@{ sed -n '/^#/p' constraints.txt; { $(PIP) freeze --all --exclude-editable | sed -E 's/ @ .*//; s/\+[a-z0-9.]+$$//'; \
	  grep -E '^(langchain-(core|openai)|llama-index-core)==' tests/clients.txt; } | LC_ALL=C sort -fu; } > constraints.new
	@mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) .venv-clients .dateline build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Linli 邻里. Needs Python 3.11 or newer, make and a shell; everything else is installed into .venv.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv/bin
LINLI := $(VENV)/python -m linli
export PYTHONUTF8 = 1

.PHONY: help setup setup-dev setup-bench demo demo-reset test lint unit browser faults shots lock reference clean

help:  ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: need-python  ## Install what Linli needs and build its front end
	@$(PYTHON) scripts/setup.py

setup-dev: need-python
	@$(PYTHON) scripts/setup.py --dev

need-python:
	@test -n "$(PYTHON)" || { echo "Linli needs Python 3.11 or newer. Name it: make PYTHON=/path/to/python3 …"; exit 1; }
.PHONY: need-python

demo: setup  ## Start the demo community on http://127.0.0.1:8000
	@$(LINLI) demo

demo-reset: setup  ## Throw away what was entered in the demo and furnish it anew
	@$(LINLI) demo reset

test: setup-dev  ## Every check: style, types, imports, messages, tests on both databases, browser
	@$(VENV)/python scripts/check.py

lint: setup-dev  ## The checks that need no database
	@$(VENV)/python scripts/check.py ruff mypy imports migrations messages

unit: setup-dev  ## Unit and property tests on SQLite alone
	@$(VENV)/python scripts/check.py sqlite

browser: setup-dev  ## Browser tests alone
	@$(VENV)/python scripts/check.py browser

faults: setup-dev  ## The full campaigns of kills, floods and full disks (up to 45 minutes)
	@LINLI_FAULTS=full $(VENV)/python -m pytest tests/faults -m faults -p no:cacheprovider -v

shots: setup-dev  ## Every page of the demo, in every size and language, into build/shots/
	@$(VENV)/python -m tests.shots

reference: setup-dev  ## Write docs/reference/ anew from the code
	@$(VENV)/python scripts/reference.py

setup-bench: need-python  ## Install what the benches compare Linli with
	@$(PYTHON) scripts/setup.py --dev --bench

lock:  ## Draw the lock files anew from pyproject.toml (UPGRADE=1 takes newer versions)
	@scripts/lock.sh

clean:  ## Remove what was installed and built, and nothing that was entered
	rm -rf .venv .venv-bench build dist node_modules linli/interfaces/components/static/build

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help book serve test clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PORT ?= 8000

# Notebooks and tests run one a core. With more threads each, they fight over the cores: two
# trainings at once then take twenty times as long.
export OMP_NUM_THREADS ?= 1

help:  ## show this list
	@echo "Next-Token Predictors. Usage: make <target>"
	@sed -nE 's/^([a-z]+):.*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST)

book: $(INSTALLED)  ## run the notebooks and build the pages (NTP_PRESET=quick|standard|paper)
	@$(BIN)/python book/build.py

serve:  ## show the built book on this machine (PORT=8000)
	@test -f _build/html/index.html || { echo "The book is not built yet: run make book first."; exit 1; }
	@echo "The book is at http://127.0.0.1:$(PORT)/ (stop with Ctrl-C)"
	@$(PYTHON) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

test: book  ## check the code, the notebooks and the built pages
	@$(BIN)/python tests/browser/chromium.py --install
	@echo "Lint and types"
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy --strict ntp_lib
	@echo "Tests"
	@$(BIN)/pytest -n 2 --dist loadfile --nbval-lax --nbval-current-env --nbval-cell-timeout=300 \
	  --nbval-sanitize-with tests/nbval-sanitize.cfg --doctest-modules ntp_lib tests book --durations=10

clean:  ## remove what was built; the environment in .venv stays
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis

# pip names every package on one line that rewrites itself; its errors stay as they are.
$(INSTALLED): requirements.txt pyproject.toml
	@echo "Installing what the book needs into $(VENV): a few minutes and 1.5 GB, the first time"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -r requirements.txt | awk \
	  '/^Collecting/ {printf "\r\033[K  %3d  %s", ++n, $$2; fflush()} \
	   /^Installing/ {printf "\r\033[K  unpacking %d packages\n", n; fflush()}'
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

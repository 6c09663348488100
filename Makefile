# Short targets; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Without a GPU the CPU build of torch is taken, where its index answers.
CPU_INDEX := https://download.pytorch.org/whl/cpu
TORCH := $(shell command -v nvidia-smi >/dev/null 2>&1 || { curl -sfI -m 5 $(CPU_INDEX)/ >/dev/null 2>&1 && echo "--extra-index-url $(CPU_INDEX)"; })

.DEFAULT_GOAL := help
.PHONY: help install demo test lint serve clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/installed ## create .venv with everything

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --disable-pip-version-check $(TORCH) -c constraints.txt -e '.[all,dev]'
	@touch $@

demo: install ## tag the sample, find the causes, write demo/report.html
	$(BIN)/vocnlp demo -o demo

test: install ## lint, types, layers and all tests that this machine can run
	$(MAKE) --no-print-directory lint
	$(BIN)/pytest -q -n logical --maxprocesses 8 --dist loadfile

lint: install ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

serve: install ## start the API on localhost
	$(BIN)/vocnlp serve

clean: ## remove what the targets made
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis

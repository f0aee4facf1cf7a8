# Two commands do it all: `make up` runs the whole system, `make test` sets up and passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_PYTHON_PREFERENCE := only-system
export UV_PYTHON_DOWNLOADS := never

GROUPS := bootstrap router users tweets social timeline installer stack java jars node dev
PYTEST_ARGS ?=
# Of `make up`: how many of each service, extra servers, what to leave out, whether the bot posts.
REPLICAS ?= 1
WITH ?=
WITHOUT ?=
BOT ?= on
USERS ?= 200
FOLLOWS ?=
SEED ?= 20261124
BENCH_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup lock web oracles up down clean seed rebuild schema format lint types imports test check soak bench mutants

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.ready ## Install the pinned requirements into .venv

$(VENV)/.ready: requirements/bootstrap.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; say which with PYTHON=…" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python3 cannot make a virtual environment: install the package python3-venv" >&2; exit 1; }
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements/dev.txt
	@touch $@

lock: ## Compile requirements/*.txt anew from pyproject.toml
	@for group in $(GROUPS); do \
	  $(BIN)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 \
	    --group pyproject.toml:$$group -o requirements/$$group.txt || exit 1; \
	done

web: web/playground/dist/index.html ## Build the playground page

web/playground/dist/index.html: web/playground/package-lock.json web/playground/index.html $(wildcard web/playground/src/*) $(wildcard schema/operations/*) | $(VENV)/.ready
	@cd web/playground && PATH="$$(../../$(BIN)/python ../node.py):$$PATH" && npm ci --silent && npm run --silent build -- --logLevel error

oracles: tests/oracles/node_modules/.ready ## Install the composers and planners that tests compare with

tests/oracles/node_modules/.ready: tests/oracles/package-lock.json | $(VENV)/.ready
	@cd tests/oracles && PATH="$$(../../$(BIN)/python ../../web/node.py):$$PATH" && npm ci --silent --ignore-scripts && touch node_modules/.ready

up: setup web ## Run the whole system: make up [REPLICAS=2] [WITH=zipkin] [WITHOUT=neo4j] [BOT=off]
	@MT_REPLICAS=$(REPLICAS) MT_BOT=$(BOT) exec $(BIN)/python -m stack up $(if $(WITH),--with $(WITH)) $(if $(WITHOUT),--without $(WITHOUT))

down: ## Stop a system that runs elsewhere
	@$(BIN)/python -m stack down

clean: ## Stop it and delete its data (.stack)
	@if test -x $(BIN)/python; then $(BIN)/python -m stack clean; else rm -rf .stack; fi

seed: setup ## Load a world: make seed USERS=2000, or FOLLOWS=file.edges for a graph of one's own
	@$(BIN)/python -m stack seed --users $(USERS) $(if $(FOLLOWS),--follows $(FOLLOWS))

rebuild: setup ## Make every projection anew from the stores that own the truth
	@$(BIN)/python -m stack rebuild

schema: setup ## Rewrite schema/ from the subgraphs' code
	@for name in users tweets social timeline; do $(BIN)/python -m subgraphs.$$name schema > schema/subgraphs/$$name.graphql.new && mv schema/subgraphs/$$name.graphql.new schema/subgraphs/$$name.graphql || exit 1; done
	@$(BIN)/python -m supergraph compose schema/subgraphs -o schema/supergraph.graphql

format: setup ## Format and mend what can be mended
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .

lint: setup
	@$(BIN)/ruff format --check -q . && $(BIN)/ruff check -q .

types: setup
	@$(BIN)/basedpyright --level error

imports: setup
	@$(BIN)/lint-imports --no-cache

test: setup oracles ## Set up and pass the tests (not the soak forms)
	@PATH="$$($(BIN)/python web/node.py):$$PATH" $(BIN)/pytest -q -m "not soak" $(PYTEST_ARGS)

check: lint imports types web test ## All that CI runs, quickest first

soak: setup oracles ## The long forms of tests
	@PATH="$$($(BIN)/python web/node.py):$$PATH" $(BIN)/pytest -q -m soak --timeout 1800 --hypothesis-seed $(SEED) $(PYTEST_ARGS)

bench: setup web ## Measure; figures of the last run on record stand in docs/performance.md
	@PATH="$$($(BIN)/python web/node.py):$$PATH" $(BIN)/python -m benchmarks $(BENCH_ARGS)

mutants: setup web oracles ## Plant bugs one by one; fail if a test lets one pass
	@PATH="$$($(BIN)/python web/node.py):$$PATH" $(BIN)/python tests/mutants/run.py

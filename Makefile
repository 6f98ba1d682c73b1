# The only entry point. `make` prints this help; every recipe runs inside .venv, which `setup` makes.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
PYTEST := $(BIN)/pytest
# Two workers, because the suites are sized for two cores; tests that start servers run one by one.
WORKERS ?= 2
SERVERLESS := -m "not servers and not containers"
SERVERS := -m "servers and not containers"
DEMO_OPTIONS = $(if $(CITY),--city $(CITY))$(if $(NO_WAIT), --no-wait)

.PHONY: help
help: ## Print this help
	@awk 'BEGIN {FS = ":.*## "} /^## / {printf "\n%s\n", substr($$0, 4)} \
	  /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

## Run it
.PHONY: setup
setup: ## Create .venv and install the pinned packages (once)
	@deploy/setup

.PHONY: demo
demo: setup ## Run the whole loop on a city's figures (CITY=dawukou|xiangyang, NO_WAIT=1 stops at the end)
	@$(BIN)/bihuan demo $(DEMO_OPTIONS)

.PHONY: run
run: setup ## Start Kafka, PostgreSQL and the four services, and leave them running
	@$(BIN)/bihuan up

.PHONY: stop
stop: setup ## Stop what `run` or `demo` started
	@$(BIN)/bihuan down

.PHONY: clean
clean: ## Stop everything and delete local data and caches (.venv and downloaded jars stay)
	@if [ -x $(BIN)/bihuan ]; then $(BIN)/bihuan down --delete-data; fi
	rm -rf .bihuan .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info

## Test it
.PHONY: test
test: setup test-serverless test-servers ## Run every suite on real Kafka and PostgreSQL

.PHONY: test-fast
test-fast: setup ## Run what needs no server (about a minute)
	$(PYTEST) -q -n $(WORKERS) $(SERVERLESS) --ignore=tests/gates --ignore=tests/mutations

.PHONY: test-serverless
test-serverless: setup
	$(PYTEST) -q -n $(WORKERS) $(SERVERLESS)

.PHONY: test-servers
test-servers: setup
	$(PYTEST) -q $(SERVERS)

.PHONY: test-containers
test-containers: setup ## Run the server suites on containers (Docker, or docs/containers.md)
	TEST_STACK=containers $(PYTEST) -q -m "servers or containers" --ignore=tests/local

SEEDS ?= 10000
.PHONY: chaos-seeds
chaos-seeds: setup ## Simulate the loop under SEEDS=10000 seeds
	$(BIN)/python -m tests.simulation --seeds $(SEEDS)

.PHONY: outbox-stress
outbox-stress: setup ## Stress the outbox for a minute (R1): writers, rollbacks, killed relays
	OUTBOX_STRESS_SECONDS=60 OUTBOX_STRESS_KEEP=docs/chaos/results $(PYTEST) -q -p no:randomly tests/integration/outbox/test_stress.py

LANE ?= long
.PHONY: chaos
chaos: setup ## Break everything on purpose; resumable (LANE=short, SEEDS=200, FRESH=1, F="F1 F2"), docs/chaos/report.md
	$(if $(F),,$(BIN)/python -m tests.simulation --seeds $(SEEDS) --keep docs/chaos/results/seeds.json$(if $(FRESH), --fresh))
	$(BIN)/python -m tests.chaos $(F) --lane $(LANE)$(if $(FRESH), --fresh)

## Measure it
REPS ?= 3
RATIOS := calibrate decode fold store http relay rebuild e2e peers
BENCH := $(BIN)/python -m bench --json .bihuan/bench.json
.PHONY: bench
bench: setup bench-peers ## Measure every ratio that has a floor, on short logs (seven to ten minutes, REPS=3)
	$(BENCH) $(RATIOS) --size short --reps $(REPS)

.PHONY: bench-full
bench-full: setup bench-peers ## Measure with a million events, then ten million, and draw the curves (hours)
	$(BENCH) $(RATIOS) drain --size full --reps $(REPS)
	$(BIN)/python -m bench rebuild --size huge --reps $(REPS) --json .bihuan/bench-huge.json
	$(BIN)/python -m bench scale --size huge --reps $(REPS) --json .bihuan/bench-scale.json --plots docs/performance

RESULTS ?= .bihuan/bench.json
.PHONY: bench-page
bench-page: setup ## Write RESULTS=.bihuan/bench.json into docs/performance.md, and docs/sizing.md if drain is among them
	$(BIN)/python -m bench.page $(RESULTS)

.PHONY: bench-peers
bench-peers: setup
	@$(BIN)/python -m bench.peers.environment

## Check it
.PHONY: check
check: setup fmt-check lint types arch schemas-check compose-check test ## Everything CI runs: formats, linters, types, contracts, all tests

.PHONY: fmt
fmt: setup ## Format the code and repair what ruff can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --quiet .

.PHONY: fmt-check
fmt-check: setup
	$(BIN)/ruff format --check .

.PHONY: lint
lint: setup ## Run ruff
	$(BIN)/ruff check .

.PHONY: types
types: setup ## Run mypy --strict over the source and the tests
	$(BIN)/mypy

.PHONY: arch
arch: setup ## Check who imports whom
	$(BIN)/lint-imports --no-logo

.PHONY: schemas
schemas: setup ## Generate the event schemas, AsyncAPI and OpenAPI documents again
	$(BIN)/python -m libs.events.catalogue write
	$(BIN)/python -m libs.events.openapi write

.PHONY: schemas-check
schemas-check: setup
	$(BIN)/python -m libs.events.catalogue check
	$(BIN)/python -m libs.events.openapi check

.PHONY: compose-check
compose-check: setup
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml

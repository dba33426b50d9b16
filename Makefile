# Two commands are enough: `make synth` and `make test`. Both first install what they need.
PYTHON ?= python3
OUT ?= dist
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
unexport PYTHONDONTWRITEBYTECODE # containers set it, and each process would compile the program again

.DEFAULT_GOAL := help
.PHONY: help setup synth package env up down docker test tools test-cluster test-examples test-postgres postgres-on-node postgres-beside-it test-changes test-rabbitmq test-redis test-operators test-compose cluster cluster-down timeline lint format imports schemas snapshots lock bench clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 16

setup: $(VENV)/.ready node_modules/.ready ## install the pinned versions of everything, into this folder only

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) scripts/check_python.py
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python scripts/link_node.py
	@$(BIN)/python -O -c "import charts" # what cdk8s needs; pip compiles nothing for -O
	@$(BIN)/python -m compileall -q -o 0 -o 1 main.py charts constructs/tierwright # nor what is editable
	@touch $@

node_modules/.ready: package-lock.json $(VENV)/.ready
	@echo "setting up node_modules"
	@npm ci --silent --no-audit --no-fund --no-update-notifier
	@touch $@

synth: setup ## write dist/ (CASTIEL_ENV=production, CASTIEL_CATALOGUE=FILE, CASTIEL_VALUES=FILE:FILE)
	@python -m scripts.synth "$(OUT)"

package: synth ## pack the chart into build/NAME-VERSION.tgz, with the same bytes each time
	@python -m tierwright package "$(OUT)" build

COMPOSE = docker compose --file "$(OUT)/compose/compose.yaml" $(addprefix --file ,$(wildcard compose.override.yaml)) --project-directory .

env: $(VENV)/.ready ## write .env for Docker Compose, with random passwords, or add what is missing there
	@python -m tierwright env --from "$(OUT)/compose/.env.example"

up: docker env ## start with Docker Compose, and wait until all is healthy (PROFILE=NAME: it and what it needs)
	@$(COMPOSE) $(addprefix --profile ,$(PROFILE)) up --detach --wait

down: docker ## stop what `make up` started, and remove its containers; the volumes stay (PROFILE=NAME)
	@$(COMPOSE) --profile "$(or $(PROFILE),*)" down

INSTALL_COMPOSE = install 2.23.1 or later, 2.30 where services have hooks: https://docs.docker.com/compose/install/

docker:
	@version=$$(docker compose version --short 2> /dev/null) || { \
	  echo "make: Docker Compose is missing; $(INSTALL_COMPOSE)" >&2; exit 1; }; \
	IFS=.-+; set -- $${version#v}; \
	case "$$1.$$2.$$3" in *[!0-9.]* | .* | *..* | *.) exit 0 ;; esac; \
	[ $$(($$1 * 1000000 + $$2 * 1000 + $$3)) -ge 2023001 ] || { \
	  echo "make: Docker Compose $$version is too old; $(INSTALL_COMPOSE)" >&2; exit 1; }

test: setup ## run the tests
	@python -m pytest --ignore=tests/cluster --ignore=tests/engine

tools: setup ## build the Kubernetes node and the Docker engine of the tests, once, into a cache (CASTIEL_CACHE)
	@python -m tests.cluster.tools

test-cluster: setup ## run the tests on a real Kubernetes node, except the six suites below; needs Linux, root and Go
	@python -m pytest --numprocesses=0 tests/cluster --ignore-glob='*/test_guests.py' --ignore-glob='*/test_postgres_*.py' \
	  --ignore-glob='*/test_rabbitmq_*.py' --ignore-glob='*/test_redis_*.py' --ignore-glob='*/test_operators_*.py'

test-examples: setup ## start the public platforms of examples/ on such a node
	@python -m pytest --numprocesses=0 tests/cluster/test_guests.py

CHANGES = $(wildcard tests/cluster/test_*_changes.py)
POSTGRES = $(filter-out $(CHANGES),$(wildcard tests/cluster/test_postgres_*.py))
BROKERS = $(filter-out $(CHANGES),$(wildcard tests/cluster/test_rabbitmq_*.py))
REDIS = $(filter-out $(CHANGES),$(wildcard tests/cluster/test_redis_*.py))

test-postgres: setup ## run PostgreSQL's roles, backups, TLS, pooler and members under faults on such a node
	@$(MAKE) --no-print-directory --jobs=2 --keep-going postgres-on-node postgres-beside-it

postgres-on-node:
	@python -m pytest -m node --numprocesses=0 $(POSTGRES)

# Mostly it waits, and what it wants of the processors it gives to the node first, where seconds are counted.
postgres-beside-it:
	@nice -n 19 python -m pytest -m "not node" --numprocesses=4 $(POSTGRES)

test-changes: setup ## change the data services while they run on such a node: volumes, passwords, members, versions
	@python -m pytest --numprocesses=0 $(CHANGES)

test-rabbitmq: setup ## run RabbitMQ's cluster under faults on such a node (RABBITMQ=4.0 for that version alone)
	@python -m pytest --numprocesses=0 $(BROKERS) -k "$(RABBITMQ)"

test-redis: setup ## run Redis' servers under faults on such a node, and their backups
	@python -m pytest -m "not node" $(REDIS)
	@python -m pytest -m node --numprocesses=0 $(REDIS)

test-operators: setup ## let real operators run data services on such a node; builds them first, for some minutes
	@python -m pytest --numprocesses=0 tests/cluster/test_operators_*.py

test-compose: setup ## run the tests of Compose and Swarm on a real Docker engine; needs Linux, root and Go
	@python -m pytest --numprocesses=0 tests/engine

cluster: setup ## start a node with stand-ins for the images, and print what to do next (IMAGES=FOLDER)
	@python -m tests.cluster up $(addprefix --images ,$(IMAGES))

cluster-down: setup ## stop the node of `make cluster`
	@python -m tests.cluster down

timeline: setup ## draw how the platform started (NAMESPACE=castiel, SVG=FILE)
	@python -m tierwright timeline --namespace "$(or $(NAMESPACE),castiel)" $(if $(SVG),--svg "$(SVG)")

lint: setup ## check code style, types, layers and schemas (ruff, mypy, import-linter)
	@ruff check . && ruff format --check .
	@mypy
	@lint-imports --no-logo
	@python -m tierwright schemas --catalogue config/catalogue.yaml --check
	@python -m scripts.served --check

format: setup ## format the code with ruff
	@ruff check --fix . ; ruff format .

imports: setup ## regenerate imports/ for the kinds in tierwright/kit/kinds.py
	@python -m scripts.import_kinds

schemas: setup ## regenerate config/schemas/ and kit/served.json from the types of the model and Kubernetes' own schemas
	@python -m tierwright schemas --catalogue config/catalogue.yaml
	@python -m scripts.served

snapshots: setup ## update the golden files of the tests (dist/ and tests/snapshots/); read the diff
	@python -m scripts.snapshots

bench: setup ## measure how long it takes to make the manifests (docs/benchmarks.md)
	@python -m benchmarks.synth

lock: setup ## update the pinned versions of what pyproject.toml and package.json ask for
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --upgrade --output-file requirements.lock
	@npm install --package-lock-only --silent

clean: ## remove what set-up installed
	@rm -rf $(VENV) node_modules build

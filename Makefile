# What a person types. `make run` and `make test` need Debian 12 (or the packages that
# .ci/packages names) and nothing else; everything they bring stays in .venv and node_modules.

HOST ?= 127.0.0.1
PORT ?= 8000
SIZE ?= town
MINUTES ?= 20
TLS ?=
PYTEST ?=
PATROL_HOME ?= $(CURDIR)/var
export PATROL_HOME

BIN := .venv/bin
OWN_PATH := PATH="$(CURDIR)/$(BIN):$$PATH"
PIP := $(BIN)/python -m pip --disable-pip-version-check install -q
WORKERS := $(shell nproc 2>/dev/null || echo 2)

.PHONY: setup setup-test setup-bench packages-run packages-test packages-bench \
        run test torture audit check lint bench pictures wheel assets locks clean

setup: packages-run .venv/run.stamp node_modules/run.stamp assets

setup-test: packages-test .venv/dev.stamp node_modules/dev.stamp assets

setup-bench: packages-bench setup-test

packages-run packages-test packages-bench: packages-%:
	@.ci/packages $*

.venv/bin/python: | packages-run
	python3 -m venv .venv

.venv/run.stamp: requirements.lock pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes --no-deps -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	$(PIP) --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

node_modules/run.stamp: package-lock.json .npmrc .venv/run.stamp
	@test -e node_modules/dev.stamp && $(OWN_PATH) npm ci --silent || $(OWN_PATH) npm ci --silent --omit=dev
	@touch $@

node_modules/dev.stamp: package-lock.json .npmrc node_modules/run.stamp
	@$(OWN_PATH) npm ci --silent
	@touch node_modules/run.stamp $@

assets: node_modules/run.stamp
	@$(BIN)/python -m patrol.web.assets
	@$(BIN)/python -m patrol.web.words

run: setup
	@$(BIN)/patrol db upgrade
	@$(BIN)/patrol demo --if-empty
	@$(BIN)/patrol serve --host $(HOST) --port $(PORT) $(if $(TLS),--tls $(TLS))

# Each process gets one test at a time: long ones do not queue behind each other.
test: setup-test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not audit" $(PYTEST)
	$(OWN_PATH) npm test --silent

# Kills servers and phones while they work, then counts what is there; MINUTES for each database.
torture: setup-test
	$(BIN)/python -m tests.torture --minutes $(MINUTES)

# Walks every page of the loaded demo with axe and Lighthouse; long, so apart from `test`.
audit: setup-test
	$(BIN)/python -m pytest tests/journeys -m audit $(PYTEST)

lint: setup-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

check: lint test

bench: setup-bench
	$(BIN)/python -m tests.bench --size $(SIZE)

# The pictures of README, from a freshly loaded demo.
pictures: setup-test
	$(BIN)/python -m tests.pictures

wheel: setup
	$(BIN)/python -m hatchling build -t wheel

locks: .venv/dev.stamp
	$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --extra build -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --extra build --extra dev -c requirements.lock \
	  -o requirements-dev.lock pyproject.toml

clean:
	rm -rf .venv node_modules static/vendor static/dist dist build

# Comes in: a Python >= 3.11, a Rust toolchain, make. Goes out: .venv with the locked tools and the
# built core, and whatever a target does with it. Decided elsewhere: tool settings (pyproject.toml).
# Another Python: PYTHON=python3.12 make test

PYTHON ?= python3
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo missing)
BIN := .venv/bin
RUN := $(BIN)/python -m
PIP := $(RUN) pip install --quiet --disable-pip-version-check
TOOLS := .venv/tools-$(VERSION)
OLDEST := .venv-oldest/tools-$(VERSION)
BUILT := .venv/built-$(VERSION)
BENCH := .venv/bench-$(VERSION)
NODE := benches/node/node_modules/.installed
RESULTS := benches/results
DOCS := .venv/docs-$(VERSION)
OLDEST_AGENTS_ENV := .venv/oldest-agents
OLDEST_AGENTS := $(OLDEST_AGENTS_ENV)/installed-$(VERSION)
RUST := $(shell find Cargo.toml Cargo.lock rust/core rust/python rust/profile -name '*.rs' -o -name 'Cargo.*' -o -name '*.profdata' 2>/dev/null)
FUZZ := cargo run --release --locked --manifest-path rust/fuzz/Cargo.toml
RUNS ?= 20000000
PYTHON_FILES := python tests examples docs rust/profile $(wildcard benches)

export PYO3_PYTHON := $(CURDIR)/$(BIN)/python

.PHONY: help build demo test test-oldest test-oldest-agents check bench bench-quick bench-rust profile pictures originals soak \
    coverage asan fuzz fuzz-laws docs clean

help:
	@echo 'make demo         see a broken model answer read while it streams'
	@echo 'make test         all tests, Rust and Python'
	@echo 'make test-oldest  tests/streaming under the oldest pydantic and msgspec'
	@echo 'make test-oldest-agents  runs of agents, on the oldest pydantic-ai'
	@echo 'make check        format, lint, types, stubs, floor order'
	@echo 'make bench        ours and the peers, measured in one run (bench-quick: answers only)'
	@echo 'make bench-rust   the core and other Rust readers, measured in one run'
	@echo 'make profile      what the compiler is told of the core in use, made anew (needs llvm-profdata)'
	@echo 'make pictures     the tables and pictures of the docs, from what the benches kept'
	@echo 'make originals    the test suites of json_repair and jiter against our drop-ins (docs/dropin.md)'
	@echo 'make soak         millions of documents, memory, threads, depth: a quarter of an hour (docs/reliability.md)'
	@echo 'make coverage     what of the core the tests run through (needs llvm-cov)'
	@echo 'make asan         tests under AddressSanitizer (needs a nightly Rust)'
	@echo 'make fuzz         a minute of fuzzing: each text against all laws'
	@echo 'make fuzz-laws    20 million runs, the same time for every law, on all cores (RUNS=…, SECONDS=…)'
	@echo 'make docs         the site, from the docstrings and pages, in docs/_site'
	@echo 'make clean        remove what make made'

build: $(BUILT)

demo: $(BUILT)
	@$(BIN)/pydantic-flow demo

test: $(BUILT)
	cargo test --locked --workspace
	$(RUN) pytest

# The core is built for a Python and not for a pydantic, so the one that is there serves.
test-oldest: $(BUILT) $(OLDEST)
	PYTHONPATH=python .venv-oldest/bin/python -m pytest -q tests/streaming

# The package from python/, with the core that is built into it, and the oldest pydantic-ai around it.
test-oldest-agents: $(BUILT) $(OLDEST_AGENTS)
	PYTHONPATH=python $(OLDEST_AGENTS_ENV)/bin/python -m pytest -q tests/agents/test_run.py tests/agents/test_providers.py \
	  tests/agents/test_partials.py tests/agents/test_tolerance.py

check: $(BUILT)
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	$(RUN) ruff format --check $(PYTHON_FILES)
	$(RUN) ruff check $(PYTHON_FILES)
	$(RUN) mypy
	$(RUN) mypy.stubtest pydantic_flow._core
	cargo test --locked -p pydantic-flow-core --test floors
	$(RUN) pytest -q tests/test_house.py

# Everything that docs/benchmarks.md shows is measured anew and kept; `make pictures` shows it.
bench: $(BENCH) $(NODE)
	$(BIN)/python benches/run.py --json $(RESULTS)/run.json
	$(BIN)/python benches/rates.py --json $(RESULTS)/rates.json
	$(BIN)/python benches/memory.py --json $(RESULTS)/memory.json
	$(BIN)/python benches/dropin.py --json $(RESULTS)/dropin.json

bench-quick: $(BENCH) $(NODE)
	$(BIN)/python benches/run.py --quick
	$(BIN)/python benches/rates.py
	$(BIN)/python benches/dropin.py --quick

bench-rust: $(BENCH)
	$(BIN)/python benches/rust.py --json $(RESULTS)/rust.json

profile: $(TOOLS)
	$(BIN)/python rust/profile/train.py

pictures: $(TOOLS)
	$(BIN)/python benches/page.py

originals: $(BUILT)
	$(BIN)/python tests/dropin/originals.py $(ORIGINALS)

soak: $(BUILT)
	$(RUN) pytest -q -p no:cacheprovider -o python_files='*.py' $(filter-out %/conftest.py,$(wildcard tests/soak/*.py))

coverage: $(TOOLS)
	$(BIN)/python tests/coverage.py

asan: $(TOOLS)
	$(BIN)/python tests/sanitized.py

fuzz:
	$(FUZZ)

# What shows something new stays in rust/fuzz/corpus, and the next run goes on from it.
fuzz-laws:
	$(FUZZ) -- --each-law --runs $(RUNS) $(if $(SECONDS),--seconds $(SECONDS)) --jobs $(shell nproc) --longest 160 \
	  --findings 20 --corpus rust/fuzz/corpus

docs: $(DOCS)
	$(RUN) sphinx --quiet --fail-on-warning --keep-going --builder html --fresh-env --doctree-dir .venv/doctrees docs docs/_site
	@echo 'open docs/_site/index.html'

clean:
	rm -rf .venv .venv-oldest target rust/fuzz/target benches/rust/target benches/node/node_modules dist docs/_site python/pydantic_flow/_core.*.so

# The stamps carry the Python version: asking for another one makes the environment anew.
$(TOOLS): requirements/dev.lock
	@case '$(VERSION)' in 3.1[1-9]|3.[2-9][0-9]) ;; *) \
	  echo 'pydantic-flow needs Python >= 3.11, and $(PYTHON) is $(VERSION). Name another: PYTHON=python3.12 make'; exit 2;; esac
	@command -v cargo >/dev/null || { echo 'pydantic-flow needs a Rust toolchain: cargo was not found'; exit 2; }
	$(PYTHON) -m venv --clear .venv
	$(PIP) --no-deps -r requirements/dev.lock
	@touch $@

$(OLDEST): requirements/oldest.lock
	$(PYTHON) -m venv --clear .venv-oldest
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/oldest.lock
	@touch $@

$(BUILT): $(TOOLS) $(RUST) pyproject.toml
	@echo 'building the core, about a minute the first time'
	PATH="$$PWD/$(BIN):$$PATH" $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(OLDEST_AGENTS): requirements/agents-oldest.lock
	$(PYTHON) -m venv --clear $(OLDEST_AGENTS_ENV)
	$(OLDEST_AGENTS_ENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/agents-oldest.lock
	@touch $@

# A peer that has no wheel here is left out, and the run says so.
$(BENCH): $(BUILT) requirements/bench.lock
	$(PIP) --no-deps -r requirements/bench.lock || while read -r peer; do \
	  $(PIP) --no-deps "$$peer" || echo "$$peer cannot be installed: left out"; done <requirements/bench.lock
	@touch $@

# Where the peers in JavaScript cannot be installed, the run says so and goes on without them.
$(NODE): benches/node/package-lock.json
	@if ! command -v npm >/dev/null; then echo 'no npm here: the peers in JavaScript are left out'; \
	elif npm ci --prefix benches/node --ignore-scripts --no-audit --no-fund --silent; then touch $@; \
	else echo 'npm ci failed: the peers in JavaScript are left out'; fi

$(DOCS): $(TOOLS) requirements/docs.lock
	$(PIP) --no-deps -r requirements/docs.lock
	@touch $@

# make test   installs into .venv and runs every check     make run    serves the sample articles (PORT=7860)
# make attack, load, soak, browser, processes, storm, bench, bench-index, bench-rules, bench-retrieval, bench-answers, cases, questions: slow suites
# make bench-claims  what the checks make of labelled sentences (CLAIMS=FILE: of another file)
# make clean  removes what these made
# make lock   renews requirements/ (UPGRADE=yes: newest versions)  make LOCK= ...  installs from pyproject.toml's ranges

VENV := .venv
BIN := $(VENV)/bin
# What requirements/ names is installed, each file checked by its sha256. With `make LOCK= ...` it is the newest that
# pyproject.toml allows, and any later Python will do.
LOCK := yes
FITS := import sys; sys.exit(not 11 <= sys.version_info.minor < $(if $(LOCK),14,99))
PYTHONS := Python 3.11 $(if $(LOCK),to 3.13 (any newer one: make LOCK= ...),or newer)
# The first Python that fits; `make PYTHON=...` names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c '$(FITS)' 2>/dev/null && echo "$$p" && break; done)
# Stamps, newer than all that says what to install; what came from the ranges has stamps of its own.
RUN := $(VENV)/.installed$(if $(LOCK),,.ranges)
DEV := $(VENV)/.with-dev$(if $(LOCK),,.ranges)

PORT ?= 7860

.PHONY: test tests coverage run lint types chromium browser attack load soak processes storm bench bench-index bench-rules bench-retrieval bench-answers bench-claims cases questions lock clean

# Three files at a time: some tests wait for browsers and servers. ORDER=random shuffles files and tests.
TESTS := $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(if $(filter random,$(ORDER)),--random-order)

# Bytecode is kept even where the environment says otherwise: without it each worker and each process that a test
# starts compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

# Lint and types run beside the tests, whose waiting for browsers and servers leaves room.
test: chromium $(DEV)
	@$(MAKE) --no-print-directory --jobs=3 lint types tests

tests: $(DEV)
	$(TESTS)

coverage: chromium $(DEV)
	$(TESTS) --cov --cov-report=term

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)
	$(BIN)/mypy

run: $(RUN)
	$(BIN)/python app.py serve --samples --port $(PORT)

# The browser tests drive the system's Chromium and are skipped without it.
chromium:
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null || \
		{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "Installing Chromium for the browser tests" && \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || \
		echo "No Chromium: the browser tests are skipped; on Debian and Ubuntu: apt install chromium" >&2

browser: chromium $(DEV)
	$(BIN)/python -m pytest -m "browser or not browser" tests/browser

attack load soak processes storm bench bench-index bench-rules bench-retrieval bench-answers cases questions: $(DEV)
	$(BIN)/python -m pytest -m $(subst -,_,$@) -s

bench-claims: $(DEV)
	@$(BIN)/python -m tests.answers.bench_claims $(CLAIMS)

clean:
	rm -rf $(VENV) .samples-store build dist .coverage .hypothesis .mypy_cache .ruff_cache

PIP := $(BIN)/python -m pip install --quiet
ASKED := pyproject.toml $(if $(LOCK),$(wildcard requirements/*.txt))
SAYS := from $(if $(LOCK),requirements/,the ranges of pyproject.toml and not from the locks): about two minutes and 1.5 GB
LOCKED := --no-deps --no-build-isolation
NEWEST := --upgrade --upgrade-strategy eager

# $(call install,locks,project): the locks and the project without dependencies, or the project with what it asks for.
define install
	@rm -f $(VENV)/.installed* $(VENV)/.with-dev*
	@$(BIN)/python -c '$(FITS)' || { echo "$(VENV) needs $(PYTHONS); make clean, then make PYTHON=..." >&2; exit 1; }
	$(if $(LOCK),$(PIP) --require-hashes $(1:%=--requirement requirements/%.txt))
	$(PIP) $(if $(LOCK),$(LOCKED),$(NEWEST)) --editable '$(2)'
endef

$(RUN): $(ASKED) | $(BIN)/pip
	@echo "Installing into $(VENV) $(SAYS)"
	$(call install,build run,.)
	@touch $@

$(DEV): $(ASKED) | $(BIN)/pip
	@echo "Installing into $(VENV), with what the tests need, $(SAYS)"
	$(call install,dev,$(if $(LOCK),.,.[dev]))
	@touch $(RUN) $@

# The versions that are locked stay where pyproject.toml still allows them. The tests are run with those of dev.txt, so
# the two others may name no version that it does not.
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 $(if $(UPGRADE),--upgrade) \
	--custom-compile-command "make lock"

lock: | $(BIN)/pip
	$(PIP) 'uv>=0.13,<1'
	$(COMPILE) --extra dev --output-file requirements/dev.txt pyproject.toml
	$(COMPILE) --constraint requirements/dev.txt --output-file requirements/run.txt pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' | \
		$(COMPILE) --constraint requirements/dev.txt --output-file requirements/build.txt -

$(BIN)/pip:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c '$(FITS)' || \
		{ echo "onrecord needs $(PYTHONS); name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

# make test   installs into .venv and runs every check     make run    serves the sample articles (PORT=7860)
# make attack, load, soak, browser, storm, bench, bench-index, cases: slow suites      make clean  removes what these made

VENV := .venv
BIN := $(VENV)/bin
# The first Python that is new enough; `make PYTHON=...` names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)

PORT ?= 7860

.PHONY: test tests coverage run lint types chromium browser attack load soak storm bench bench-index cases clean

# Three files at a time: some tests wait for browsers and servers. ORDER=random shuffles files and tests.
TESTS := $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(if $(filter random,$(ORDER)),--random-order)

# Lint and types run beside the tests, whose waiting for browsers and servers leaves room.
test: chromium $(VENV)/.with-dev
	@$(MAKE) --no-print-directory --jobs=3 lint types tests

tests: $(VENV)/.with-dev
	$(TESTS)

coverage: chromium $(VENV)/.with-dev
	$(TESTS) --cov --cov-report=term

lint: $(VENV)/.with-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.with-dev
	$(BIN)/mypy

run: $(VENV)/.installed
	$(BIN)/python app.py serve --samples --port $(PORT)

# The browser tests drive the system's Chromium and are skipped without it.
chromium:
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null || \
		{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "Installing Chromium for the browser tests" && \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || \
		echo "No Chromium: the browser tests are skipped; on Debian and Ubuntu: apt install chromium" >&2

browser: chromium $(VENV)/.with-dev
	$(BIN)/python -m pytest -m "browser or not browser" tests/browser

attack load soak storm bench bench-index cases: $(VENV)/.with-dev
	$(BIN)/python -m pytest -m $(subst -,_,$@) -s

clean:
	rm -rf $(VENV) .samples-store build dist .coverage .hypothesis .mypy_cache .ruff_cache

# The stamps are newer than pyproject.toml once everything it asks for is installed.
$(VENV)/.installed: pyproject.toml | $(BIN)/pip
	@echo "Installing into $(VENV): about two minutes, about 1.5 GB"
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.with-dev: pyproject.toml | $(BIN)/pip
	@echo "Installing into $(VENV), with what the tests need: about two minutes, about 1.5 GB"
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $(VENV)/.installed $@

$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo "onrecord needs Python 3.11 or newer; name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

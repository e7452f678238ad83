# `make` shows what there is. Everything happens in one virtual environment, made when it is first needed:
#   make test VENV=/var/tmp/chatd-venv PYTHON=python3.12
#   make run ARGS="--listen tcp:7976"        make test TESTS=tests/test_names.py PYTEST_ARGS=-x

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
TESTS ?=
MINUTES ?= 30
ROWS ?= 1000000
# Two at a time: many tests start servers of their own. A file stays in one process; a process that dies
# runs its file again, so that must not go on for ever.
PYTEST_ARGS ?= -n 2 --dist loadfile --max-worker-restart 2

BIN := $(VENV)/bin
PY := $(BIN)/python

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help run test attacks torture check audit format docs build changelog bench commits peers searches soak screenshots clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-10s %s\n' "$$name" "$$text"; done

run: $(VENV)/.installed ## start the server on its defaults (ARGS="…" for options)
	exec $(BIN)/twistd -n --pidfile= chatd $(ARGS)

test: $(VENV)/.installed-test ## run the tests (CHATD_TEST_ALL=1: a skipped one fails)
# Most process and browser tests start servers: compiled once, none compiles chatd anew where Python may not keep that.
	@$(PY) -m compileall -q chatd
	$(PY) -m pytest $(PYTEST_ARGS) $(TESTS)

attacks: $(VENV)/.installed-test ## attack a real server in many ways, about 17 minutes; writes docs/reliability.md
	rm -rf build/attacks
	mkdir -p build/attacks
	CHATD_FIGURES="$(CURDIR)/build/attacks" $(PY) -m pytest -p no:xdist -m attack tests/attacks
	$(PY) -m tests.attacks.report build/attacks docs/reliability.md

torture: $(VENV)/.installed-test ## kill a server 25 times while 100 clients talk, and count what was kept
	CHATD_KILLS=25 CHATD_SENDERS=100 $(PY) -m pytest -p no:xdist --timeout 900 -s tests/process/test_kill.py

check: $(VENV)/.installed-dev ## lint, format, types, who may import whom, and known bad habits
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive chatd

audit: $(VENV)/.installed-dev ## look up known vulnerabilities of what is installed (needs the network)
	$(PY) tools/audit.py

format: $(VENV)/.installed-dev ## put the code into its format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/.installed ## write the generated pages of docs/
	$(PY) -m chatd.cli docs

build: $(VENV)/.installed-dev ## make the source archive and the wheel in dist/
	$(PY) -m build

changelog: $(VENV)/.installed-dev ## show what the next release will say
	$(BIN)/towncrier build --draft --version Unreleased

bench: $(VENV)/.installed ## CPU per delivered line: direct send against transport.write
	$(PY) bench/fanout.py

commits: $(VENV)/.installed ## lines stored a second, together and one by one; how long they take
	$(PY) bench/commits.py

peers: $(VENV)/.installed ## CPU per message over IRC beside InspIRCd and ngIRCd, about 15 minutes; writes docs/performance.md
	$(PY) -m bench.irc --write docs/performance.md

searches: $(VENV)/.installed ## /search on a million lines: how long each kind of question takes (ROWS=1000000)
	$(PY) -m bench.search --rows $(ROWS)

soak: $(VENV)/.installed-soak ## joins, parts, talk, quits and reconnects for MINUTES=30, measured and plotted
	$(PY) -m bench.soak --minutes $(MINUTES)

screenshots: $(VENV)/.installed-test ## draw the pictures of the page in docs/ (needs Debian's chromium and chromium-driver)
	$(PY) -m tools.screenshots

clean: ## remove the environment and what the tools left (never chatd-data)
	rm -rf .venv dist build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache _trial_temp*
	rm -f twisted/plugins/dropin.cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------- the environment

# Each stamp says: what pyproject.toml asks for is installed, from this folder, in place.
$(VENV)/.installed: EXTRA :=
$(VENV)/.installed-test: EXTRA := [test]
$(VENV)/.installed-dev: EXTRA := [dev]
$(VENV)/.installed-soak: EXTRA := [soak]

$(VENV)/.installed $(VENV)/.installed-test $(VENV)/.installed-dev $(VENV)/.installed-soak: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo 'chatd needs Python 3.11 or newer as "$(PYTHON)" (Debian: apt-get install python3 python3-venv).' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo '$(PYTHON) cannot make virtual environments: install the Debian package python3-venv (apt-get install python3-venv).' >&2; exit 1; }
	@[ -x $(PY) ] && $(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(PY) -m pip install --quiet --editable '.$(EXTRA)'
	@touch $@

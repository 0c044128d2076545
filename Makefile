# Playbill from a clean clone, with nothing but Python 3.11+ and make. `make PYTHON=/path/to/python3` names an interpreter.
PYTHON ?= python3
# What runs Playbill, and what checks it.
VENV_RUN ?= .venv-run
VENV ?= .venv
export PYTHON VENV

.DEFAULT_GOAL := help
.PHONY: help demo install test check bench faults lock clean environment-dev environment-run

help:
	@echo "make demo    see Playbill sync three small media servers of its own, live"
	@echo "make install Playbill into $(VENV_RUN), for your own account"
	@echo "make test    every check and every test, as continuous integration runs them"
	@echo "make check   the checks without the tests: format, lint, types, rooms, dependencies"
	@echo "make bench   the benchmark, against the least possible script (some minutes)"
	@echo "make faults  the fault suite: every case, a soak of 20 minutes, power cuts (three quarters of an hour);"
	@echo "             make faults FAULTS='--only A1 --seed 7' runs a part of it"
	@echo "make lock    write the lock files anew; for maintainers, needs uv"
	@echo "make clean   remove environments and caches"

environment-dev:
	@tools/environment dev "$(VENV)"

environment-run:
	@tools/environment run "$(VENV_RUN)"

demo: environment-run
	@"$(VENV_RUN)/bin/playbill" demo
	@echo 'The command is $(VENV_RUN)/bin/playbill; `. $(VENV_RUN)/bin/activate` makes it `playbill`.'

install: environment-run
	@echo "Ready: . $(VENV_RUN)/bin/activate && playbill --help"

test: environment-dev
	@tools/check

check: environment-dev
	@tools/check lint

bench: environment-dev
	@"$(VENV)/bin/python" -m benchmarks.run
	@"$(VENV)/bin/python" -m benchmarks.paged
	@"$(VENV)/bin/python" -m benchmarks.reads

faults: environment-dev
ifdef FAULTS
	@"$(VENV)/bin/python" -m faults $(FAULTS)
else
	@"$(VENV)/bin/python" -m faults --write
	@"$(VENV)/bin/python" -m faults.powerloss --write
endif

lock:
	@tools/lock

clean:
	rm -rf "$(VENV)" "$(VENV_RUN)" .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find actors contracts tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

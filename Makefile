# 影枢 YingShu
#   make run     open the workstation on the demo study; without a display do the same job in a virtual one, results in out/
#   make test    set up and run all tests
#   make soak    what is too long for the tests: a window used without plan for long, memory over many studies
#   make check   style, types, import contracts
#   make bench   benchmarks against floors and peers
#   make clean   remove what was made (not .venv; "make distclean" does)

PY := .venv/bin/python
SHELL := /bin/bash
# byte code is kept, whatever the surroundings say: some hundred Pythons start in the tests
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test soak check bench clean distclean setup

setup:
	@.ci/setup test

run:
	@.ci/setup run
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(PY) main.py --demo; \
	else .ci/with-display $(PY) main.py demo --out out; fi

test: setup
	@YINGSHU_VIRTUAL_DISPLAY=always .ci/with-display $(PY) -m pytest --numprocesses auto --maxprocesses 4 \
		--dist loadfile --no-loadscope-reorder $(ARGS)

check: setup
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-cache

soak: setup
	@YINGSHU_VIRTUAL_DISPLAY=always .ci/with-display $(PY) -m pytest -m soak $(ARGS)

bench: setup
	@.ci/with-display $(PY) -m benchmarks $(ARGS)

clean:
	@rm -rf out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean
	@rm -rf .venv

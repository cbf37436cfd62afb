# Everything from a bare clone with Python 3.11+ and make. Each target makes what it needs in .venv, once.
#
#   make demo     set up, and run the demo          make lint     ruff and mypy
#   make test     set up, and run the tests         make bench    benchmarks, one JSON line each
#   make package  wheel and frozen app, both tried  make soak     hostile tests in full size: minutes, gigabytes
#   make clean    remove what these made

VENV := .venv
BIN := $(VENV)/bin
PACKAGES := zinspector plugins tests packaging

.PHONY: demo test soak lint bench package clean
.DELETE_ON_ERROR:

demo: $(VENV)/.demo
	@$(BIN)/zinspector demo

test: $(VENV)/.dev
	@packaging/peers $(VENV)/peers
	@$(BIN)/python -m pytest -n auto --dist loadfile

soak: $(VENV)/.dev
	@$(BIN)/python -m pytest -m soak -s

lint: $(VENV)/.dev
	@$(BIN)/ruff check $(PACKAGES)
	@$(BIN)/ruff format --check $(PACKAGES)
	@$(BIN)/mypy

bench: $(VENV)/.dev
	@set -e; for file in tests/benchmarks/bench_*.py; do \
		$(BIN)/python -m tests.benchmarks.$$(basename $$file .py); done

package: $(VENV)/.package
	@rm -rf build dist
	@$(BIN)/python -m build --wheel
	@$(BIN)/pyinstaller --noconfirm --log-level WARN --distpath dist --workpath build packaging/zinspector.spec
	@packaging/try dist

clean:
	@rm -rf $(VENV) build dist zinspector-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find zinspector plugins tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: newer than pyproject.toml when .venv holds what it asks for.
$(VENV)/.demo: pyproject.toml
	@packaging/venv $(VENV) .
	@touch $@

$(VENV)/.dev: pyproject.toml
	@packaging/venv $(VENV) '.[dev]'
	@touch $@ $(VENV)/.demo

$(VENV)/.package: pyproject.toml
	@packaging/venv $(VENV) '.[package]'
	@touch $@ $(VENV)/.demo

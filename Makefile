# Two commands are all a new user needs: `make chat` and `make test`.
.PHONY: help chat test setup run check lint types bench chaos exam clean locks test-app test-nlu
.DEFAULT_GOAL := help
PY := .venv/bin/python
WAYMARK := .venv/bin/waymark

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: ## both environments, from the locks
	@sh scripts/setup.sh

chat: setup ## talk with the bot in this terminal
	@$(WAYMARK) chat $(ARGS)

test: setup lint types ## everything that CI checks
	@$(WAYMARK) train >/dev/null
	@$(WAYMARK) check
	@$(MAKE) --no-print-directory test-nlu test-app

test-nlu:
	@.venv-nlu/bin/python -W ignore -m pytest -q -p no:cacheprovider -c nlu/tests/pytest.ini nlu/tests

test-app:
	@$(PY) -m pytest -q -n 2 --dist worksteal --durations 20 --durations-min 8 $(ARGS)

lint: setup
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

types: setup
	@.venv/bin/mypy

check: setup ## all content: schema, sources, numbers, reading grade, both languages
	@$(WAYMARK) check

run: setup ## serve over Telegram (README, three steps)
	@$(WAYMARK) run

bench: setup ## measure against named peers; writes docs/benchmarks
	@$(WAYMARK) bench
	@$(PY) -m tests.bench.load

chaos: setup ## 500 kills over 2,000 updates, 2,000 while people ask for a place, ten minutes of killed senders on each kind of database
	@WAYMARK_CHAOS_KILLS=500 WAYMARK_CHAOS_UPDATES=2000 WAYMARK_REQUEST_KILLS=2000 WAYMARK_REQUEST_CRASH_POINTS=20000 WAYMARK_REFRESHER_CHAOS_SECONDS=600 $(PY) -m pytest -q -m chaos tests

exam: setup ## how well messages are understood; ARGS=--record keeps the figures that the tests hold
	@$(PY) -m tests.exam $(ARGS)

locks: ## resolve the locks anew (needs uv)
	uv pip compile -q --python-version 3.11 --group nlu --generate-hashes --no-emit-index-url --no-header -o locks/nlu.txt pyproject.toml
	uv pip compile -q --python-version 3.11 --group app --generate-hashes --no-emit-index-url --no-header -o locks/app.txt pyproject.toml
	uv pip compile -q --python-version 3.11 --group dev --generate-hashes --no-emit-index-url --no-header -o locks/dev.txt pyproject.toml

clean: ## environments and caches; your data stays
	rm -rf .venv .venv-nlu .uv .mypy_cache .ruff_cache .pytest_cache

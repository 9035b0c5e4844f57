# Everything one does with this project. A bare Python 3.11 to 3.14 with pip is enough to start.
# GNU make 3.81, which macOS has, is enough too.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
BENCH_INSTALLED := $(VENV)/.installed-benchmarks
SOAK_INSTALLED := $(VENV)/.installed-soak
RESOLVE_INSTALLED := $(VENV)/.installed-resolve

# Chapters and tests share compiled programs: each one kept saves about three seconds.
book chapter serve check test soak pdf links results: export JAX_COMPILATION_CACHE_DIR := $(CURDIR)/.cache/jax
book chapter serve check test soak pdf links results: export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS := 0

.DEFAULT_GOAL := help
.PHONY: help book chapter serve pdf check test soak lint links lighthouse rehearse results bench resolve ends clean
.NOTPARALLEL:

help: ## say what there is
	@echo 'Usage: make TARGET [PYTHON=/path/to/python] [PORT=8000] [NAME=chapter]'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' Makefile

book: $(INSTALLED) ## run every chapter and build the book into _build/html
	@$(RUN) tools/build_book.py

chapter: $(INSTALLED) ## run one chapter and make its page (NAME=training)
	@$(RUN) tools/build_chapter.py '$(NAME)'

serve: $(INSTALLED) ## show the book in a browser, from this machine alone
	@$(RUN) tools/serve.py '$(PORT)'

pdf: $(INSTALLED) ## make the book one PDF, _build/book.pdf (needs LaTeX; says what to install)
	@$(RUN) tools/build_pdf.py

check: lint ## prove in a few minutes what needs no book: style, types, the fast tests
	@$(RUN) -m pytest -n auto --maxprocesses 4 -m 'not (soak or slow or browser)'

# The tests of the rendered pages need the book, so it is built first.
test: lint book ## prove everything: style, types, the book, the tests
	@$(RUN) -m pytest -n auto --maxprocesses 4

soak: $(SOAK_INSTALLED) ## run the long forms of tests, and write what they counted into tests/README.md
	@$(RUN) -m pytest -m soak -n auto --maxprocesses 4 --soak-table tests/README.md tests

lint: $(INSTALLED) ## check style, format, types and spelling
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(VENV)/bin/codespell

links: $(INSTALLED) ## ask the outside addresses that the book names whether they answer
	@$(RUN) tools/check_links.py

lighthouse: $(INSTALLED) ## measure the built pages (needs Lighthouse, from npm)
	@$(RUN) tools/lighthouse.py

rehearse: $(INSTALLED) ## do what Binder does, then what a student does in every chapter
	@$(RUN) tools/rehearse.py

results: $(INSTALLED) ## bring the recorded results up to date (on a Dask cluster: ADDRESS=HOST:PORT)
	@$(RUN) -m experiments $(if $(ADDRESS),--address $(ADDRESS))

bench: $(BENCH_INSTALLED) ## measure this library beside others
	@$(RUN) -m benchmarks

resolve: $(RESOLVE_INSTALLED) ## ask the package registry whether README.md's table of Pythons and systems holds
	@$(RUN) tools/resolve.py

ends: $(SOAK_INSTALLED) ## test the library on its lowest and newest dependencies (one: ONLY='lowest and 3.12')
	@$(RUN) -m pytest -m soak $(if $(ONLY),-k '$(ONLY)') tests/tools/test_dependencies.py

clean: ## remove the built book and all caches (delete .venv by hand to start from nothing)
	rm -rf _build .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis src/*.egg-info

$(INSTALLED): requirements.txt pyproject.toml
	@sh tools/environment '$(PYTHON)' $(VENV) requirements.txt $@

$(RESOLVE_INSTALLED): tools/requirements.txt
	@sh tools/environment '$(PYTHON)' $(VENV) tools/requirements.txt $@

$(BENCH_INSTALLED): $(INSTALLED) benchmarks/requirements.txt
	@sh tools/environment '$(PYTHON)' $(VENV) benchmarks/requirements.txt $@

$(SOAK_INSTALLED): $(INSTALLED) tests/requirements.txt tools/requirements.txt
	@sh tools/environment '$(PYTHON)' $(VENV) tests/requirements.txt $@

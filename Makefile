# `make` alone prints this menu. Nothing else needs to be installed first: Bun is fetched into .bun/ when it is missing.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
BUN_VERSION := 1.4.5
OPENCODE_VERSION := 1.18.34

# A Bun of exactly this version on the PATH is used; any other cannot read the lock file, so the pinned one is installed here.
ifndef BUN
  ifeq ($(shell bun --version 2>/dev/null),$(BUN_VERSION))
    BUN := bun
    BUN_READY :=
  else
    BUN := .bun/node_modules/.bin/bun
    BUN_READY := .bun/$(BUN_VERSION)
  endif
endif

.DEFAULT_GOAL := help
.PHONY: help run dev test check format build bench ruin coverage clean

help: ## print this menu
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: node_modules/.ok ## start Parley: development sign-in, this machine only, http://localhost:8080
	NODE_ENV=production OPENCODE_DEV_MODE=$${OPENCODE_DEV_MODE:-true} $(BUN) --no-env-file src/main.ts serve

dev: node_modules/.ok ## the same, restarted at each change
	OPENCODE_DEV_MODE=$${OPENCODE_DEV_MODE:-true} $(BUN) --no-env-file --watch src/main.ts serve

test: node_modules/.ok .bun/agents/$(OPENCODE_VERSION) ## every test (browser tests need chromium on the PATH)
	BUN=$(BUN) bash test/support/run.sh

check: node_modules/.ok ## types, lint, format and import rules
	$(BUN) check
	$(BUN) node_modules/.bin/biome check --error-on-warnings
	$(BUN) test test/architecture.test.ts
	@! grep -nE 'https?://' bun.lock || { echo 'bun.lock names a registry: put "" in its place'; exit 1; }

format: node_modules/.ok ## put the code into shape
	$(BUN) node_modules/.bin/biome check --write

build: node_modules/.ok ## dist/parley, the executable: pages, assets and migrations inside
	$(BUN) build --compile --production --minify --bytecode --format=esm --sourcemap \
	  --no-compile-autoload-dotenv --no-compile-autoload-bunfig src/main.ts --outfile dist/parley
	@rm -f dist/*.map

bench: node_modules/.ok ## benchmarks beside a raw Bun server, as ratios
	$(BUN) test/bench/run.ts $(BENCH)

ruin: node_modules/.ok ## the long rounds of the tests that kill, fill and stall
	RUIN=long $(BUN) test --timeout 120000 test/ruin test/hostile

coverage: node_modules/.ok ## which lines of src the tests run
	$(BUN) test --coverage --coverage-reporter=text

clean: ## remove what was built and installed; data/ stays
	rm -rf dist node_modules .bun coverage test/bench/.build test/.artifacts

node_modules/.ok: package.json bun.lock $(BUN_READY)
	$(BUN) install --frozen-lockfile
	@touch $@

# Newer npm does not run install scripts, so Bun's own is run by hand: it only links the binary.
.bun/$(BUN_VERSION):
	npm install --prefix .bun --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error bun@$(BUN_VERSION)
	node .bun/node_modules/bun/install.js
	@touch $@

# A real coding agent for the tests: no dependency, because it is 180 MB that nobody needs to run Parley. Where it cannot be had the tests say so.
.bun/agents/$(OPENCODE_VERSION):
	@mkdir -p .bun/agents
	-npm install --prefix .bun/agents --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error opencode-linux-x64@$(OPENCODE_VERSION) && touch $@

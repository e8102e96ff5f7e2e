# Every task a person runs, one line each. What they do is in scripts/.
.PHONY: help run test test-faults fuzz bench setup fmt openapi web clean
.DEFAULT_GOAL := help

help:    ## Show this list
	@sed -nE 's/^([a-z-]+): +## (.*)/  make \1\t\2/p' Makefile | expand -t 21
run:     ## Install what is missing, build and start Weir (PORT=8080, WEB=0 without the web app)
	@scripts/run
test:    ## Run every test there is (STREAM_SDKS=0 without those that need Stream's packages)
	@scripts/test
test-faults: ## Break servers and Redis under full load, release build (about half an hour)
	@FAULTS=full cargo test --release --test faults -- --test-threads 1
fuzz:    ## Throw what the OpenAPI document allows, and what it does not, at the server, with a fresh seed (about half an hour)
	@cargo build --bin weir && compat-tests/fuzz/run.sh --long
bench:   ## Measure Weir against the bare machine (BENCH="send idle", BENCH=--help)
	@scripts/check-tools cargo cc && scripts/need redis && cargo bench --bench bench -- $(BENCH)
setup:   ## Install what the tests need
	@scripts/test setup
fmt:     ## Format the code
	@cargo fmt --all && if [ -d web/node_modules ]; then npm --prefix web run --silent format; fi
openapi: ## Write openapi/ anew from the code
	@UPDATE_OPENAPI=1 cargo test --quiet --test house openapi
web:     ## Build the web app into web/dist
	@scripts/build-web
clean:   ## Remove what was built; the data stays
	@rm -rf target web/dist web/node_modules compat-tests/node_modules

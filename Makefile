# `make run` needs a Rust toolchain, a C compiler and make. What tests need beyond that, `make test`
# installs itself. Every target is one command; the longer ones are scripts in .ci/.

.DEFAULT_GOAL := help
.PHONY: help run console release openapi test check lint e2e bench soak cold-start audit

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: console ## the server with its demo: API on :8000, console on :3000 (ARGS="--model openai/…")
	cargo run --package server -- serve --demo $(ARGS)

console: ## the console's files for the browser, quickly
	cargo run --package console-build

release: ## the one binary as it is shipped: target/release/magone
	cargo run --package console-build -- --release
	cargo build --release --package server

openapi: ## the contract of the HTTP API, as clients/openapi.json
	@.ci/openapi.sh

test: ## everything, from formatting to the browser
	@.ci/test.sh

check: ## what needs no running server: format, lints, wasm, rules of the tree, licences
	@.ci/check.sh

lint: ## format and lints alone
	@.ci/lint.sh

e2e: ## the console in a browser
	@.ci/e2e.sh

bench: ## the benchmarks, on the release build; one of them with B=b2
	@.ci/bench.sh $(B)

soak: ## what takes long: reliability and both engines, with twenty seeds
	@.ci/soak.sh

cold-start: ## how long `make run` takes from a fresh clone, and the second time
	@.ci/cold-start.sh

audit: ## known vulnerabilities; fetches the advisory database
	@.ci/audit.sh

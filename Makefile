# Every command a developer types. Nothing but Go is needed for `make run` and `make test`.

export GOTOOLCHAIN ?= local

GO        ?= go
MODULE    := github.com/keywright/keywright
FUZZTIME  ?= 10s
# Which tests, and with what arguments, for example: make test PKG=./core/... TESTFLAGS='-run TestPK04 -count=1'
PKG       ?= ./...
# What runs a second time under the race detector: where several callers meet. Nothing of it if PKG was chosen.
# The first run has vetted the same files.
RACE      ?= $(if $(filter ./...,$(PKG)),$(MODULE) $(MODULE)/core/... $(MODULE)/adapters/... $(MODULE)/internal/itest/races $(MODULE)/internal/itest/authenticators)
TESTFLAGS ?=
# What make bench and make bench-scale measure, for example: make bench BENCHFLAGS='-stores postgres -callers 16'
# or make bench-scale BENCHFLAGS='-stores sqlite -grants 100000 -json found.json'; -h lists them
BENCHFLAGS ?=
# How make torture is run, for example: make torture TORTUREFLAGS='-store postgres -for 2m -seed 7'; -h lists them
TORTUREFLAGS ?=
LINT      := $(GO) tool -modfile=tools/go.mod golangci-lint

.DEFAULT_GOAL := help
.PHONY: help run test lint fmt bench bench-scale bench-million torture galera conformance reference fuzz cover clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start a provider, a demo application and a mailbox on loopback
	@CGO_ENABLED=0 $(GO) build -o bin/quickstart ./examples/quickstart
	@exec bin/quickstart # not go run, which makes an error of Ctrl-C

test: ## Run all tests; ends with what had to be skipped and how to have it
	@$(GO) run ./internal/tools/skips -- $(TESTFLAGS) $(PKG) $(if $(strip $(RACE)),-- -race -vet=off $(TESTFLAGS) $(RACE))

lint: ## Check the formatting, go vet and the linters; fails on what it finds
	@files=$$(gofmt -l .) && { [ -z "$$files" ] || { echo "not formatted, run make fmt:"; echo "$$files"; exit 1; }; }
	$(GO) vet ./...
	$(LINT) run ./...

fmt: ## Format the Go code
	gofmt -w .

bench: ## Measure each endpoint on every database, beside the bare limits of this machine
	CGO_ENABLED=0 $(GO) run ./internal/bench/cmd $(BENCHFLAGS)

bench-scale: ## Measure 100 000 rotations, 1 000 000 grants, rows and growth, 10 000 tenants (an hour)
	CGO_ENABLED=0 $(GO) run ./internal/bench/cmd -scale rotations,grants,rows,tenants $(BENCHFLAGS)

bench-million: ## Measure 1 000 000 checks of a token beside bare signatures, and register 1 000 000 clients (8 minutes)
	$(GO) test ./core/resource -run '^$$' -bench 'Check$$' -benchtime 1000000x
	$(GO) test ./core/provider -run '^$$' -bench DCR_register -benchtime 1000000x

torture: ## Kill three replicas and their database under load for ten minutes; nothing answered may be lost
	@CGO_ENABLED=0 $(GO) build -o bin/torture ./internal/itest/torture/cmd
	@bin/torture $(TORTUREFLAGS)

galera: ## Run a provider over three MariaDB nodes: conformance, races, nodes that die or are cut off (4 minutes)
	$(GO) test -count=1 ./internal/itest/galera -args -long
	@CGO_ENABLED=0 $(GO) build -o bin/torture ./internal/itest/torture/cmd
	@bin/torture -store galera -for 90s $(TORTUREFLAGS)

conformance: ## Have the conformance runner of MCP judge the authorization server of examples/mcp (needs node and npm)
	@$(GO) test -count=1 -v -run TestConformance ./internal/itest/mcp | awk '{ print } /^--- PASS/ { passed = 1 } END { exit !passed }' # skipped is not passed

reference: ## Write docs/reference from the source
	$(GO) run ./internal/reference/cmd

fuzz: ## Run every fuzz target for FUZZTIME (10s)
	@grep -rl --include='*_test.go' '^func Fuzz' . | sort | while read -r file; do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$$file"); do \
			echo "== $$target ($$(dirname "$$file"))"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" || exit 1; \
		done || exit 1; \
	done

cover: ## Measure which statements the tests reach; writes coverage.html
	$(GO) test -coverpkg=./... -coverprofile=coverage.out ./...
	@$(GO) tool cover -html=coverage.out -o coverage.html
	@$(GO) tool cover -func=coverage.out | tail -n 1

clean: ## Remove what building and testing left behind (not the state in .keywright)
	rm -rf bin coverage.* skipped.txt
	find . -name '*.test' -o -name '*.prof' | xargs rm -f

# `make` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

# `make demo PROFILE=release` builds longer and runs the same.
PROFILE ?= dev
DEMO_PLAN ?= examples/plans/demo.toml
# For example TEST_ARGS="-p meshdelta-stats".
TEST_ARGS ?= --workspace

TARGET := $(or $(CARGO_TARGET_DIR),target)
MESHDELTA := $(TARGET)/$(if $(filter dev test,$(PROFILE)),debug,$(PROFILE))/meshdelta
# Cargo has its own idea of parallel jobs; make's would hold it back.
CARGO := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL cargo
STEP := tools/step

# The fetched programs come first on PATH, and temporary files stay in the project.
export PATH := $(CURDIR)/.tools/bin:$(PATH)
export TMPDIR := $(CURDIR)/target/tmp

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ready ## Measure the five phases on this machine and write a report (the first time takes minutes)
	@tools/check-toolchain
	@$(MAKE) -j2 programs build || { echo "make demo: the first line with \"failed after\" has the reason above it" >&2; exit 1; }
	@run=runs/demo-$$(date -u +%Y%m%dT%H%M%SZ); \
	measured=0; \
	$(STEP) "measure (the run is $$run)" "$(MESHDELTA)" run $(DEMO_PLAN) --output "$$run" || measured=$$?; \
	case $$measured in 0|5) ;; *) exit $$measured ;; esac; \
	$(STEP) report "$(MESHDELTA)" report "$$run"; \
	echo "The report: $(CURDIR)/$$run/report/report.html"; \
	[ $$measured -eq 0 ] || echo "make demo: some slots are invalid on this machine now (exit code 5); the report says which and why"

.PHONY: test
test: ready ## Check format and lints, and run every test
	@tools/check-toolchain fmt clippy
	@$(STEP) format $(CARGO) fmt --all --check
	@$(MAKE) -j2 programs clippy || { echo "make test: the first line with \"failed after\" has the reason above it" >&2; exit 1; }
	@$(STEP) tests $(CARGO) test --locked $(TEST_ARGS)
	@RUSTDOCFLAGS="-D warnings" $(STEP) documentation $(CARGO) doc --locked --workspace --no-deps
	@echo "make test: all passed"

.PHONY: test-outputs
test-outputs: ready ## Look at pages in a browser, and at slides and data with other libraries
	@rm -rf "$(TARGET)/outputs"
	@MESHDELTA_PREVIEW="$(abspath $(TARGET))/outputs" $(STEP) fixtures \
	  $(CARGO) test --locked --workspace --test report --test analysis -- --ignored --exact preview::preview
	@$(STEP) outputs tools/test-outputs "$(TARGET)/outputs" "$(MESHDELTA)"

.PHONY: test-cluster
test-cluster: ready programs ## Test on a real Kubernetes cluster of one node (Linux, root, Go; the first time builds it)
	@$(STEP) cluster env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL tools/test-cluster/test

.PHONY: programs
programs: ready ## Get k6, Envoy and Prometheus into .tools/bin
	@$(STEP) programs tools/get-programs

.PHONY: build
build: ready ## Build the program
	@$(STEP) build $(CARGO) build --locked --profile $(PROFILE)

.PHONY: clippy
clippy: ready ## Check the lints
	@$(STEP) clippy $(CARGO) clippy --locked --workspace --all-targets -- -D warnings

.PHONY: clean
clean: ## Remove the build and the fetched programs (runs are kept)
	rm -rf .tools "$(TARGET)"

.PHONY: ready
ready:
	@mkdir -p "$(TMPDIR)"

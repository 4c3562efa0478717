# One build configuration (debug) serves `demo` and `test`, so that the dependencies are built once.
# `bench` and `install` need optimised code and build it beside, in .build/release.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help deps build demo test simulate soak lint format bench fuzz guided install

PREFIX ?= /usr/local
SWIFT ?= swift
# A target that imports what it has not declared stops the build; warnings are errors by Package.swift.
SWIFT_FLAGS ?= --explicit-target-dependency-import-check error
DEMO_FLAGS ?=
BENCH_FLAGS ?=
SOAK_FLAGS ?=
FUZZ_FLAGS ?=
FUZZ_READER ?= request
FUZZ_SECONDS ?= 60
TEST_FLAGS ?=
SEEDS ?= 1000
SIMULATE_FLAGS ?=

# Debian: package, and a file that tells that it is there.
DEBIAN_PACKAGES := librdkafka-dev libsqlite3-dev pkg-config zlib1g-dev

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## Install the system libraries that are missing (Debian and Ubuntu; says what to do elsewhere)
	@if ! command -v $(SWIFT) >/dev/null; then \
	  echo "Swift 6.2 or later is needed: https://www.swift.org/install" >&2; exit 1; \
	fi
	@if command -v dpkg-query >/dev/null; then \
	  missing=(); \
	  for package in $(DEBIAN_PACKAGES); do \
	    status=$$(dpkg-query --show --showformat='$${db:Status-Status}' $$package 2>/dev/null || true); \
	    if [ "$$status" != installed ]; then missing+=("$$package"); fi; \
	  done; \
	  if [ $${#missing[@]} -gt 0 ]; then \
	    echo "installing $${missing[*]}"; \
	    as_root=(); \
	    if [ "$$(id -u)" != 0 ]; then \
	      if command -v sudo >/dev/null; then as_root=(sudo); \
	      else echo "run as root: apt-get install $${missing[*]}" >&2; exit 1; fi; \
	    fi; \
	    "$${as_root[@]}" apt-get update --quiet; \
	    "$${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
	      apt-get install --quiet --yes --no-install-recommends "$${missing[@]}"; \
	  fi; \
	elif [ "$$(uname)" = Darwin ]; then \
	  if ! pkg-config --exists rdkafka 2>/dev/null; then \
	    echo "run: brew install librdkafka pkg-config" >&2; exit 1; \
	  fi; \
	elif ! pkg-config --exists rdkafka sqlite3 zlib 2>/dev/null; then \
	  echo "install the development files of librdkafka, SQLite and zlib, and pkg-config" >&2; exit 1; \
	fi

build: deps ## Build everything but the tests
	$(SWIFT) build $(SWIFT_FLAGS)

demo: deps ## See it work: install what is missing, build, run the story on the embedded broker
	@if [ ! -d .build/debug ]; then \
	  echo "The first build takes several minutes; the next ones take seconds."; \
	fi
	$(SWIFT) build $(SWIFT_FLAGS) --product habeas
	@.build/debug/habeas demo $(DEMO_FLAGS)

test: deps ## Install what is missing, build, run all tests
	# One test at a time: on two cores the brokers and servers of many at once run into each other's deadlines.
	$(SWIFT) test $(SWIFT_FLAGS) --disable-xctest --no-parallel $(TEST_FLAGS)

soak: deps ## Disturb real processes on a Kafka: make soak SOAK_FLAGS="--bootstrap-servers localhost:9092"
	$(SWIFT) build $(SWIFT_FLAGS) --product habeas
	$(SWIFT) build $(SWIFT_FLAGS) --product habeas-soak
	@.build/debug/habeas-soak $(SOAK_FLAGS)

lint: ## Check the style (the tests check the rest: lengths, imports, runbooks)
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests

format: ## Rewrite the sources in the style
	$(SWIFT) format format --in-place --recursive --parallel Package.swift Sources Tests

simulate: ## Run coordinators on a simulated broker, with faults: make simulate SEEDS=1000
	# A build of its own: it has the deliberate bugs and the probe of the table of transitions, which products have not.
	HABEAS_SIMULATION=1 $(SWIFT) build $(SWIFT_FLAGS) --configuration release --scratch-path .build/simulation \
	  --product habeas-simulate
	@.build/simulation/release/habeas-simulate --seeds $(SEEDS) $(SIMULATE_FLAGS)

bench: deps ## Measure this machine on a broker: make bench BENCH_FLAGS="--bootstrap-servers localhost:9092"
	$(SWIFT) build $(SWIFT_FLAGS) --configuration release --static-swift-stdlib --product habeas
	@.build/release/habeas bench $(BENCH_FLAGS)

fuzz: deps ## Try every reader with ten million hostile inputs: make fuzz FUZZ_FLAGS="--reader request --seed 7"
	$(SWIFT) build $(SWIFT_FLAGS) --configuration release --product habeas-fuzz
	@.build/release/habeas-fuzz $(FUZZ_FLAGS)

# A build of its own beside the others: what libFuzzer watches is compiled differently.
guided: deps ## Let libFuzzer look for inputs that reach new code: make guided FUZZ_READER=catalogue FUZZ_SECONDS=600
	HABEAS_LIBFUZZER=1 $(SWIFT) build $(SWIFT_FLAGS) --configuration release --scratch-path .build/guided \
	  --product habeas-fuzz-guided
	mkdir -p .build/guided/corpus/$(FUZZ_READER)
	HABEAS_FUZZ_READER=$(FUZZ_READER) .build/guided/release/habeas-fuzz-guided -max_len=65536 -timeout=30 \
	  -artifact_prefix=.build/guided/ -max_total_time=$(FUZZ_SECONDS) .build/guided/corpus/$(FUZZ_READER)

install: deps ## Build optimised and install to PREFIX/bin (default /usr/local)
	$(SWIFT) build $(SWIFT_FLAGS) --configuration release --static-swift-stdlib --product habeas
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 .build/release/habeas $(DESTDIR)$(PREFIX)/bin/habeas

# understudy: one Makefile, no recursion; sources are found by folder.
#   make help        what there is to do
# MODE=release|debug|thread|cover and CC=gcc|clang each build in a folder of their own.

MODE ?= release
ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX ?= /usr/local
OPT ?=

B := build/$(MODE)-$(notdir $(CC))$(OPT)
BIN := $(B)/understudy

PACKAGES := gsl sqlite3 yaml-0.1 jansson zlib
DEBS := build-essential pkg-config libgsl-dev libsqlite3-dev libyaml-dev libjansson-dev zlib1g-dev \
        libjs-dygraphs gnuplot-nox
DEBS_TEST := libcmocka-dev bats libmpfr-dev sqlite3 python3 strace
DEBS_CI := clang clang-format libclang-rt-14-dev git

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wdouble-promotion \
        -Wno-overlength-strings -Werror
# Arithmetic is the same everywhere: no contraction, no excess precision, no processor of its own.
FLOAT := -ffp-contract=off -fno-fast-math
FLAGS_release := -O2 -g
FLAGS_debug := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_thread := -O1 -g -fsanitize=thread
FLAGS_cover := -O0 -g --coverage
ifeq ($(FLAGS_$(MODE)),)
$(error MODE is '$(MODE)'; allowed: release, debug, thread, cover)
endif
CFLAGS_ALL = -std=c17 -D_GNU_SOURCE -I. -I$(B)/gen $(WARN) $(FLOAT) $(FLAGS_$(MODE)) $(OPT) $(CFLAGS)
VERSION := 0.1.0

# What goes into the program as bytes: name=path.
DYGRAPHS := /usr/share/javascript/dygraphs
EMBED := schema_sql=sim/store/schema.sql \
         dygraph_js=$(DYGRAPHS)/dygraph.min.js \
         dygraph_css=$(DYGRAPHS)/dygraph.min.css \
         report_css=plots/report.css \
         report_js=plots/report.js \
         starter_yaml=models/world/starter.yaml

FOLDERS := sim models analysis plots
SRC := $(filter-out sim/main.c,$(shell find $(FOLDERS) -name '*.c' | LC_ALL=C sort))
OBJ := $(SRC:%.c=$(B)/%.o)
LIB := $(B)/libunderstudy.a
TEST_SRC := $(shell find tests/unit tests/theory tests/golden tests/fault -name 'test_*.c' | LC_ALL=C sort)
TEST_BIN := $(TEST_SRC:%.c=$(B)/%)
TEST_HELP := $(filter-out $(TEST_SRC),$(shell find tests/unit tests/theory tests/golden tests/fault -name '*.c'))
BENCH_SRC := $(wildcard tests/bench/*.c)
BENCH_BIN := $(BENCH_SRC:%.c=$(B)/%)

PKG_OK := $(shell pkg-config --exists $(PACKAGES) 2>/dev/null && echo yes)
PKG_CFLAGS := $(if $(PKG_OK),$(shell pkg-config --cflags $(PACKAGES)))
PKG_LIBS := $(if $(PKG_OK),$(shell pkg-config --libs $(PACKAGES)))
LDLIBS := $(PKG_LIBS) -lpthread -lm

.DEFAULT_GOAL := build
.PHONY: help build test test-unit test-cli bench lint format docs compdb install uninstall clean deps deps-test demo check-deps fuzz
.DELETE_ON_ERROR:

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile
	@echo "  MODE=release|debug|thread|cover   CC=gcc|clang   PREFIX=$(PREFIX)"

build: $(BIN) ## the program, $(BIN)

check-deps:
	@for p in $(PACKAGES); do pkg-config --exists $$p 2>/dev/null || missing="$$missing $$p"; done; \
	test -f $(DYGRAPHS)/dygraph.min.js || missing="$$missing dygraphs"; \
	if [ -n "$$missing" ]; then \
	  echo "missing:$$missing" >&2; echo "run 'make deps', or: sudo apt-get install --no-install-recommends $(DEBS)" >&2; exit 1; fi

$(B)/%.o: %.c | check-deps
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -DUST_VERSION='"$(VERSION)"' -MMD -MP -c $< -o $@

$(B)/gen/embed.S: Makefile $(foreach e,$(EMBED),$(lastword $(subst =, ,$(e)))) | check-deps
	@mkdir -p $(@D)
	@for e in $(EMBED); do n=$${e%%=*}; p=$${e#*=}; \
	  printf '.section .rodata\n.global ust_embed_%s\n.balign 16\nust_embed_%s:\n.incbin "%s"\n.byte 0\n' $$n $$n $$p; done > $@
	@echo '.section .note.GNU-stack,"",@progbits' >> $@

$(B)/gen/embed.o: $(B)/gen/embed.S
	$(CC) -c $< -o $@

$(LIB): $(OBJ) $(B)/gen/embed.o
	@rm -f $@
	ar rcs $@ $^

$(BIN): $(B)/sim/main.o $(LIB)
	$(CC) $(CFLAGS_ALL) $^ $(LDLIBS) -o $@

$(B)/tests/%: tests/%.c $(LIB) $(TEST_HELP)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -MMD -MP -MF $@.d $< $(wildcard $(dir $<)help.c) $(LIB) $(LDLIBS) $(TEST_LIBS) -o $@
$(TEST_BIN): TEST_LIBS := -lcmocka -lmpfr -lgmp

compdb: ## compile_commands.json, for editors
	@{ echo '['; first=1; for f in $(SRC) sim/main.c; do \
	  [ $$first ] || echo ','; first=; \
	  printf '{"directory":"%s","file":"%s","command":"%s"}' "$(CURDIR)" "$$f" \
	    "$(CC) -std=c17 -D_GNU_SOURCE -I. -c $$f"; done; echo ']'; } > compile_commands.json

lint: ## layers, banned calls, format
	@sh tests/lint/run.sh

format: ## clang-format, in place
	clang-format -i $$(git ls-files '*.c' '*.h')

clean: ## forget what was built
	rm -rf build compile_commands.json

deps: ## the Debian packages that building needs
	@sh tests/lint/deps.sh $(DEBS)
deps-test:
	@sh tests/lint/deps.sh $(DEBS) $(DEBS_TEST)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# understudy: one Makefile, no recursion; sources are found by folder.
#   make help        what there is to do
# MODE=release|debug|thread|cover and CC=gcc|clang each build in a folder of their own; V=1 shows
# the commands.

MODE ?= release
ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX ?= /usr/local
OPT ?=
VERSION := 0.1.0

B := build/$(MODE)-$(notdir $(CC))$(OPT)
BIN := $(B)/understudy

PACKAGES := gsl sqlite3 yaml-0.1 jansson zlib libgit2 libzip
DEBS := build-essential pkg-config libgsl-dev libsqlite3-dev libyaml-dev libjansson-dev zlib1g-dev \
        libgit2-dev libzip-dev libjs-dygraphs gnuplot-nox
DEBS_MPI := libopenmpi-dev openmpi-bin
DEBS_TEST := $(DEBS_MPI) parallel libcmocka-dev bats libmpfr-dev sqlite3 python3 python3-jsonschema python3-yaml time git
DEBS_CI := clang clang-format libclang-rt-14-dev prometheus

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

# What goes into the program as bytes: name=path.
DYGRAPHS := /usr/share/javascript/dygraphs
EMBED := schema_sql=sim/store/schema.sql \
         dygraph_js=$(DYGRAPHS)/dygraph.min.js \
         dygraph_css=$(DYGRAPHS)/dygraph.min.css \
         report_css=plots/report.css \
         report_js=plots/report.js \
         pages_css=plots/pages/pages.css \
         study_sql=analysis/study/study.sql \
         classify_sql=analysis/classify/classify.sql \
         starter_yaml=models/world/starter.yaml

SRC := $(filter-out sim/main.c sim/main_mpi.c models/ranks/%,$(shell find sim models analysis plots -name '*.c' | LC_ALL=C sort))
OBJ := $(SRC:%.c=$(B)/%.o)
LIB := $(B)/libunderstudy.a

# tests/FOLDER/.../test_x.c is a program; the other .c files beside it are linked into it.
TEST_DIRS := $(wildcard tests/unit tests/theory tests/golden tests/fault tests/swarm)
TEST_SRC := $(if $(TEST_DIRS),$(shell find $(TEST_DIRS) -name 'test_*.c' | LC_ALL=C sort))
TEST_BIN := $(TEST_SRC:%.c=$(B)/%)
TEST_HELP := $(if $(TEST_DIRS),$(shell find $(TEST_DIRS) -name '*.c' ! -name 'test_*.c' | LC_ALL=C sort))
BENCH_SRC := $(wildcard tests/bench/bench_*.c)
BENCH_HELP := $(filter-out $(BENCH_SRC),$(wildcard tests/bench/*.c))
BENCH_BIN := $(BENCH_SRC:%.c=$(B)/%)
BATS := $(wildcard tests/cli/*.bats)

PKG_OK := $(shell pkg-config --exists $(PACKAGES) 2>/dev/null && echo yes)
PKG_CFLAGS := $(if $(PKG_OK),$(shell pkg-config --cflags $(PACKAGES)))
PKG_LIBS := $(if $(PKG_OK),$(shell pkg-config --libs $(PACKAGES)))
LDLIBS := $(PKG_LIBS) -lpthread -lm

# Many machines: a program of its own, because only it needs MPI.
MPI_OK := $(shell pkg-config --exists ompi-c 2>/dev/null && command -v mpirun >/dev/null && echo yes)
MPI_CFLAGS := $(if $(MPI_OK),$(patsubst -I%,-isystem %,$(shell pkg-config --cflags ompi-c)))
MPI_LIBS := $(if $(MPI_OK),$(shell pkg-config --libs ompi-c))
MPI_OBJ := $(patsubst %.c,$(B)/%.o,sim/main_mpi.c $(wildcard models/ranks/*.c))

Q := $(if $(V),,@)
SAY = $(if $(V),@:,@printf '  %-5s %s\n')

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.PHONY: help build mpi test bench fuzz swarm keep validate lint format docs compdb install uninstall clean deps deps-test \
        deps-ci demo check-deps tests-built test-run

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile
	@echo "  MODE=release|debug|thread|cover   CC=gcc|clang   V=1   PREFIX=$(PREFIX)"

build: $(BIN) $(if $(MPI_OK),$(BIN)-mpi) ## the program, and understudy-mpi where Open MPI is there

mpi: ## understudy-mpi, for many machines
ifeq ($(MPI_OK),yes)
	@$(MAKE) --no-print-directory MODE=$(MODE) CC=$(CC) OPT=$(OPT) $(BIN)-mpi
else
	@echo "Open MPI is not there; sudo apt-get install --no-install-recommends $(DEBS_MPI)" >&2; exit 1
endif

check-deps:
	@missing=; for p in $(PACKAGES); do pkg-config --exists $$p 2>/dev/null || missing="$$missing $$p"; done; \
	test -f $(DYGRAPHS)/dygraph.min.js || missing="$$missing dygraphs"; \
	if [ -n "$$missing" ]; then \
	  echo "missing:$$missing" >&2; \
	  echo "run 'make deps', or: sudo apt-get install --no-install-recommends $(DEBS)" >&2; exit 1; fi

$(B)/%.o: %.c | check-deps
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -DUST_VERSION='"$(VERSION)"' -MMD -MP -c $< -o $@

$(B)/gen/embed.S: Makefile $(foreach e,$(EMBED),$(lastword $(subst =, ,$(e)))) | check-deps
	@mkdir -p $(@D)
	@for e in $(EMBED); do n=$${e%%=*}; p=$${e#*=}; \
	  printf '.section .rodata\n.global ust_embed_%s\n.balign 16\nust_embed_%s:\n.incbin "%s"\n.byte 0\n' $$n $$n $$p; done > $@
	@echo '.section .note.GNU-stack,"",@progbits' >> $@

$(B)/gen/embed.o: $(B)/gen/embed.S
	$(Q)$(CC) -c $< -o $@

$(LIB): $(OBJ) $(B)/gen/embed.o
	@rm -f $@
	$(SAY) AR $@
	$(Q)ar rcs $@ $^
	@twice=$$(nm -g --defined-only $@ 2>/dev/null | awk '$$2 ~ /[BDRT]/ {print $$3}' | sort | uniq -d); \
	if [ -n "$$twice" ]; then echo "defined twice, and an archive does not mind: $$twice" >&2; rm -f $@; exit 1; fi

$(BIN): $(B)/sim/main.o $(LIB)
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $^ $(LDLIBS) -o $@

$(MPI_OBJ): PKG_CFLAGS += $(MPI_CFLAGS)
$(BIN)-mpi: $(MPI_OBJ) $(LIB)
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $^ $(MPI_LIBS) $(LDLIBS) -o $@

# ---- tests ----

$(TEST_BIN) $(BENCH_BIN): $(B)/%: %.c $(LIB) $(TEST_HELP) $(BENCH_HELP)
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -MMD -MP -MF $@.d $< \
	  $(filter $(dir $<)%,$(TEST_HELP) $(BENCH_HELP)) $(LIB) $(LDLIBS) $(TEST_LIBS) -o $@
$(TEST_BIN): TEST_LIBS := -lcmocka -lmpfr -lgmp
# The swarm looks at every choice of a region (tests/swarm/watch.h).
$(filter $(B)/tests/swarm/%,$(TEST_BIN)): TEST_LIBS += $(foreach f,path_region client_depart \
  injection_goes_to call_region,-Wl,--wrap=ust_$(f))

tests-built: build $(TEST_BIN)

test: deps-test ## every test; installs what they need
	@$(MAKE) --no-print-directory MODE=$(MODE) CC=$(CC) OPT=$(OPT) test-run

# A second make, because the libraries may have come only now. Results of real data are skipped,
# visibly, where UNDERSTUDY_DATA (default ../shared/data) is not there.
test-run: tests-built
	@UNDERSTUDY=$(CURDIR)/$(BIN) tests/run.sh $(TEST_BIN) -- $(BATS)
ifeq ($(MODE),cover)
	@find $(B) -name '*.gcda' -path '*/understudy*' -prune -o -name '*.gcda' -print | \
	  xargs gcov -n 2>/dev/null | grep -A1 "^File '\(sim\|models\|analysis\|plots\)" | grep -v '^--'
endif

bench: $(BIN) $(BENCH_BIN) ## speed, as ratios to bare loops in the same run
	@for b in $(BENCH_BIN); do UNDERSTUDY=$(CURDIR)/$(BIN) $$b || exit 1; echo; done

# Only clang has libFuzzer. What makes it crash lands in build/fuzz, and once mended in the corpus.
FUZZ_SECONDS ?= 60
FUZZ_SRC := tests/fuzz/fuzz_spec.c $(wildcard sim/base/*.c sim/rand/*.c sim/spec/*.c)

build/fuzz/fuzz_spec: $(FUZZ_SRC) $(wildcard tests/fuzz/*.h sim/base/*.h sim/rand/*.h sim/spec/*.h)
	@mkdir -p $(@D)/found
	$(SAY) LINK $@
	$(Q)clang -std=c17 -D_GNU_SOURCE -I. $(FLOAT) -O1 -g -fsanitize=fuzzer,address,undefined \
	  -fno-sanitize-recover=all $(PKG_CFLAGS) $(FUZZ_SRC) $(LDLIBS) -o $@

fuzz: build/fuzz/fuzz_spec ## hostile input for the loader, FUZZ_SECONDS=60 (needs clang)
	cd build/fuzz && ./fuzz_spec -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2000 \
	  found $(CURDIR)/tests/fuzz/corpus

# Random scenarios against what must hold in all of them; a case that fails is printed, as small
# as it gets, and written to tests/swarm/found. MODE=debug looks for more, ten times slower.
# CASE=S repeats one; COVER=N says what of the language the first N cases have.
SEED ?= 1
MINUTES ?= 1
CASE ?=
COVER ?=
swarm: $(B)/tests/swarm/test_swarm ## random scenarios keep the invariants, SEED=1 MINUTES=1
	@SWARM_SEED=$(SEED) SWARM_MINUTES=$(MINUTES) SWARM_CASE=$(CASE) SWARM_COVER=$(COVER) $<

keep: $(B)/tests/swarm/test_cases $(B)/tests/golden/test_golden ## CASE=S NAME=what-was-wrong: a found case joins the golden tests
	@sh tests/swarm/keep.sh "$(CASE)" "$(NAME)" $(B)

validate: $(BIN) ## theory and published results, minutes; the report is build/validation.html
	$(BIN) verify -o build/validation.html

lint: ## layers, banned calls, format
	@sh tests/lint/run.sh

# ---- work ----

format: ## clang-format, in place
	clang-format -i $$(git ls-files '*.c' '*.h')

docs: $(BIN) ## the generated pages of docs/
	@for d in scenario user resource; do \
	  $(BIN) schema $$d > docs/$$d.schema.json && $(BIN) schema --markdown $$d > docs/$$d.md || exit 1; done

compdb: ## compile_commands.json, for editors
	@{ echo '['; for f in $(SRC) sim/main.c; do \
	  [ "$$f" = "$(firstword $(SRC))" ] || echo ','; \
	  printf '{"directory":"%s","file":"%s","command":"cc -std=c17 -D_GNU_SOURCE -I. -c %s"}' \
	    "$(CURDIR)" "$$f" "$$f"; done; echo ']'; } > compile_commands.json

DEMO := scenarios/08-region-loss-at-peak
demo: deps ## install, build, lose a region, read the verdict and a report
	@$(MAKE) --no-print-directory build
	@mkdir -p build/demo
	$(BIN) run $(DEMO).yaml -o build/demo/demo.db
	$(BIN) report build/demo/demo.db -o build/demo/report.html
	@echo "the report: $(CURDIR)/build/demo/report.html (open it in a browser)"

install: build ## into PREFIX (and DESTDIR)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/understudy
	install -m 755 $(BIN) $(if $(MPI_OK),$(BIN)-mpi) $(DESTDIR)$(PREFIX)/bin/
	cp -r README.md LICENSE personas scenarios docs $(DESTDIR)$(PREFIX)/share/understudy/

uninstall: ## what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/understudy $(DESTDIR)$(PREFIX)/bin/understudy-mpi
	rm -rf $(DESTDIR)$(PREFIX)/share/understudy

clean: ## forget what was built
	rm -rf build compile_commands.json

deps: ## the Debian packages that building needs
	@sh tests/lint/deps.sh $(DEBS)
deps-test:
	@sh tests/lint/deps.sh $(DEBS) $(DEBS_TEST)
deps-ci:
	@sh tests/lint/deps.sh $(DEBS) $(DEBS_TEST) $(DEBS_CI)

-include $(if $(wildcard $(B)),$(shell find $(B) -name '*.d'))

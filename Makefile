# matinf: `make help` lists what can be made.
#
#   core/**.c        -> build/libmatinf.a            (numerics, no Lua)
#   core/**.isa.c    -> one object per instruction set level, chosen at run time
#   bindings/NAME.c  -> build/lib/matinf/c/NAME.so   (Lua module matinf.c.NAME)
#   bindings/NAME_PART.c -> linked into NAME.so as well
#   bindings/binding*.c  -> linked into every module
#   bindings/host.c  -> ./matinf
#   tests/core/NAME.c -> build/tests/NAME            (cmocka)

PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= build
HOST ?= matinf
RECIPE ?= recipes/xps_peaks/recipe.yaml
CC = gcc
EXTRA ?=

# ---- compilation -------------------------------------------------------------------------------

LIBRARIES = lua5.4 hdf5 lapacke openblas yaml-0.1 libedit libb2 zlib
PACKAGE_CFLAGS := $(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null | sed 's/-I/-isystem /g')
PACKAGE_LIBS := $(shell pkg-config --libs $(filter-out lua5.4,$(LIBRARIES)) 2>/dev/null)

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
CFLAGS = -std=gnu11 -O2 -g -fPIC -fopenmp -fvisibility=hidden $(WARNINGS) $(EXTRA)
# Contraction is off everywhere but in the kernels compiled per level: there the fused
# multiply-add is wanted, and bits are promised per level.
STRICT = -ffp-contract=off
# errno of the math functions would keep sqrt from becoming a vector instruction.
KERNEL = -O3 -ffp-contract=fast -fno-math-errno
INCLUDES = -I. $(PACKAGE_CFLAGS)

ARCH := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null)))
LEVELS = baseline
ifeq ($(ARCH),x86_64)
  LEVELS += v3 v4
endif
FLAGS_baseline =
FLAGS_v3 = -march=x86-64-v3
FLAGS_v4 = -march=x86-64-v4 -mprefer-vector-width=512

SOURCES := $(sort $(wildcard core/*/*.c))
KERNELS := $(filter %.isa.c,$(SOURCES))
PLAIN := $(filter-out %.isa.c,$(SOURCES))
OBJECTS := $(PLAIN:%.c=$(BUILD)/%.o) \
  $(foreach level,$(LEVELS),$(KERNELS:%.isa.c=$(BUILD)/%.isa.$(level).o))
BINDINGS := $(basename $(notdir $(wildcard bindings/*.c)))
PARTS := $(foreach name,$(BINDINGS),$(if $(findstring _,$(name)),$(name)))
MODULES := $(filter-out host binding $(PARTS),$(BINDINGS))
# Linked into every module.
COMMON := $(patsubst %.c,$(BUILD)/%.o,$(wildcard bindings/binding*.c))
SHARED := $(MODULES:%=$(BUILD)/lib/matinf/c/%.so)
# The source hash of every module: what a run's stages depend on.
SUMS = $(BUILD)/lib/matinf/c/sources.lua
TESTS := $(patsubst tests/core/%.c,$(BUILD)/tests/%,$(wildcard tests/core/*.c))

.PHONY: all setup run demo test soak bench lint sanitize fuzz doc install dist uninstall clean help
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

all: $(HOST) $(SHARED) $(SUMS)    ## build ./matinf and its modules

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) $(INCLUDES) -MMD -MP -c $< -o $@

define level_rule
$(BUILD)/%.isa.$(1).o: %.isa.c
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) $$(KERNEL) $$(FLAGS_$(1)) -DMI_LEVEL=$(1) $$(INCLUDES) -MMD -MP -c $$< -o $$@
endef
$(foreach level,$(LEVELS),$(eval $(call level_rule,$(level))))

$(BUILD)/libmatinf.a: $(OBJECTS)
	@rm -f $@
	ar qcs $@ $^

# A module resolves the Lua API from the program that loads it; --as-needed keeps only the
# libraries its own kernels call, so that HDF5 and BLAS cost nothing until they are used. It is
# never unloaded: OpenMP's and BLAS's threads outlive the Lua state.
.SECONDEXPANSION:
$(BUILD)/lib/matinf/c/%.so: $(BUILD)/bindings/%.o \
    $$(addprefix $(BUILD)/,$$(addsuffix .o,$$(basename $$(wildcard bindings/$$*_*.c)))) \
    $(COMMON) $(BUILD)/libmatinf.a
	@mkdir -p $(@D)
	$(CC) -shared -fopenmp $(EXTRA) -o $@ $^ -Wl,-z,nodelete -Wl,--as-needed \
	  -Wl,--exclude-libs,ALL $(PACKAGE_LIBS) -lhdf5_hl -lm

# The host carries the whole Lua library and exports it to the modules.
$(HOST): $(BUILD)/bindings/host.o
	$(CC) $(EXTRA) -rdynamic -o $@ $^ \
	  -Wl,--whole-archive -l:liblua5.4.a -Wl,--no-whole-archive -lm -ldl

$(SUMS): $(HOST) $(SHARED) matinf.lua $(wildcard core/*/*.[ch] bindings/*.[ch]) \
    $(wildcard scripts/matinf/*.lua scripts/matinf/*/*.lua)
	./$(HOST) -e 'require "matinf.recipe.sources".write "$@"'

$(BUILD)/tests/%: $(BUILD)/tests/core/%.o $(BUILD)/libmatinf.a
	@mkdir -p $(@D)
	$(CC) -fopenmp $(EXTRA) -o $@ $^ -lcmocka $(PACKAGE_LIBS) -lm

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- what a user types -------------------------------------------------------------------------

setup:
	@.packages/install core

run: setup                        ## install what is missing, build, fit the PET C 1s spectrum
	@$(MAKE) --no-print-directory -s all
	@./$(HOST) demo $(RECIPE)

demo: run                         ## the same for another recipe: make demo RECIPE=path/recipe.yaml

test:                             ## install what is missing, build, run every test
	@.packages/install core test
	@$(MAKE) --no-print-directory -s all
	@$(MAKE) --no-print-directory -s test-programs
	@MATINF=./$(HOST) BUILD=$(BUILD) ./$(HOST) tests/run.lua

# What the robustness tests preload into the host.
$(BUILD)/tests/probe.so: tests/robust/probe.c
	@mkdir -p $(@D)
	$(CC) $(filter-out $(EXTRA),$(CFLAGS)) -shared $(INCLUDES) -o $@ $< -ldl

.PHONY: test-programs
test-programs: $(TESTS) $(BUILD)/tests/probe.so

soak: setup                       ## long robustness runs
	@.packages/install test
	@$(MAKE) --no-print-directory -s all test-programs
	@MATINF=./$(HOST) BUILD=$(BUILD) ./$(HOST) tests/run.lua --soak
	@MATINF=./$(HOST) MATINF_SOAK=1 sh tests/robust/slurm.sh \
	  ./$(HOST) tests/recipes/test_sweep.lua -p slurm -p mpirun
	@$(MAKE) --no-print-directory -s dist
	@if [ "$$(id -u)" -eq 0 ] && command -v debootstrap >/dev/null; then \
	  sh tests/robust/dist_debian11.sh dist/$(RELEASE).tar.gz; \
	else echo "skipped: the tarball on Debian 11 (needs root and debootstrap)"; fi

bench: setup                      ## time and memory, with the ratio to a stated baseline
	@$(MAKE) --no-print-directory -s all
	@./$(HOST) tests/bench/run.lua

lint:                             ## clang-tidy, cppcheck, aarch64 syntax
	@.packages/install core test lint
	@sh tests/lint.sh "$(INCLUDES)"

# intercept_tls_get_addr=0: gcc 12's leak checker dies (in itself) on the thread-local data of some
# of the libraries that modules load; valgrind has nothing to say of the same code.
sanitize:                         ## every test under ASan and UBSan
	@.packages/install core test
	@$(MAKE) --no-print-directory -s BUILD=build/sanitize HOST=build/sanitize/matinf \
	  EXTRA="-O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	  -fno-omit-frame-pointer" \
	  all test-programs
	@ASAN_OPTIONS=allocator_may_return_null=1:intercept_tls_get_addr=0 \
	  MATINF=build/sanitize/matinf BUILD=build/sanitize build/sanitize/matinf tests/run.lua

# TARGET=yaml SECONDS=60 for one target; what libFuzzer finds worth keeping goes to build/fuzz/corpus.
TARGETS = $(basename $(notdir $(wildcard tests/fuzz/*.lua)))
SECONDS ?= 60
fuzz:                             ## fuzz every reader of foreign text and files (SECONDS=60 each)
	@.packages/install core lint
	@$(MAKE) --no-print-directory -s BUILD=build/fuzz HOST=build/fuzz/matinf CC=clang \
	  EXTRA="-O1 -fsanitize=address,fuzzer-no-link -DCMPLX=__builtin_complex" all build/fuzz/fuzz
	@for target in $(TARGETS); do \
	  mkdir -p build/fuzz/corpus/$$target; \
	  echo "== $$target"; \
	  TARGET=$$target ASAN_OPTIONS=detect_leaks=0 build/fuzz/fuzz -max_total_time=$(SECONDS) -timeout=10 \
	    -max_len=16384 -print_final_stats=1 -verbosity=0 -artifact_prefix=build/fuzz/$$target- \
	    build/fuzz/corpus/$$target tests/fuzz/corpus/$$target || exit 1; \
	done

$(BUILD)/fuzz: tests/fuzz/fuzz.c
	$(CC) $(CFLAGS) -fsanitize=fuzzer $(INCLUDES) -rdynamic -o $@ $< \
	  -Wl,--whole-archive -l:liblua5.4.a -Wl,--no-whole-archive -lm -ldl

doc: setup                        ## the reference as HTML and as stubs for editors: build/doc
	@$(MAKE) --no-print-directory -s all
	@./$(HOST) doc --html $(BUILD)/doc
	@./$(HOST) doc --stubs $(BUILD)/doc

install: all                      ## install to PREFIX (default /usr/local), under DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/lua/5.4/matinf/c \
	  $(DESTDIR)$(PREFIX)/share/lua/5.4 $(DESTDIR)$(PREFIX)/share/matinf
	install -m 755 $(HOST) $(DESTDIR)$(PREFIX)/bin/matinf
	install -m 644 $(SHARED) $(SUMS) $(DESTDIR)$(PREFIX)/lib/lua/5.4/matinf/c
	install -m 644 matinf.lua $(DESTDIR)$(PREFIX)/share/lua/5.4
	cp -r scripts/matinf $(DESTDIR)$(PREFIX)/share/lua/5.4
	cp -r recipes $(DESTDIR)$(PREFIX)/share/matinf

VERSION = $(shell sed -n 's/.*version = "\(.*\)".*/\1/p' matinf.lua)
RELEASE = matinf-$(VERSION)-linux-$(ARCH)

dist: setup                       ## a tarball that runs anywhere: dist/matinf-VERSION-linux-ARCH.tar.gz
	@$(MAKE) --no-print-directory -s all
	@.packages/dist/dist.sh $(abspath $(BUILD))/$(RELEASE) $(HOST) $(BUILD) dist/$(RELEASE).tar.gz
	@ls -l dist/$(RELEASE).tar.gz

uninstall:                        ## remove what install put there
	rm -rf $(DESTDIR)$(PREFIX)/bin/matinf $(DESTDIR)$(PREFIX)/lib/lua/5.4/matinf \
	  $(DESTDIR)$(PREFIX)/share/lua/5.4/matinf.lua $(DESTDIR)$(PREFIX)/share/lua/5.4/matinf \
	  $(DESTDIR)$(PREFIX)/share/matinf

clean:                            ## remove everything built
	rm -rf build matinf

help:                             ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

# spotop: build, test, install. `make help` lists the targets.
VERSION := 0.1.0
MODE    ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= gcc
B       := build/$(MODE)

# What a bare Debian 12 needs; mariadb-server-core brings the server without a system service.
DEPS := build-essential pkg-config libncurses-dev libmariadb-dev libuv1-dev libjansson-dev libmicrohttpd-dev \
        libssl-dev zlib1g-dev openssl check libvterm-dev mariadb-server-core mariadb-client-core curl procps \
        clang-format clang-tidy cppcheck mandoc

PKGS  := ncursesw libmariadb libuv jansson libmicrohttpd libcrypto zlib
TPKGS := check vterm
-include build/pkg.mk
build/pkg.mk: Makefile
	@mkdir -p build
	@pkg-config --exists $(PKGS) 2>/dev/null && \
	 { echo "PKG_CFLAGS := $$(pkg-config --cflags $(PKGS))"; echo "PKG_LIBS := $$(pkg-config --libs $(PKGS))"; } > $@ || rm -f $@

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla -Wformat=2 -Wundef
OPT_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
CFLAGS  ?=
CPPFLAGS += -D_GNU_SOURCE -I. -I$(B)/gen
ALL_CFLAGS = -std=c11 -MMD -MP $(WARN) $(OPT_$(MODE)) $(if $(CI),-Werror) $(PKG_CFLAGS) $(CFLAGS)
ALL_LIBS   = $(if $(filter asan,$(MODE)),-fsanitize$(empty)=address,) $(PKG_LIBS) -lm -lpthread

SRC  := $(sort $(wildcard core/*/*.c tui/*.c views/*.c views/*/*.c))
OBJ  := $(SRC:%.c=$(B)/%.o)
LIBO := $(filter-out $(B)/views/main.o,$(OBJ)) $(B)/gen/sql.o
SQL  := $(sort $(wildcard sql/*/*.sql))
BIN  := $(if $(filter release,$(MODE)),spotop,$(B)/spotop)

all: $(BIN)

# A machine without the packages gets them first; make then starts again with pkg.mk present.
$(BIN): $(B)/views/main.o $(B)/libspotop.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(B)/libspotop.a: $(LIBO)
	@rm -f $@
	ar rcs $@ $^

$(B)/%.o: %.c $(B)/gen/sql.h $(B)/gen/version.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(B)/gen/sql.o: $(B)/gen/sql.c
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# The version is a header of its own, so that no flag has to be quoted.
$(B)/gen/version.h: Makefile
	@mkdir -p $(@D)
	@echo '#define SPOTOP_VERSION "$(VERSION)"' > $@

# Every statement of sql/ becomes a `struct query`; a name that is not there does not compile.
$(B)/gen/sql.h: sql/embed.awk $(SQL) $(sort $(dir $(SQL)))
	@mkdir -p $(@D)
	LC_ALL=C awk -v out=header -f sql/embed.awk $(SQL) > $@.tmp && mv $@.tmp $@
$(B)/gen/sql.c: sql/embed.awk $(SQL) $(sort $(dir $(SQL))) $(B)/gen/sql.h
	LC_ALL=C awk -v out=source -f sql/embed.awk $(SQL) > $@.tmp && mv $@.tmp $@

-include $(OBJ:.o=.d) $(wildcard $(B)/tests/*/*.d)

# --- tests: one binary a folder; each tests/X/*.c defines `Suite *suite_FILE(void)` ---
TSRC = $(sort $(wildcard tests/$(1)/*.c))
TBIN = $(B)/tests/$(1)/run
define TEST_FOLDER
$(B)/tests/$(1)/list.h: $(call TSRC,$(1))
	@mkdir -p $$(@D)
	@for f in $$(notdir $$(basename $$^)); do echo "SUITE($$$$f)"; done > $$@
$(B)/tests/$(1)/%.o: tests/$(1)/%.c $(B)/gen/sql.h
	@mkdir -p $$(@D)
	$$(CC) $$(CPPFLAGS) $$(ALL_CFLAGS) -Wno-missing-prototypes -c -o $$@ $$<
$(B)/tests/$(1)/main.o: tests/suite_main.c $(B)/tests/$(1)/list.h
	$$(CC) $$(CPPFLAGS) -I$(B)/tests/$(1) $$(ALL_CFLAGS) -c -o $$@ $$<
$(B)/tests/$(1)/run: $(patsubst %.c,$(B)/%.o,$(call TSRC,$(1))) $(B)/tests/$(1)/main.o \
		$(patsubst %.c,$(B)/%.o,$(wildcard tests/support/*.c)) $(B)/libspotop.a
	$$(CC) $$(ALL_CFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(shell pkg-config --libs $$(TPKGS)) $$(ALL_LIBS)
endef
$(foreach d,unit fuzz it e2e,$(eval $(call TEST_FOLDER,$(d))))
$(B)/tests/support/%.o: tests/support/%.c $(B)/gen/sql.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

TEST_ENV = SPOTOP_BIN=$(abspath $(BIN)) SPOTOP_BUILD=$(abspath $(B))
unit: $(call TBIN,unit) ; $(TEST_ENV) $<
fuzz: $(call TBIN,fuzz) ; $(TEST_ENV) $<
it: $(BIN) $(call TBIN,it) ; $(TEST_ENV) $(call TBIN,it)
e2e: $(BIN) $(call TBIN,e2e) ; $(TEST_ENV) $(call TBIN,e2e)

# The long loops whole: hostile inputs by the million, a thousand crash points, a million events; the event
# stream read by Chromium, which apt-get install chromium brings. SPOTOP_SEED chooses which.
soak: $(BIN) $(call TBIN,it) $(call TBIN,fuzz)
	SPOTOP_FUZZ=2000000 $(TEST_ENV) $(call TBIN,fuzz)
	SPOTOP_CRASHES=1000 $(TEST_ENV) $(call TBIN,it) verbs_once
	SPOTOP_EVENTS=1000000 $(TEST_ENV) $(call TBIN,it) tail
	SPOTOP_COUNTS=1000000 $(TEST_ENV) $(call TBIN,it) schema_counts
	@command -v chromium >/dev/null || { echo "make soak: the event stream has to be read by a browser, and there is none: apt-get install chromium"; exit 1; }
	SPOTOP_SOAK=1 $(TEST_ENV) $(call TBIN,it) serve_soak

test: deps ; $(MAKE) -j2 all && $(MAKE) unit fuzz it e2e
check-asan: deps ; $(MAKE) MODE=asan -j2 all && $(MAKE) MODE=asan unit fuzz it e2e

deps:
	@missing=$$(for p in $(DEPS); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	 if [ -n "$$missing" ]; then \
	   sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	   $$sudo apt-get update -q && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -q --no-install-recommends $$missing; fi
	@$(MAKE) --no-print-directory build/pkg.mk

# --- bench: each tests/bench/X.c is a program; `make bench-jobs` runs one and prints its figures as JSON ---
$(B)/tests/bench/%: tests/bench/%.c $(patsubst %.c,$(B)/%.o,$(wildcard tests/support/*.c)) $(B)/libspotop.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs $(TPKGS)) $(ALL_LIBS)
bench-jobs: $(B)/tests/bench/jobs ; $(TEST_ENV) $<
# The report's claims in three databases of the same rows; SCALE=full: 1,000,000 instances, 10,000,000 prices.
bench-db: $(B)/tests/bench/db ; $(TEST_ENV) $<
# How the console feels beside htop and watch; BENCH_AGENTS is the size of the large fleet, 0: none.
bench-feel: $(BIN) $(B)/tests/bench/feel ; $(TEST_ENV) $(B)/tests/bench/feel
# The tail beside a naive poll, and the endpoint under load.
bench-tail: $(B)/tests/bench/tail ; $(TEST_ENV) $<
bench-serve: $(BIN) $(B)/tests/bench/serve ; $(TEST_ENV) $(B)/tests/bench/serve
# The first and the last page of every list on 200 agents and on BENCH_AGENTS, as a ratio.
bench-lists: $(B)/tests/bench/lists ; $(TEST_ENV) $<
# Claims and issues beside the bare statements on the same rows; the object is kept in build/bench-acts.json.
bench-acts: $(B)/tests/bench/acts ; $(TEST_ENV) $< | tee build/bench-acts.json
bench: bench-feel bench-jobs bench-db bench-tail bench-serve bench-lists bench-acts

demo: deps ; $(MAKE) -j2 all && ./spotop demo

# --- lint: format, clang-tidy, cppcheck, and the layers by grep ---
CFILES := $(sort $(wildcard core/*/*.[ch] tui/*.[ch] views/*.[ch] views/*/*.[ch] tests/*.[ch] tests/*/*.[ch]))
TIDY   := $(filter-out tests/%,$(filter %.c,$(CFILES)))
lint: lint-layers lint-man lint-format lint-cppcheck lint-tidy

# Headers are formatted by hand where a comment's columns carry meaning; the code is formatted by the tool.
lint-format: ; @clang-format --dry-run -Werror $(filter %.c,$(CFILES))

lint-cppcheck: $(B)/gen/sql.h
	@cppcheck -q --std=c11 --language=c --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	 --suppress=missingIncludeSystem --suppress=unknownMacro --suppress=normalCheckLevelMaxBranches --suppress=uninitvar --suppress=legacyUninitvar -j2 -I. -I$(B)/gen $(filter-out tests/%,$(filter %.c,$(CFILES)))

lint-tidy: $(B)/gen/sql.h $(B)/gen/version.h
	@printf '%s\n' $(TIDY) | xargs -P 2 -n 6 sh -c 'clang-tidy --quiet "$$@" -- -std=c11 $(CPPFLAGS) $(PKG_CFLAGS) 2>/dev/null' tidy

# The man page is sound, and names every command, view and global option that --help lists.
lint-man: $(BIN)
	@out=$$(mandoc -T lint -W style views/spotop.1 | grep -v 'outdated mandoc.db'); [ -z "$$out" ] || { echo "$$out"; exit 1; }
	@page=$$(sed -n 's/Fl -/--/g; /^\.It /p' views/spotop.1); \
	 for w in $$(./$(BIN) --help | sed -nE 's/^  ([a-z-]+) .*/\1/p; s/^  (-., |    )(--[a-z-]+).*/\2/p'); do \
	   printf '%s' "$$page" | grep -qE -- "(^|[^a-z-])$$w([^a-z-]|$$)" || { echo "views/spotop.1 does not name $$w"; bad=1; }; done; [ -z "$$bad" ]

# core <- tui <- views; curses only in tui/term.c, mysql.h only in core/db; SQL text only in sql/.
lint-layers:
	@bad=$$( { grep -lE '#include *[<"](n?curses(w/curses)?)\.h' $(CFILES) | grep -vE '^(tui/term\.c|tests/)'; \
	  grep -lE '#include *<(mariadb/)?mysql\.h' $(CFILES) | grep -vE '^(core/db/|tests/)'; \
	  grep -lE '#include "(tui|views)/' $(filter core/%,$(CFILES)); grep -lE '#include "views/' $(filter tui/%,$(CFILES)); \
	  grep -lE '"[[:space:]]*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|CALL|ALTER) ' $(filter-out tests/%,$(filter %.c,$(CFILES))) | grep -v '^core/db/filter'; } | sort -u); \
	 if [ -n "$$bad" ]; then echo "across the layers (core <- tui <- views; curses in tui/term.c, mysql.h in core/db, SQL in sql/):" $$bad; exit 1; fi

# --- install ---
install: $(BIN)
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/spotop
	install -D -m 644 views/spotop.1 $(DESTDIR)$(PREFIX)/share/man/man1/spotop.1
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	./$(BIN) completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/spotop
	./$(BIN) completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_spotop
	./$(BIN) completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/spotop.fish
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	for u in $(wildcard core/*/*.service); do sed 's|@PREFIX@|$(PREFIX)|g' $$u > $(DESTDIR)$(PREFIX)/lib/systemd/system/$$(basename $$u); done

help:
	@echo "make          build ./spotop"
	@echo "make demo     install what it needs, build, open the console on a simulated fleet"
	@echo "make test     install what it needs, build, pass all tests (unit, fuzz, it, e2e)"
	@echo "make check-asan  the same tests under address and undefined-behaviour sanitizers"
	@echo "make lint     clang-format, clang-tidy, cppcheck, layers"
	@echo "make install  PREFIX and DESTDIR are honoured"
	@echo "make deb      a Debian package under build/"

# A Debian package, build/spotop_VERSION_ARCH.deb; staged under build/deb.
deb: $(BIN) ; views/deb/deb.sh $(VERSION)

clean: ; rm -rf build spotop

.PHONY: all deps install deb clean demo help
.PHONY: test unit fuzz it e2e soak check-asan
.PHONY: lint lint-format lint-cppcheck lint-tidy lint-layers lint-man
.PHONY: bench bench-feel bench-jobs bench-db bench-tail bench-serve bench-lists bench-acts

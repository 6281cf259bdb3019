# spotop: build, test, install. `make help` lists the targets, out of the `## NAME: text` beside each.
VERSION := 0.1.0
MODE    ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= gcc
B       := build/$(MODE)

# What a bare Debian 12 or 13 needs; mariadb-server-core brings the server without a system service.
DEPS := build-essential pkg-config libncurses-dev libmariadb-dev libuv1-dev libjansson-dev libyajl-dev libarchive-dev libpcre2-dev libmicrohttpd-dev \
        libssl-dev zlib1g-dev openssl check libvterm-dev mariadb-server-core mariadb-client curl jq procps libfaketime \
        clang-format clang-tidy cppcheck mandoc valgrind locales

PKGS  := ncursesw libmariadb libuv jansson yajl libarchive libpcre2-8 libmicrohttpd libssl libcrypto zlib
TPKGS := check vterm

all: # first, so that a plain make builds ./spotop

# $(call keep,FILE,TEXT): a file of that text, whose time changes only when the text does. What is made from a
# list of names or from the flags hangs on such a file, and is made again when one of them changes.
define keep
$(shell mkdir -p $(dir $(1)))$(file >$(1).new,$(2))$(shell cmp -s $(1).new $(1) || mv $(1).new $(1); rm -f $(1).new)
endef

# A machine without the packages gets them first (make deps); make then starts again with pkg.mk present.
-include build/pkg.mk
build/pkg.mk: Makefile
	@mkdir -p build
	@pkg-config --exists $(PKGS) 2>/dev/null && \
	 { echo "PKG_CFLAGS := $$(pkg-config --cflags $(PKGS))"; echo "PKG_LIBS := $$(pkg-config --libs $(PKGS))"; } > $@ || rm -f $@

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla -Wformat=2 -Wundef
OPT_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPT_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
CFLAGS  ?=
CPPFLAGS += -D_GNU_SOURCE -I. -I$(B)/gen
ALL_CFLAGS = -std=c11 -MMD -MP $(WARN) $(OPT_$(MODE)) $(if $(CI),-Werror) $(PKG_CFLAGS) $(CFLAGS)
ALL_LIBS   = $(if $(filter asan,$(MODE)),-fsanitize$(empty)=address,) $(PKG_LIBS) -lm -lpthread

SRC     := $(sort $(wildcard core/*/*.c tui/*.c views/*.c views/*/*.c))
SQL     := $(sort $(filter-out sql/parts/%,$(wildcard sql/*/*.sql sql/*/*/*.sql)))
PARTS   := $(sort $(wildcard sql/parts/*.sql))
SQLDIRS := $(sort $(foreach f,$(SQL),$(word 2,$(subst /, ,$(f)))))
OBJ     := $(SRC:%.c=$(B)/%.o)
LIBO    := $(filter-out $(B)/views/main.o,$(OBJ)) $(B)/gen/sql.o $(SQLDIRS:%=$(B)/gen/sql_%.o)
SUPPORT := $(patsubst %.c,$(B)/%.o,$(wildcard tests/support/*.c))
BIN     := $(if $(filter release,$(MODE)),spotop,$(B)/spotop)

# -Werror is no part of what is compiled: who sets CI need not build everything anew.
$(call keep,$(B)/gen/flags,$(filter-out -Werror,$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(LDFLAGS) $(ALL_LIBS)))
$(call keep,$(B)/gen/objects,$(LIBO) $(SUPPORT))
$(call keep,$(B)/gen/sql.names,$(SQL) $(shell grep -lx -e '-- :past' $(SQL)))
HASH := \#
# The version is a header of its own, so that no flag has to be quoted.
$(call keep,$(B)/gen/version.h,$(HASH)define SPOTOP_VERSION "$(VERSION)")

## all: build ./spotop; what a plain `make` does
all: $(BIN)

$(BIN): $(B)/views/main.o $(B)/libspotop.a $(B)/gen/flags
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(ALL_LIBS)

$(B)/libspotop.a: $(LIBO) $(B)/gen/objects
	@rm -f $@
	ar rcs $@ $(filter %.o,$^)

# What else an object is made of stands in its .d file; before there is one, the headers made here must be there.
$(B)/%.o: %.c $(B)/gen/flags | $(B)/gen/sql.h
	@mkdir -p $(@D)
	@$(if $(PKG_LIBS),:,echo "the libraries are not installed: make deps"; exit 1)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# Every statement of sql/ becomes a `struct query`; a name that is not there does not compile. The header names them
# and changes only with the names; the text lies in one object a folder, in which includes find each other.
$(B)/gen/sql.h: sql/embed.awk $(B)/gen/sql.names
	LC_ALL=C awk -v out=header -f sql/embed.awk $(PARTS) $(SQL) > $@.tmp && mv $@.tmp $@
$(B)/gen/sql.c: sql/embed.awk $(B)/gen/sql.names
	LC_ALL=C awk -v out=list -f sql/embed.awk $(PARTS) $(SQL) > $@.tmp && mv $@.tmp $@
define SQL_FOLDER
$(B)/gen/sql_$(1).c: sql/embed.awk $(PARTS) $(filter sql/$(1)/%,$(SQL)) $(B)/gen/sql.names
	LC_ALL=C awk -v out=source -f sql/embed.awk $(PARTS) $(filter sql/$(1)/%,$(SQL)) > $$@.tmp && mv $$@.tmp $$@
endef
$(foreach d,$(SQLDIRS),$(eval $(call SQL_FOLDER,$(d))))
$(B)/gen/%.o: $(B)/gen/%.c $(B)/gen/sql.h $(B)/gen/flags
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

-include $(OBJ:.o=.d) $(wildcard $(B)/gen/*.d $(B)/tests/*/*.d)

# --- tests: one binary a folder; each tests/X/*.c defines `Suite *suite_FILE(void)` ---
TDIRS := unit fuzz it e2e
TSRC   = $(sort $(wildcard tests/$(1)/*.c))
TBIN   = $(B)/tests/$(1)/run
TLIBS  = $(shell pkg-config --libs $(TPKGS)) $(ALL_LIBS)
define TEST_FOLDER
$(call keep,$(B)/tests/$(1)/list.h,$(patsubst %,SUITE(%),$(notdir $(basename $(TSRC)))))
$(B)/tests/$(1)/main.o: tests/suite_main.c $(B)/tests/$(1)/list.h $(B)/gen/flags
	$$(CC) $$(CPPFLAGS) -I$(B)/tests/$(1) $$(ALL_CFLAGS) -c -o $$@ $$<
$(B)/tests/$(1)/run: $(patsubst %.c,$(B)/%.o,$(TSRC)) $(B)/tests/$(1)/main.o $(SUPPORT) $(B)/libspotop.a
	$$(CC) $$(ALL_CFLAGS) $$(LDFLAGS) -Wl,--wrap=tcase_create,--wrap=tcase_set_timeout,--wrap=_tcase_add_test -o $$@ $$^ $$(TLIBS)
endef
$(foreach d,$(TDIRS),$(eval $(call TEST_FOLDER,$(d))))
# A suite's function is named by list.h, so no header declares it.
$(TDIRS:%=$(B)/tests/%/%.o): ALL_CFLAGS += -Wno-missing-prototypes

# JOBS cases at once, each with its own server: half of their time they wait for what must come.
JOBS    ?= $(shell n=$$(nproc); [ $(MODE) != release ] || n=$$((n * 2)); [ $$n -gt 8 ] && n=8; echo $$n)
TEST_ENV = SPOTOP_BIN=$(abspath $(BIN)) SPOTOP_BUILD=$(abspath $(B)) SPOTOP_JOBS=$(JOBS)
# T="SUITE SUITE:TEST" runs these alone.
## unit: the tests that need no server; T=SUITE, T=SUITE:TEST: these alone; JOBS=N cases at once
unit: $(call TBIN,unit) ; $(TEST_ENV) $< $(T)
## fuzz: hostile inputs; SPOTOP_SEED chooses which, SPOTOP_FUZZ how many
fuzz: $(call TBIN,fuzz) ; $(TEST_ENV) $< $(T)
## it: against a private mariadbd
it: $(BIN) $(call TBIN,it) ; $(TEST_ENV) $(call TBIN,it) $(T)
## e2e: the console on a real terminal
e2e: $(BIN) $(call TBIN,e2e) ; $(TEST_ENV) $(call TBIN,e2e) $(T)

# What `db verify` holds the tables against; to be kept together with the scripts of sql/schema.
## manifest: makes sql/queries/verify_structure.sql anew from the scripts
manifest: $(BIN) $(call TBIN,it)
	SPOTOP_MANIFEST=sql/queries/verify_structure.sql $(TEST_ENV) $(call TBIN,it) manifest
	@$(MAKE) --no-print-directory all

# SPOTOP_SEED chooses other inputs, crash points, demos and hands.
SOAKS := soak-fuzz soak-readers soak-import soak-crashes soak-cuts soak-tail soak-counts soak-traffic soak-browser soak-readme soak-monkey soak-lines soak-output soak-oracle soak-days soak-attacker soak-storms soak-cluster soak-keys soak-migrate
## soak: the long loops whole: all of soak-*
soak: $(SOAKS)
## soak-fuzz: 2,000,000 hostile inputs
soak-fuzz: $(call TBIN,fuzz) ; SPOTOP_FUZZ=2000000 $(TEST_ENV) $<
## soak-readers: ten minutes each of hostile price files, notices, packed files and option files
soak-readers: $(call TBIN,fuzz)
	SPOTOP_FUZZ=15000000 $(TEST_ENV) $< words:a_price_is_good_or_a_fault_with_its_line words:a_notice_is_good_or_a_fault_with_its_line
	SPOTOP_FUZZ=1500000 $(TEST_ENV) $< words:a_packed_file_is_read_or_named
	SPOTOP_FUZZ=1000000 $(TEST_ENV) $< words:an_option_file_is_read_or_named
## soak-import: price files of 1 GB, read in constant memory
soak-import: $(call TBIN,unit) ; SPOTOP_IMPORT_MB=1024 $(TEST_ENV) $< import_files:a_large_file_needs_no_more_memory_than_a_small_one
## soak-crashes: a verb cut off and killed at 1,000 points
soak-crashes: $(BIN) $(call TBIN,it) ; SPOTOP_CRASHES=1000 $(TEST_ENV) $(call TBIN,it) verbs_once
## soak-keys: every key that ? lists, in every view; every dialog at 40x12
soak-keys: $(BIN) $(call TBIN,e2e) ; SPOTOP_VIEWS=99 $(TEST_ENV) $(call TBIN,e2e) all_keys small
## soak-cuts: a path that breaks at 1,000 bytes: delays, cuts on either side, another server
soak-cuts: $(BIN) $(call TBIN,it) ; SPOTOP_CUTS=1000 $(TEST_ENV) $(call TBIN,it) verbs_cut:no_request_is_done_twice_or_told_wrongly verbs_cut:a_verb_is_ended_by_the_server_after_30_s
## soak-tail: 1,000,000 events, none lost
soak-tail: $(BIN) $(call TBIN,it) ; SPOTOP_EVENTS=1000000 $(TEST_ENV) $(call TBIN,it) tail
## soak-counts: 1,000,000 random changes of the fleet, the counts exact
soak-counts: $(BIN) $(call TBIN,it) ; SPOTOP_COUNTS=1000000 $(TEST_ENV) $(call TBIN,it) schema_counts
## soak-traffic: 32 agents, a gateway, operators and jobs for ten minutes, no deadlock
soak-traffic: $(BIN) $(call TBIN,it) ; SPOTOP_TRAFFIC=600 $(TEST_ENV) $(call TBIN,it) traffic
## soak-lines: 20,000 random command lines, each to a documented end
soak-lines: $(BIN) $(call TBIN,it) ; SPOTOP_LINES=20000 $(TEST_ENV) $(call TBIN,it) lines
## soak-output: each command's output to a full disk, a closed pipe and all else that may become of it
soak-output: $(BIN) $(call TBIN,it) ; SPOTOP_WAYS=7 $(TEST_ENV) $(call TBIN,it) output
## soak-storms: 20 storms evacuated, held against a schedule with hindsight
soak-storms: $(BIN) $(call TBIN,it) ; SPOTOP_STORMS=20 $(TEST_ENV) $(call TBIN,it) evacuation
## soak-attacker: each role, ten minutes of hostile arguments, sessions and statements
soak-attacker: $(BIN) $(call TBIN,it) ; SPOTOP_ATTACK=120 $(TEST_ENV) $(call TBIN,it) attacker attacker_tables settings
## soak-oracle: 5,000 random fleets and each second of a storm, what every statement says of them against their rows
soak-oracle: $(BIN) $(call TBIN,it) ; SPOTOP_FLEETS=5000 $(TEST_ENV) $(call TBIN,it) oracle storm
## soak-days: 40 days under a false clock, with a year's end, 29 February, both changes of summer time and a worker that is away
soak-days: $(BIN) $(call TBIN,it) ; SPOTOP_DAYS=40 $(TEST_ENV) $(call TBIN,it) calendar
## soak-cluster: half an hour on three nodes that are killed, frozen and cut off; and a replica server behind for a minute
soak-cluster: $(BIN) $(call TBIN,it) deps-cluster ; SPOTOP_CLUSTER=1 SPOTOP_LAG=60 SPOTOP_CLUSTER_S=1800 $(TEST_ENV) $(call TBIN,it) cluster_soak cluster
## soak-migrate: a fleet of 1,500,000 rows migrated while it is written to, program and server killed
soak-migrate: $(BIN) $(call TBIN,it)
	SPOTOP_SERVER_OPTS='--innodb-buffer-pool-size=768M --innodb-log-file-size=256M' SPOTOP_MIGRATE_ROWS=1500000 $(TEST_ENV) $(call TBIN,it) migrate_live
	SPOTOP_MIGRATE_ROWS=1500000 $(TEST_ENV) $(call TBIN,it) migrate migrate_follow
## soak-browser: the event stream read by Chromium, by curl, and by npm's eventsource where npm reaches it
soak-browser: $(BIN) $(call TBIN,it)
	@command -v chromium >/dev/null || { echo "make $@: the event stream has to be read by a browser, and there is none: apt-get install chromium"; exit 1; }
	@[ -d build/npm/node_modules/eventsource ] || npm install --prefix build/npm --no-fund --no-audit eventsource@2 || true
	SPOTOP_SOAK=1 $(TEST_ENV) $(call TBIN,it) serve_soak
## soak-readme: the README's first five minutes on 20 demos
soak-readme: $(BIN) $(call TBIN,e2e) ; SPOTOP_WALKS=20 $(TEST_ENV) $(call TBIN,e2e) readme
## soak-monkey: 20 minutes of random hands on the console, under the sanitizers
soak-monkey: ; $(MAKE) MODE=asan -j2 all build/asan/tests/e2e/run && SPOTOP_MONKEY=1200 $(MAKE) MODE=asan e2e T=monkey

## test: install what it needs, build, pass all tests (unit, fuzz, it, e2e)
test: deps ; $(MAKE) -j2 all && $(MAKE) unit fuzz it e2e
## check-asan: the same tests under the address and undefined-behaviour sanitizers
check-asan: deps ; $(MAKE) MODE=asan -j2 all && SPOTOP_MONKEY=60 $(MAKE) MODE=asan unit fuzz it e2e

# A report is a file: the process that made it may be one whose exit nobody looks at.
REPORTS = build/$@/report
no-reports = rc=$$?; cat $(REPORTS).* 2>/dev/null; [ $$rc = 0 ] && ! ls $(REPORTS).* >/dev/null 2>&1
## check-tsan: unit tests, and the suites in which threads meet, under ThreadSanitizer
check-tsan: export TSAN_OPTIONS = log_path=$(abspath $(REPORTS)) exitcode=66
check-tsan: deps
	$(MAKE) MODE=tsan -j2 all
	@mkdir -p build/$@ && rm -f $(REPORTS).*
	@$(MAKE) MODE=tsan unit && $(MAKE) MODE=tsan it T="link link_faults tail serve serve_door jobs claims"; $(no-reports)
# The program runs under valgrind by a wrapper; a timing that a test insists on is given SPOTOP_SLACK times.
## check-valgrind: the link, and every command line of the cli suite, under valgrind
check-valgrind: export VALGRIND_OPTS = -q --error-exitcode=66 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite --log-file=$(abspath $(REPORTS)).%p
check-valgrind: export CK_TIMEOUT_MULTIPLIER = 10
check-valgrind: export SPOTOP_SLACK = 10
check-valgrind: deps $(BIN) $(call TBIN,it) $(call TBIN,e2e)
	@mkdir -p build/$@ && rm -f $(REPORTS).*
	@printf '#!/bin/sh\nexec valgrind %s "$$@"\n' $(abspath $(BIN)) > build/$@/spotop && chmod +x build/$@/spotop
	@$(TEST_ENV) valgrind $(call TBIN,it) link link_faults && $(TEST_ENV) SPOTOP_BIN=$(abspath build/$@/spotop) $(call TBIN,e2e) cli cli_output; \
	 rc=$$?; find build/$@ -name 'report.*' -empty -delete; (exit $$rc); $(no-reports)

## deps: install the packages that building and testing need (apt)
deps:
	@missing=$$(for p in $(DEPS); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	 if [ -n "$$missing" ]; then \
	   sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	   $$sudo apt-get update -q && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -q --no-install-recommends $$missing; fi
	@$(MAKE) --no-print-directory build/pkg.mk

# A node gets a whole state by a script of mariadb-server, which is unpacked and not installed: it would start a service.
SCRIPTS := /usr/local/lib/spotop/galera
## deps-cluster: what the clusters of several servers need, in tests and in spotop demo --galera (apt)
deps-cluster: deps
	@missing=$$(for p in galera-4 rsync iproute2 haproxy mariadb-backup; do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	 sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	 if [ -n "$$missing" ]; then \
	   $$sudo apt-get update -q && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -q --no-install-recommends $$missing; fi; \
	 [ -x $(SCRIPTS)/wsrep_sst_rsync ] || { into=$$(mktemp -d) && (cd $$into && \
	   apt-get download -q mariadb-server=$$(dpkg-query -W -f='$${Version}' mariadb-server-core) && dpkg-deb -x mariadb-server_*.deb .) && \
	   $$sudo install -D -t $(SCRIPTS) $$into/usr/bin/wsrep_sst_common $$into/usr/bin/wsrep_sst_rsync && rm -rf $$into; }

## check-cluster: three nodes of a Galera cluster: verbs, claims, jobs, events, faults; a restore by mariadb-backup
check-cluster: export SPOTOP_CLUSTER = 1
check-cluster: deps-cluster $(BIN) $(call TBIN,it) $(call TBIN,e2e)
	$(TEST_ENV) $(call TBIN,it) galera galera_fate cluster_soak cluster_local restore
	$(TEST_ENV) $(call TBIN,e2e) demo:a_killed_node_is_shown_and_left

# --- bench: each tests/bench/X.c is a program that prints its figures as JSON ---
$(B)/tests/bench/%: $(B)/tests/bench/%.o $(SUPPORT) $(B)/libspotop.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(TLIBS)
## bench-jobs: a million prices through the price jobs
bench-jobs: $(B)/tests/bench/jobs ; $(TEST_ENV) $<
## bench-db: the report's claims in three databases of the same rows; SCALE=full: 1,000,000 instances
bench-db: $(B)/tests/bench/db ; $(TEST_ENV) $<
## bench-counts: what the counts of instances and their events cost 8 writers
bench-counts: $(B)/tests/bench/counts ; $(TEST_ENV) $<
## bench-import: an import of prices beside multi-row INSERTs of the same rows
bench-import: $(BIN) $(B)/tests/bench/import ; $(TEST_ENV) $(B)/tests/bench/import
## bench-feel: how the console feels beside htop and watch; BENCH_AGENTS: the large fleet's size, 0: none
bench-feel: $(BIN) $(B)/tests/bench/feel ; $(TEST_ENV) $(B)/tests/bench/feel
## bench-tail: the event tail beside a naive poll
bench-tail: $(B)/tests/bench/tail ; $(TEST_ENV) $<
## bench-serve: the endpoint under load, and beside nginx with nchan where it is installed (libnginx-mod-nchan)
bench-serve: $(BIN) $(B)/tests/bench/serve ; $(TEST_ENV) $(B)/tests/bench/serve
## bench-lists: every list and the overview on 200 agents and on BENCH_AGENTS, as a ratio; of the past; everything silent
bench-lists: $(B)/tests/bench/lists ; $(TEST_ENV) $<
## bench-actions: claims and issues beside the bare statements on the same rows (build/bench-actions.json)
bench-actions: $(B)/tests/bench/actions ; $(TEST_ENV) $<
## bench-journal: the first action with 100,000 settled intents in the journal, beside none
bench-journal: $(BIN) $(B)/tests/bench/journal ; $(TEST_ENV) $(B)/tests/bench/journal
## bench-cluster: a replica server beside its primary server, three nodes of a cluster beside one (build/bench-cluster.json)
bench-cluster: $(B)/tests/bench/cluster | deps-cluster ; $(TEST_ENV) $<
## bench: all of these
## bench-upgrade: each step of db upgrade on a large fleet that works on (BENCH_AGENTS), and who waited how long
bench-upgrade: $(BIN) $(B)/tests/bench/upgrade ; $(TEST_ENV) $(B)/tests/bench/upgrade
## bench-compare: BENCHES (actions tail) of BASE=REV and of this tree in turn, ROUNDS (3) times: what became slower by more than a tenth
bench-compare: ; @BASE='$(BASE)' BENCHES='$(BENCHES)' ROUNDS='$(ROUNDS)' tests/compare.sh
## bench-migrate: writers beside a migration, the window without writes, a planted byte (SCALE=full: 1,000,000 prices too)
bench-migrate: $(BIN) $(B)/tests/bench/migrate ; $(TEST_ENV) $(B)/tests/bench/migrate
bench: bench-feel bench-jobs bench-import bench-db bench-counts bench-tail bench-serve bench-lists bench-actions bench-upgrade bench-journal bench-migrate

## demo: install what it needs, build, open the console on a simulated fleet
demo: deps ; $(MAKE) -j2 all && ./spotop demo

# --- lint: format, clang-tidy, cppcheck, and the layers by grep ---
CFILES := $(sort $(wildcard core/*/*.[ch] tui/*.[ch] views/*.[ch] views/*/*.[ch] tests/*.[ch] tests/*/*.[ch]))
TIDY   := $(filter-out tests/%,$(filter %.c,$(CFILES)))
## lint: all of lint-*
lint: lint-layers lint-man lint-build lint-format lint-cppcheck lint-tidy lint-docs lint-words

# Headers are formatted by hand where a comment's columns carry meaning; the code is formatted by the tool.
## lint-format: clang-format leaves the code as it is
lint-format: ; @clang-format --dry-run -Werror $(filter %.c,$(CFILES))

## lint-cppcheck: cppcheck finds nothing
lint-cppcheck: $(B)/gen/sql.h
	@cppcheck -q --std=c11 --language=c --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	 --suppress=missingIncludeSystem --suppress=unknownMacro --suppress=normalCheckLevelMaxBranches --suppress=uninitvar --suppress=legacyUninitvar -j2 -I. -I$(B)/gen $(filter-out tests/%,$(filter %.c,$(CFILES)))

## lint-tidy: clang-tidy finds nothing
lint-tidy: $(B)/gen/sql.h
	@printf '%s\n' $(TIDY) | xargs -P 2 -n 6 sh -c \
	 'out=$$(clang-tidy --quiet "$$@" -- -std=c11 $(CPPFLAGS) $(PKG_CFLAGS) 2>&1) || { echo "$$out"; exit 1; }' tidy

## lint-build: the build makes anew what a change touches, and no more; every target is told by make help
lint-build: $(BIN) $(call TBIN,unit) ; @tests/build.sh

## lint-docs: the documents name files, targets, suites and commands that there are
lint-docs: $(BIN) ; @tests/docs.sh $(BIN)

## lint-words: nothing that is printed or documented uses a phrase of tests/lint/phrases, and no name a word of tests/lint/names.awk
lint-words: $(BIN)
	@find core tui views sql tests -type f | awk -f tests/lint/names.awk - $$(find core tui views sql tests -name '*.[ch]' -o -name '*.sql' -o -name '*.sh')
	@bad=$$(grep -v '^#' tests/lint/phrases | while IFS='|' read -r all; do say=$${all##*|}; \
	   { strings -n 4 $(BIN) | sed 's/^/$(BIN): /'; grep -H '' views/spotop.1 $(wildcard *.md */*.md */*/*.md); } | grep -iE -- ": ?.*($${all%|*})" | sed "s|\$$|  (say: $$say)|"; done); \
	 [ -z "$$bad" ] || { echo "$$bad" | cut -c1-240; exit 1; }

# The man page is sound, and names every command, view and global option that --help lists.
## lint-man: the man page is sound, and names every command, option and setting that --help tells
lint-man: $(BIN)
	@out=$$(mandoc -T lint -W style views/spotop.1 | grep -v 'outdated mandoc.db'); [ -z "$$out" ] || { echo "$$out"; exit 1; }
	@page=$$(sed -n 's/Fl -/--/g; p' views/spotop.1); help=$$(./$(BIN) --help); \
	 names=$$(echo "$$help" | sed -nE 's/^  ([a-z-]+) .*/\1/p'); \
	 for w in $$names $$( { echo "$$help"; for c in $$names; do ./$(BIN) $$c --help; done; } | \
	     sed -nE 's/^  (-., |    )?(--[a-z-]+).*/\2/p; s/^  \[[a-z]+\] ([a-z-]+).*/\1/p' | sort -u); do \
	   printf '%s' "$$page" | grep -qE -- "(^|[^a-z-])$$w([^a-z-]|$$)" || { echo "views/spotop.1 does not name $$w"; bad=1; }; done; [ -z "$$bad" ]

# core <- tui <- views; curses only in tui/term.c, mysql.h only in core/db; SQL text only in sql/.
# Which folder may use which stands in tests/lint/layers.awk.
## lint-layers: no include or call points up, no circle of files; each file says what lives in it
lint-layers: $(OBJ) lint-unused lint-size
	@bad=$$( { grep -lE '#include *[<"](n?curses(w/curses)?)\.h' $(CFILES) | grep -vE '^(tui/term\.c|tests/)'; \
	  grep -lE '#include *<(mariadb/)?mysql\.h' $(CFILES) | grep -vE '^(core/db/|tests/)'; \
	  grep -lE '"[[:space:]]*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|CALL|ALTER) ' $(filter-out tests/%,$(filter %.c,$(CFILES))) | grep -v '^core/db/filter'; } | sort -u); \
	 if [ -n "$$bad" ]; then echo "curses belongs in tui/term.c, mysql.h in core/db, SQL in sql/:" $$bad; exit 1; fi
	@{ grep -H '^#include "' $(filter-out tests/%,$(CFILES)); nm -AP -g $(OBJ); } | awk -f tests/lint/layers.awk
	@awk 'FNR == 1 { n = FILENAME; sub(/.*\//, "", n); if (index($$0, "/* " n " - ") != 1) { print FILENAME ": its first line is /* " n " - what lives here"; bad = 1 } } END { exit bad }' $(CFILES)

## lint-size: no file and no routine is too long to be read at once
lint-size: ; @awk -f tests/lint/size.awk Makefile .ci/run $$(find core tui views sql tests -name '*.[ch1]' -o -name '*.sql' -o -name '*.awk' -o -name '*.sh' -o -name '*.md')

## lint-unused: what one file alone uses is static, and what no file uses is gone; a test may be the other file
lint-unused: $(OBJ)
	@for s in $$(nm -AP -g $(OBJ) | awk '$$3 ~ /^[Uwv]$$/ { used[$$2] } $$3 ~ /^[TDBRC]$$/ { at[$$2] = $$1 } \
	     END { for (s in at) if (s != "main" && !(s in used)) print at[s] s }'); do \
	   grep -rqw "$${s##*:}" tests --include='*.c' || { echo "$$s: no other file uses it"; bad=1; }; done; [ -z "$$bad" ]

# --- install ---
# All that is installed: FROM:TO, the mode beside it. What names a program is made for PREFIX.
SHARE  := share/doc/spotop
PLAIN  := views/spotop.1:share/man/man1/spotop.1 README.md:$(SHARE)/README.md views/production.md:$(SHARE)/production.md \
          views/runbook.md:$(SHARE)/runbook.md views/tour.md:$(SHARE)/tour.md sql/README.md:$(SHARE)/agents/README.md \
          sql/schema/60-agents.sql:$(SHARE)/agents/60-agents.sql \
          sql/schema/61-instances.sql:$(SHARE)/agents/61-instances.sql sql/schema/62-agents_commands.sql:$(SHARE)/agents/62-agents_commands.sql \
          sql/schema/63-prices.sql:$(SHARE)/agents/63-prices.sql \
          $(foreach f,$(wildcard views/monitoring/spotop.*),$(f):$(SHARE)/monitoring/$(notdir $(f)))
FITTED := $(foreach f,$(wildcard views/monitoring/*.c*f*),$(f):$(SHARE)/monitoring/$(notdir $(f))) \
          $(foreach f,$(wildcard core/*/*.service),$(f):lib/systemd/system/$(notdir $(f)))
SHELLS := bash:share/bash-completion/completions/spotop zsh:share/zsh/vendor-completions/_spotop fish:share/fish/vendor_completions.d/spotop.fish
fit     = sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|/usr/bin/spotop|$(PREFIX)/bin/spotop|g' -e 's|/usr/lib/spotop|$(PREFIX)/lib/spotop|g'
ETC    := $(DESTDIR)/etc/spotop
each    = set -e; for p in $(1); do from=$${p%%:*} to=$(DESTDIR)$(PREFIX)/$${p\#*:}; mkdir -p "$$(dirname "$$to")"; $(2); done
# The example of an agent stands in sql/README.md: the last block of shell.
example = awk '/^```/ { if (open) last = block; open = !open; block = ""; next } open { block = block $$0 "\n" } END { printf "%s", last }' sql/README.md

## install: honours PREFIX and DESTDIR; what is in /etc/spotop stays as it is
install: $(BIN)
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/spotop
	@$(call each,$(PLAIN),install -m 644 $$from $$to)
	@$(call each,$(FITTED),$(fit) $$from > $$to; chmod 644 $$to)
	@$(call each,$(SHELLS),./$(BIN) completion $$from > $$to; chmod 644 $$to)
	@$(call each,views/monitoring/alert-hook:lib/spotop/alert-hook,$(fit) $$from > $$to; chmod 755 $$to)
	@{ printf '%s\n' '#!/bin/bash' 'set -eu'; $(example); } > $(DESTDIR)$(PREFIX)/$(SHARE)/agents/one-switch.sh; chmod 755 $(DESTDIR)$(PREFIX)/$(SHARE)/agents/one-switch.sh
	@install -d $(ETC) && install -d -m 700 $(ETC)/hook
	@for f in views/etc/*; do to=$(ETC)/$$(basename $$f); [ -e $$to ] || { $(fit) $$f > $$to; chmod 600 $$to; }; done
	@chmod 644 $(ETC)/config
## uninstall: what `make install` put there, with the same PREFIX and DESTDIR; of /etc/spotop what nobody changed
uninstall:
	@$(call each,$(PLAIN) $(FITTED) $(SHELLS) :bin/spotop :lib/spotop/alert-hook :$(SHARE)/agents/one-switch.sh,rm -f $$to)
	@for f in views/etc/*; do to=$(ETC)/$$(basename $$f); [ ! -e $$to ] || { $(fit) $$f | cmp -s - $$to && rm $$to; } || echo "kept: $$to"; done
	@cd $(DESTDIR)/ && rmdir --ignore-fail-on-non-empty -p $(patsubst /%,%,$(PREFIX))/lib/spotop $(patsubst /%,%,$(PREFIX))/$(SHARE)/agents $(patsubst /%,%,$(PREFIX))/$(SHARE)/monitoring etc/spotop/hook 2>/dev/null || true

## help: this list
help: ; @sed -nE 's/^## ([a-z0-9-]+): (.*)/make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "%-19s %s\n", $$1, $$2 }'

## deb: a Debian package, build/spotop_VERSION_ARCH.deb; staged under build/deb
deb: $(BIN) ; views/deb/deb.sh $(VERSION)

## check-monitoring: promtool on the rules and on what the dashboard asks, systemd's checker on the services
check-monitoring: ; @tests/monitoring.sh

## check-revision: the program of the revision before, built from the history, on today's database, and the other way round
check-revision: $(BIN) ; @tests/revision.sh

# --- clean roots of Debian releases, made with debootstrap; they need root ---
## check-debian13: on Debian 13 from nothing but make: build, unit tests, a demo verified and operated; FULL=1: all tests there
check-debian13: ; tests/debian.sh trixie check
## check-deb: the package on Debian 12 and 13: lintian, installed into a root of its own, the demo, purged without a trace
check-deb: ; tests/debian.sh bookworm deb && tests/debian.sh trixie deb
.PHONY: check-debian13 check-deb

## clean: remove what was built
clean: ; rm -rf build spotop

.PHONY: all deps deps-cluster check-cluster install uninstall deb clean demo help check-monitoring check-revision
.PHONY: test unit fuzz it e2e check-asan soak soak-fuzz soak-readers soak-import soak-crashes soak-cuts soak-tail soak-counts soak-traffic soak-browser soak-readme soak-monkey soak-lines soak-output soak-oracle soak-days soak-attacker soak-storms soak-cluster soak-keys soak-migrate check-tsan check-valgrind manifest
.PHONY: lint lint-docs lint-words lint-build lint-format lint-cppcheck lint-tidy lint-layers lint-unused lint-size lint-man
.PHONY: bench bench-import bench-feel bench-jobs bench-db bench-counts bench-tail bench-serve bench-lists bench-actions bench-upgrade bench-journal bench-compare bench-migrate bench-cluster

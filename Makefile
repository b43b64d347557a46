# SPDX-License-Identifier: MIT
# container-tools: containers from small Unix programs. GNU make; see README.md.

VERSION := 0.1.0
PREFIX ?= /usr/local
LIBEXECDIR ?= $(PREFIX)/libexec
SYSCONFDIR ?= /etc
MANDIR ?= $(PREFIX)/share/man
B ?= build
# Debug information stays in the objects: a carried link is copied at every start.
STRIP ?= -s

# ---------------------------------------------------------------- what there is
# A tool is tools/NAME.c, or the folder tools/NAME/ if it needs more than one file. Tools with a
# line here use libraries and are linked dynamically; all others need libc alone and are static,
# so that they run after the root has changed.
LIBS_img-unpack := libarchive libisal libcrypto libzstd liblzma -lbz2
LIBS_img-layer := libcrypto
LIBS_seccomp-compile := libseccomp jansson libcrypto

single := $(patsubst tools/%.c,%,$(wildcard tools/*.c))
folder := $(patsubst tools/%/,%,$(dir $(wildcard tools/*/main.c)))
tools := $(sort $(single) $(folder))
dynamic := $(foreach t,$(tools),$(if $(LIBS_$(t)),$(t)))
static := $(filter-out $(dynamic),$(tools))
libsources := $(wildcard lib/*.c)

# ---------------------------------------------------------------- how it is compiled
WARNINGS := -Wall -Wextra -Werror -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wimplicit-fallthrough
HARDENING := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fno-common
CFLAGS ?= -O2 -g
base = -std=gnu17 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Ilib $(WARNINGS) $(HARDENING) -MMD -MP
hardlink := -Wl,-z,relro,-z,now,-z,noexecstack

# musl makes the smaller and faster static programs; -idirafter lends it the kernel's headers.
# Looked for when compiling, since the first "make" may be what installs it.
musl = $(shell command -v musl-gcc)
STATIC_CC ?= $(or $(musl),$(CC))
static_flags = $(if $(musl),-idirafter /usr/include \
	-idirafter /usr/include/$(shell $(CC) -print-multiarch)) $(static_sanitize)
dynamic_flags := -fPIE -D_FORTIFY_SOURCE=2

# SANITIZE=1: jobs with ASan and UBSan; links, which are static, with UBSan's traps.
ifeq ($(SANITIZE),1)
dynamic_flags := -fPIE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
static_sanitize := -fsanitize=undefined -fsanitize-undefined-trap-on-error
dynamic_link := -fsanitize=address,undefined
endif

.PHONY: all deps deps-check deps-vm deps-peers demo check check-vm check-guards check-fault check-scale lint bench images install uninstall clean
.DELETE_ON_ERROR:
.SECONDARY:

all: $(tools:%=$(B)/%) $(B)/seccomp-default.bpf container

sources_of = $(if $(filter $(1),$(single)),tools/$(1).c,$(wildcard tools/$(1)/*.c))
# Names for pkg-config, and what has none there.
pkgs = $(filter -l%,$(1)) $(shell pkg-config --libs $(filter-out -l%,$(1)))

define tool_rule
$(B)/$(1): $$(patsubst %.c,$(B)/$(2)/%.o,$$(call sources_of,$(1))) $(B)/$(2)/lib.a
endef
$(foreach t,$(static),$(eval $(call tool_rule,$(t),static)))
$(foreach t,$(dynamic),$(eval $(call tool_rule,$(t),dynamic)))

# Not static-pie: self-relocation adds 0.05 ms to every link of a start (0.13 ms each without).
$(static:%=$(B)/%):
	$(STATIC_CC) -static -no-pie $(STRIP) $(CFLAGS) $(LDFLAGS) $(hardlink) -o $@ $^
$(dynamic:%=$(B)/%):
	$(CC) -pie $(CFLAGS) $(LDFLAGS) $(hardlink) $(dynamic_link) -o $@ $^ \
		$(call pkgs,$(LIBS_$(@F))) -lpthread

$(B)/static/lib.a: $(libsources:%.c=$(B)/static/%.o)
	$(AR) rcs $@ $^
$(B)/dynamic/lib.a: $(libsources:%.c=$(B)/dynamic/%.o)
	$(AR) rcs $@ $^

$(B)/static/%.o: %.c | $(B)/.deps
	@mkdir -p $(@D)
	$(STATIC_CC) $(base) $(static_flags) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
$(B)/dynamic/%.o: %.c | $(B)/.deps
	@mkdir -p $(@D)
	$(CC) $(base) $(dynamic_flags) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# The default profile, inside the program that compiles it and compiled for the capabilities that
# containers have unless told otherwise.
$(B)/dynamic/tools/seccomp-compile/main.o: tools/seccomp-compile/default.json
$(B)/seccomp-default.bpf: $(B)/seccomp-compile
	$< --output $@

# The front knows where the rest is: $(1) pipelines, $(2) programs, $(3) images.
front = sed -e 's|@PIPELINES@|$(1)|; s|@LIBEXEC@|$(2)|; s|@IMAGES@|$(3)|' pipelines/container
container: pipelines/container Makefile
	$(call front,$(CURDIR)/pipelines,$(abspath $(B)),$(CURDIR)/images) >$@.new && \
		chmod 755 $@.new && mv $@.new $@

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# ---------------------------------------------------------------- what is needed
# Debian's names, in one line to read before it runs.
packages := gcc make pkg-config musl-tools linux-libc-dev libc6-dev libarchive-dev libisal-dev \
	libssl-dev libseccomp-dev libjansson-dev zlib1g-dev libzstd-dev liblzma-dev libbz2-dev \
	iproute2 nftables busybox-static
packages_check := strace util-linux bubblewrap mandoc shellcheck clang clang-format clang-tidy \
	cppcheck python3 debootstrap perl zstd xz-utils bzip2 iputils-ping attr libcap2-bin git \
	zsh fish
packages_vm := qemu-system-x86 seabios busybox-static cpio kmod e2fsprogs debootstrap
packages_peers := crun runc umoci skopeo pigz isal docker-registry podman buildah

# Services are not started by an installation: nothing here needs one.
# Only asks the package manager for what dpkg does not have: no network where nothing is missing.
# Where there is no dpkg, packages are the user's affair.
define apt
command -v dpkg-query >/dev/null || exit 0; \
have=" $$(dpkg-query -W -f='$${db:Status-Status}=$${Package} ' $(1) 2>/dev/null)"; missing=; \
for p in $(1); do case $$have in *" installed=$$p "*) ;; *) missing="$$missing $$p" ;; esac; done; \
if [ -n "$$missing" ] && [ "$(DEPS)" != no ]; then \
	set -e; echo "apt-get install -y --no-install-recommends$$missing" >&2; \
	policy=/usr/sbin/policy-rc.d; if [ ! -e $$policy ]; then \
		trap "rm -f $$policy" EXIT; printf '#!/bin/sh\nexit 101\n' >$$policy; \
		chmod 755 $$policy; fi; \
	apt-get update -qq >&2; \
	DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends $$missing >&2; \
fi
endef

deps:
	@$(call apt,$(packages))
# What compiling waits for: nothing, where a compiler and the headers are there. Asked again when
# packages have changed.
$(B)/.deps: $(wildcard /var/lib/dpkg/status)
	@mkdir -p $(@D)
	@$(call apt,$(packages))
	@touch $@
deps-check: deps
	@$(call apt,$(packages_check))
deps-vm:
	@$(call apt,$(packages_vm))
deps-peers: deps-check
	@$(call apt,$(packages_peers))

# ---------------------------------------------------------------- images
# images/NAME/build makes images/NAME.tar.gz, which "container run NAME" finds there.
images := $(patsubst images/%/build,images/%.tar.gz,$(wildcard images/*/build))
packages_images/busybox := busybox-static
packages_images/debian := debootstrap
images: $(images)
images/%.tar.gz: images/%/build
	@$(call apt,$(packages_$(@:.tar.gz=)))
	$< $@

demo: all images/busybox.tar.gz
	./container run --rm busybox echo "hello from a container"

# ---------------------------------------------------------------- pages and completion
# What a verb takes stands in pipelines/VERB.options alone.
tables := $(wildcard pipelines/*.options)
completion := $(addprefix $(B)/completion/,container.bash _container container.fish)
all: $(completion)

# The lines of the tables, between quotes of a shell.
$(B)/completion/lines: $(B)/opt-print $(tables)
	@mkdir -p $(@D)
	$(B)/opt-print $(tables) | sed -e '/^unbuilt/d' -e "s/'/'\\\\''/g" >$@
put_lines = sed -e '/^@LINES@$$/{' -e 'r $(B)/completion/lines' -e 'd' -e '}' $<
$(B)/completion/_container: pipelines/container.zsh $(B)/completion/lines
	$(put_lines) >$@
$(B)/completion/container.%: pipelines/container.% $(B)/completion/lines
	$(put_lines) >$@

# Each page has, between two marks, what opt-print makes of the table named in the first.
.PHONY: pages
pages: $(B)/opt-print
	for page in pipelines/*.1; do \
		awk '/^\.\\" end of what opt-print made/ { skip = 0 } !skip { print } \
			/^\.\\" made by opt-print/ { skip = 1; system("$(B)/opt-print --form man " $$NF) }' \
			$$page >$$page.new && mv $$page.new $$page || exit 1; \
	done

# ---------------------------------------------------------------- checks
check: deps-check all
	tests/run
# Debian's own kernel and version 2 of cgroups alone; without QEMU it says so, and passes.
tests_vm ?= $(wildcard $(patsubst %,tests/%.t,cg-exec ns-exec mnt-kernel mnt-bind ovl-mount net-bridge \
	net-veth state-end run run-limits run-process run-files))
check-vm: all
	@tests/vm/run -- tests/run $(tests_vm) || \
		{ [ $$? = 77 ] && echo '0 passed, 0 failed: no virtual machine here'; }
# Everything once more with the sanitizers. Leaks are not looked for: that takes a process that may be
# traced, which ours are not.
check-san: deps-check
	$(MAKE) --no-print-directory B=build-san SANITIZE=1 all
	ASAN_OPTIONS=detect_leaks=0 TOOLS=$(CURDIR)/build-san tests/run
check-guards: deps-check
	tests/check-guards
# Every call of a start fails, with several errors each: about ten minutes.
check-fault: deps-check all
	TEST_TIMEOUT=1800 FAULT_OPTIONS=--complete tests/run tests/fault.t
check-scale: deps-check all
	SCALE=6 TEST_TIMEOUT=900 tests/run tests/scale.t
lint: deps-check
	tests/lint
bench: deps-check all
	@for bench in tests/bench/*; do [ ! -x "$$bench" ] || "$$bench" || exit 1; done

# What libFuzzer finds for tests/fuzz/NAME.c in that time; tests/fuzz/NAME/ has documents to begin with.
SECONDS ?= 60
fuzz-%: tests/fuzz/%.c | deps-check
	@mkdir -p $(B)/fuzz/$*
	clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -std=gnu17 -D_GNU_SOURCE \
		-DVERSION='"$(VERSION)"' -Ilib -o $(B)/fuzz/$*.bin $< $(wildcard $(fuzz_with_$*)) \
		$(call pkgs,$(fuzz_libs_$*))
	$(B)/fuzz/$*.bin -max_total_time=$(SECONDS) -detect_leaks=0 -rss_limit_mb=2048 $(fuzz_options_$*) \
		$(B)/fuzz/$* $(wildcard tests/fuzz/$*)
fuzz_with_seccomp-profile := lib/caps.c
fuzz_libs_seccomp-profile := libseccomp jansson
fuzz_options_seccomp-profile := -dict=tests/fuzz/seccomp-profile.dict -max_len=8192
fuzz_with_account-files := tools/priv-drop/passwd.c
fuzz_with_toml := lib/toml.c lib/visible.c
fuzz_options_toml := -max_len=4096
fuzz_with_unpack-records := $(addprefix tools/img-unpack/,writer.c tree.c whiteout.c) lib/root.c
fuzz_with_unpack-decode := tools/img-unpack/decode.c
fuzz_libs_unpack-decode := libisal libzstd liblzma -lbz2

# ---------------------------------------------------------------- installation
# The programs are called by absolute paths and not by people: they stay out of everybody's PATH.
programs_dir := $(LIBEXECDIR)/container-tools
pipelines_dir := $(programs_dir)/pipelines
pages = $(wildcard tools/*.1 tools/*/*.1 pipelines/container.1)
verbs = $(filter-out pipelines/container pipelines/container.% %.1 %.7,$(wildcard pipelines/*))
topics = $(wildcard pipelines/*.7)
# rm.1 is somebody else's: the page of "container rm" is container-rm(1).
verb_pages = $(filter-out pipelines/container.1,$(wildcard pipelines/*.1))

# Where archives are put that have become images by lying there.
images_dir := /var/lib/container-tools/images

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(pipelines_dir) $(DESTDIR)$(MANDIR)/man1
	install -m 755 $(tools:%=$(B)/%) $(DESTDIR)$(programs_dir)
	install -m 644 $(B)/seccomp-default.bpf $(DESTDIR)$(programs_dir)
	for verb in $(verbs); do mode=644; [ ! -x $$verb ] || mode=755; \
		install -m $$mode $$verb $(DESTDIR)$(pipelines_dir) || exit 1; done
	$(call front,$(pipelines_dir),$(programs_dir),$(images_dir)) >$(DESTDIR)$(PREFIX)/bin/container
	chmod 755 $(DESTDIR)$(PREFIX)/bin/container
	install -m 644 $(pages) $(DESTDIR)$(MANDIR)/man1
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man7 $(topics)
	for page in $(verb_pages); do \
		install -m 644 $$page $(DESTDIR)$(MANDIR)/man1/container-$${page##*/} || exit 1; done
	install -D -m 644 $(B)/completion/container.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/container
	install -D -m 644 $(B)/completion/_container \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_container
	install -D -m 644 $(B)/completion/container.fish \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/container.fish

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/container $(addprefix $(DESTDIR)$(MANDIR)/man1/,$(notdir $(pages)) \
		$(patsubst pipelines/%,container-%,$(verb_pages)))
	rm -f $(addprefix $(DESTDIR)$(MANDIR)/man7/,$(notdir $(topics)))
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/container \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_container \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/container.fish
	rm -rf $(DESTDIR)$(programs_dir)

clean:
	rm -rf build build-san container

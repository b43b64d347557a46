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
LIBS_img-unpack := libarchive libisal libcrypto zlib libzstd liblzma bzip2
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
ifneq ($(shell command -v musl-gcc),)
STATIC_CC ?= musl-gcc
static_flags := -idirafter /usr/include -idirafter /usr/include/$(shell $(CC) -print-multiarch)
else
STATIC_CC ?= $(CC)
static_flags :=
endif
dynamic_flags := -fPIE -D_FORTIFY_SOURCE=2

# SANITIZE=1: jobs with ASan and UBSan; links, which are static, with UBSan's traps.
ifeq ($(SANITIZE),1)
dynamic_flags := -fPIE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
static_flags += -fsanitize=undefined -fsanitize-undefined-trap-on-error
dynamic_link := -fsanitize=address,undefined
endif

.PHONY: all deps build-deps deps-check deps-peers demo check check-guards lint bench images install uninstall clean
.DELETE_ON_ERROR:
.SECONDARY:

all: $(tools:%=$(B)/%) $(B)/seccomp-default.bpf container

sources_of = $(if $(filter $(1),$(single)),tools/$(1).c,$(wildcard tools/$(1)/*.c))
pkgs = $(shell pkg-config --libs $(1))

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

$(B)/static/%.o: %.c | build-deps
	@mkdir -p $(@D)
	$(STATIC_CC) $(base) $(static_flags) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
$(B)/dynamic/%.o: %.c | build-deps
	@mkdir -p $(@D)
	$(CC) $(base) $(dynamic_flags) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# The default profile, inside the program that compiles it and compiled for the capabilities that
# containers have unless told otherwise.
$(B)/dynamic/tools/seccomp-compile/main.o: tools/seccomp-compile/default.json
$(B)/seccomp-default.bpf: $(B)/seccomp-compile
	$< --output $@

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# ---------------------------------------------------------------- what is needed
# Debian's names, in one line to read before it runs.
packages := gcc make pkg-config musl-tools linux-libc-dev libc6-dev libarchive-dev libisal-dev \
	libssl-dev libseccomp-dev libjansson-dev zlib1g-dev libzstd-dev liblzma-dev libbz2-dev \
	iproute2 nftables busybox-static
packages_check := strace util-linux bubblewrap mandoc shellcheck clang clang-format clang-tidy \
	cppcheck python3 debootstrap perl zstd xz-utils bzip2 iputils-ping attr libcap2-bin git
packages_peers := crun runc umoci skopeo pigz isal docker-registry podman buildah

# Services are not started by an installation: nothing here needs one.
# Only asks the package manager for what dpkg does not have: no network where nothing is missing.
define apt
missing=; for p in $(1); do dpkg -s "$$p" >/dev/null 2>&1 || missing="$$missing $$p"; done; \
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
# What compiling waits for: nothing, where a compiler and the headers are there.
build-deps:
	@$(call apt,$(packages))
deps-check: deps
	@$(call apt,$(packages_check))
deps-peers: deps-check
	@$(call apt,$(packages_peers))

clean:
	rm -rf build build-san container

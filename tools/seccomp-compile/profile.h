/* SPDX-License-Identifier: MIT */
#pragma once

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caps.h"

enum {
	PROFILE_SIZE_MAX = 1 << 20,
	RULE_ARGUMENTS_MAX = 6, /* a system call has no more */
	ARCHITECTURES_MAX = 16,
};

/* What a profile is compiled for: its includes and excludes ask for these. */
struct target {
	caps capabilities;
	uint32_t architecture; /* SCMP_ARCH_*, the machine's own */
	unsigned kernel; /* as kernel_version makes it */
};

#define kernel_version(major, minor) ((unsigned)(major) << 16 | (unsigned)(minor))

/* Rules and names live as long as the profile. */
struct rule {
	uint32_t action; /* SCMP_ACT_* with its number */
	const char **names;
	size_t name_count;
	struct scmp_arg_cmp arguments[RULE_ARGUMENTS_MAX];
	unsigned argument_count;
	bool applies; /* what includes and excludes say for the target */
};

struct profile {
	uint32_t default_action;
	uint32_t architectures[ARCHITECTURES_MAX]; /* beside the machine's own */
	size_t architecture_count;
	struct rule *rules;
	size_t rule_count;
};

/* Read a profile as Docker, Podman and the OCI runtime specification (config-linux.md,
 * "Seccomp") write it. TEXT is hostile: it is refused, by dying with the place and the
 * reason, if it is not JSON, has a field twice or one that is not known, a value of a
 * wrong type or out of its range, or a comparison, action, architecture, capability or
 * error name that does not exist. NAME is for the messages. */
struct profile *read_profile(
	const char *name, const char *text, size_t length, const struct target *target);

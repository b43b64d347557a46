/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cgroup.h"

/* Which device nodes the group may open and make: a list of what is allowed, all else is
 * denied. */

enum {
	RULES_MAX = 128,
	ANY = -1,
};

struct device_rule {
	char type; /* 'c', 'b', or 'a' for both */
	int64_t major, minor; /* or ANY */
	bool read, write, make; /* make: mknod(2) */
};

struct device_rules {
	struct device_rule list[RULES_MAX];
	int count;
};

/* Add TEXT, of the form of devices.allow: "c 1:3 rwm", "b *:* m", "a"; or PATH[:ACCESS]
 * of a device. Dies if it is neither. */
void add_device_rule(struct device_rules *rules, const char *text);

/* Add what Docker allows every container: null, zero, full, random, urandom, tty,
 * console, ptmx and the terminals; mknod of anything, which gives no access. */
void add_default_rules(struct device_rules *rules);

/* Put the rules in force for the group, which is open: by version 1's devices controller,
 * else by a BPF program on version 2's group. Dies, with the cause, if neither can. */
void limit_devices(const struct device_rules *rules, const struct hierarchies *all,
	const char *group);

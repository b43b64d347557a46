/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgroup.h"

/* What the options ask for, in the words of docker-run(1); each number's option is the
 * field's name. */

enum {
	THROTTLES = 4, /* the kinds: bytes and operations, read and written */
	THROTTLES_MAX = 32,
};

struct throttle {
	int kind; /* index of throttle_options */
	const char *value; /* "/dev/sda:1048576" */
};

/* Their options' names, without dashes, in the order of the kinds. */
extern const char *const throttle_options[THROTTLES];

struct limits {
	/* Text as given, NULL for none. */
	const char *memory, *memory_swap, *memory_reservation, *memory_swappiness;
	const char *cpus, *cpu_period, *cpu_quota, *cpu_shares, *cpuset_cpus,
		*cpuset_mems;
	const char *pids, *blkio_weight;
	struct throttle throttles[THROTTLES_MAX];
	int throttle_count;
};

/* One control file to write, in each version's form. */
struct setting {
	const char *option; /* for messages */
	const char *controller[2]; /* of version 1 and 2 */
	const char *file[2]; /* NULL: nothing to write in that version */
	char *text[2];
	bool optional; /* nothing is lost without the controller or the file */
	bool or_next; /* if the file is missing, the next setting does it */
};

enum {
	SETTINGS_MAX = 16 + THROTTLES_MAX
};

struct settings {
	struct setting list[SETTINGS_MAX];
	size_t count;
};

/* Check the limits, each and together, and say what to write. Dies on nonsense. */
void plan_limits(const struct limits *limits, struct settings *settings);

/* Write them to the groups, which are open. Dies, with the cause, where one cannot hold.
 */
void write_limits(const struct settings *settings, const struct hierarchies *all,
	const char *group);

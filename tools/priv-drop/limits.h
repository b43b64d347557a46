/* SPDX-License-Identifier: MIT */
#pragma once

#include <sys/resource.h>

struct limit {
	int resource;
	struct rlimit value;
	const char *text; /* as it was asked for */
};

/* Read NAME=SOFT[:HARD], with Docker's names (nofile, nproc, core, ...) and units (those
 * of setrlimit(2)); "unlimited" or -1 is no limit; without HARD it is as SOFT. Dies with
 * EXIT_TOOL on anything else. */
struct limit parse_limit(const char *text);

/* Set it for this process; dies on failure. */
void set_limit(const struct limit *limit);

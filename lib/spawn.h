/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "caps.h"

/* A program of the system's (ip, nft) that a job runs and waits for. */
struct spawn {
	const char *const *arguments; /* the program's name first, NULL last */
	const char *input; /* what it reads on its standard input; NULL: nothing */
	caps capabilities; /* what it has, of what the job has */
	int enter; /* the network namespace it runs in; -1: the job's */
	int pass; /* an fd that it gets as it is; -1: none */
};

/* Run it, found in the system's own directories whatever PATH says, without a shell, with
 * an environment of nothing but LC_ALL=C and a PATH, its standard output discarded. It
 * never has more capabilities than given here, although it runs as root: no_new_privs
 * holds an exec to what the process had. It dies with its parent. SAID (of SIZE bytes)
 * gets the first line of what it wrote on its standard error, or a word on how it ended.
 * Returns whether it ended with 0. Dies if it cannot be run. */
bool run_program(const struct spawn *spawn, char *said, size_t size);

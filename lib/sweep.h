/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "state.h"

/* What those left that were killed while they ran, made or removed a container. What is
 * found is said, a line each, and put in order, or with dry_run only said. */
struct sweep {
	const struct state *state;
	bool dry_run;
	int patience; /* milliseconds that a lock is waited for */
	unsigned found;
	unsigned failed; /* found, and could not be put in order: said too */
};

/* Look at container ID: if nobody holds its lock though it was not ended, it is ended as
 * killed, and removed if it was to be. */
void sweep_container(struct sweep *sweep, const char *id);

/* Look at the lock files, which is quick: few are there, and of those most are held. */
void sweep_locks(struct sweep *sweep);

/* Look at everything else too: containers whose locks a restart of the machine took,
 * half-made ones, names of none, what waits in the trash for its deletion. */
void sweep_rest(struct sweep *sweep);

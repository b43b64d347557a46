/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "state.h"

/* What a container is, as the list shows it. */
struct listed {
	char id[ID_LENGTH + 1];
	char *name;
	char *image;
	char *command;
	char *labels; /* NAME=VALUE, a line each */
	struct timespec created;
	struct timespec finished;
	int exit_code;
	const char *state; /* created, running, exited, dead: Docker's words */
};

/* All containers, the newest first; of those that have ended none unless ENDED. One that
 * is being removed meanwhile is left out. The memory stays until the process ends. */
struct listed *list_containers(const struct state *state, bool ended, size_t *count);

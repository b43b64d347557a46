/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "table.h"

/* An option that holds unless the command line says otherwise. */
struct preset {
	const char *word; /* --name=value */
	const char *from; /* where it stands, for messages about it */
	bool fallback; /* of a repeatable one: nothing if the command line gives any */
	size_t place; /* read_words's own */
};

/* Check WORDS (ending with NULL) against TABLE, and return SCRIPT and the canonical words
 * after it: "--name=value" for each option, those of COUNT PRESETS first, "--", the
 * operands. A request for help prints it and ends the process; what is wrong ends it with
 * EXIT_TOOL. */
char **read_words(const struct table *table, struct preset *presets, size_t count,
	char *script, char *const words[]);

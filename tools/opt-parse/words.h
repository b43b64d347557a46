/* SPDX-License-Identifier: MIT */
#pragma once

#include "table.h"

/* Check WORDS (ending with NULL) against TABLE, and return SCRIPT and the canonical words
 * after it: "--name=value" for each option, "--", the operands. A request for help prints
 * it and ends the process; what is wrong ends it with EXIT_TOOL. */
char **read_words(const struct table *table, char *script, char *const words[]);

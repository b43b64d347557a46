/* SPDX-License-Identifier: MIT */
#pragma once

#include "table.h"

/* The canonical form of TEXT as a value of OPTION: numbers decimal and without units
 * (sizes in bytes, durations in milliseconds or seconds), bools "true" or "false". NULL
 * if there is nothing to hand on: a NAME that is not in the environment. Dies with
 * EXIT_TOOL, saying what would be right. */
const char *read_value(const struct table_option *option, const char *text);

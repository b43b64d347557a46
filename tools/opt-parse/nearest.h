/* SPDX-License-Identifier: MIT */
#pragma once

#include "table.h"

/* The name of the option of TABLE that somebody who wrote NAME most likely meant, or NULL
 * if none is like it. */
const char *nearest_option(const struct table *table, const char *name);

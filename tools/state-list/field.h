/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <time.h>

#include "list.h"
#include "listing.h"

/* How the fields are shown: whole, or cut as in Docker's table; times from NOW. */
struct shown {
	bool whole;
	time_t now;
};

/* The fields of a struct listed, shown as a struct shown says. */
extern const struct columns columns;

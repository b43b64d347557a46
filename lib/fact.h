/* SPDX-License-Identifier: MIT */
#pragma once

#include "listing.h"

/* A line of "container info": what several jobs print in one form. */
struct fact {
	const char *group; /* "kernel", "settings" */
	const char *name;
	const char *value;
	const char *source; /* which file says so, or "" */
};

/* The fields Group, Name, Value and Source of a struct fact. */
extern const struct columns fact_columns;

/* SPDX-License-Identifier: MIT */
#pragma once

#include "field.h"

/* How the list is written: the part of Go's templates that lists of containers are asked
 * with. TEXT is "{{.Field}}" among other characters, with \t and \n for a tab and a new
 * line; with "table " before it, columns are aligned under titles. Dies if it is of any
 * other form. */
struct part {
	char *literal; /* or NULL: */
	enum field field;
};

struct template
{
	bool table;
	struct part *parts;
	size_t count;
};

struct template parse_template(const char *text);

/* All containers, a line each. */
void put_lines(const struct template *template, const struct listed *all, size_t count,
	bool whole, time_t now);

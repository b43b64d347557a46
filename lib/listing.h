/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>
#include <time.h>

/* Lists in Docker's forms: a table, a template of fields, or JSON. A tool says what
 * fields its rows have and what a field of a row says; everything else is here. */

struct columns {
	size_t count;
	const char *const *names; /* as in {{.RunningFor}} */
	const char *const *titles; /* as above a column */
	const char *table; /* the template that "table" alone stands for */
	/* What field COLUMN of ROW says, in memory that is freed afterwards. It may be
	 * anything: it is made visible where that is needed. HOW is the tool's own. */
	char *(*text)(const void *row, size_t column, const void *how);
};

struct form {
	const struct columns *columns;
	enum {
		FORM_LINES,
		FORM_TABLE,
		FORM_JSON
	} kind;
	struct part *parts;
	size_t count;
};

/* The part of Go's templates that lists are asked with. TEXT is "json", "table", or
 * "{{.Field}}" among other characters, with \t and \n for a tab and a new line; with
 * "table " before it, columns are aligned under titles. Dies if it is of any other form.
 */
struct form parse_form(const struct columns *columns, const char *text);

/* Write COUNT rows of SIZE bytes each to standard output, a line each, and flush it. Dies
 * if that fails. */
void put_rows(const struct form *form, const void *rows, size_t count, size_t size,
	const void *how);

/* How long, as Docker says it: "2 hours", "About a minute". */
void put_duration(FILE *out, time_t seconds);

/* When: "2026-11-25 03:06:25 +0000 UTC". */
void put_date(FILE *out, time_t seconds);

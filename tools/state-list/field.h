/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "list.h"

/* The fields of a line, with Docker's names and contents. */
enum field {
	FIELD_COMMAND,
	FIELD_CREATED_AT,
	FIELD_ID,
	FIELD_IMAGE,
	FIELD_LABELS,
	FIELD_NAMES,
	FIELD_PORTS,
	FIELD_RUNNING_FOR,
	FIELD_STATE,
	FIELD_STATUS,
	FIELDS,
};

extern const char *const field_names[FIELDS]; /* as in {{.RunningFor}} */
extern const char *const field_titles[FIELDS]; /* as above a column */

/* What FIELD of the container says at the time NOW, whole with WHOLE, else cut as in
 * Docker's table. The memory is the caller's to free. It may still contain anything, but
 * for commands, which are quoted. */
char *field_text(const struct listed *one, enum field field, bool whole, time_t now);

/* Write TEXT to OUT so that a terminal shows it and does not obey it: control characters,
 * characters that change the direction of writing and what is not UTF-8 as \xNN or
 * \uNNNN. With QUOTED in double quotes. Returns how many columns it takes, one a
 * character. */
size_t put_visible(FILE *out, const char *text, bool quoted);

/* Write TEXT as a JSON string. What is not UTF-8 becomes U+FFFD. */
void put_json_string(FILE *out, const char *text);

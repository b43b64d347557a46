/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A reader for the part of TOML 1.0 that configuration files of this kind use: tables,
 * dotted and quoted keys, strings of one line (basic and literal), integers, booleans,
 * arrays, inline tables, comments. What else TOML has (dates, floats, strings of several
 * lines, arrays of tables) is refused by name, never misread. Text may be anybody's:
 * depth and numbers are limited. */

enum toml_type {
	TOML_STRING,
	TOML_INTEGER,
	TOML_BOOLEAN,
	TOML_ARRAY,
	TOML_TABLE, /* an inline one: {a = 1} */
};

struct toml_value {
	enum toml_type type;
	unsigned line;
	char *text; /* of a string: UTF-8 without NUL */
	int64_t integer; /* also of a boolean: 0 or 1 */
	struct toml_entry *items; /* of an array (without keys) or a table */
	size_t count;
};

struct toml_entry {
	char *key; /* the whole one, tables first: "containers.env" */
	struct toml_value value;
};

/* Read TEXT, which ends with a NUL at LENGTH, as that of the file NAME: a table of all
 * that is in it, in order. Dies, naming file and line, if it is ill-formed or a key is
 * there twice. The memory stays until the process ends. */
struct toml_value read_toml(const char *name, const char *text, size_t length);

/* What such a value is called: "a string". */
const char *toml_type_name(enum toml_type type);

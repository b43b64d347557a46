/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Option tables: one file a verb, pipelines/VERB.options, from which its command line is
 * checked and its help, its page and its completion are made. Their form is described in
 * opt-parse(1), TABLES. */

enum value_type {
	VALUE_BOOL, /* no argument; --name=false is possible */
	VALUE_TEXT, /* anything, the empty word too */
	VALUE_WORD, /* anything but the empty word */
	VALUE_NAME, /* letters, digits, "_", "." and "-" */
	VALUE_PATH,
	VALUE_ENV, /* NAME=VALUE, or NAME for the value it has here */
	VALUE_INT,
	VALUE_SIZE, /* bytes */
	VALUE_DECIMAL,
	VALUE_DURATION, /* 1h2m3s */
	VALUE_SECONDS, /* 90, or 1m30s */
	VALUE_IP4,
	VALUE_IP6,
	VALUE_IP,
	VALUE_LIKE, /* what a shell pattern matches */
	VALUE_CHOICE, /* a|b|c:* */
};

struct table_option {
	char letter; /* or NUL */
	const char *name; /* without the dashes */
	const char *also; /* a second name, or NULL */
	const char *argument; /* how the help calls the value; NULL for a bool */
	enum value_type type;
	bool repeatable;
	const char *limits; /* of a number: "-1,4..100"; pattern; choices; else NULL */
	const char *group;
	const char *help;
	const char *unbuilt; /* why it is known but refused, or NULL */
};

struct table {
	const char *verb; /* as people type it: "container run" */
	const char *purpose;
	const char *usage; /* what follows the verb */
	size_t least, most; /* how many operands; most is SIZE_MAX for any number */
	const char *operands; /* their kinds, in order, separated by blanks */
	bool anywhere; /* options may stand after operands */
	struct table_option *options;
	size_t count;
};

/* Read the table in FILE. Dies with EXIT_TOOL if it cannot be read or is not of the form,
 * naming the line. The memory stays until the process ends. */
struct table read_table(const char *file);

/* The help of a verb on standard output, in the groups of its table. */
void print_table_help(const struct table *table);

/* Limits and choices as people read them: "-1, or 4 to 100"; "none, host". The string is
 * the caller's to free. */
char *limits_in_words(const char *limits);
char *choices_in_words(const char *choices);

/* "-e, --env NAME[=VALUE]", into TEXT, cut to SIZE. */
void format_option(const struct table_option *option, char *text, size_t size);

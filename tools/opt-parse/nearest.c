/* SPDX-License-Identifier: MIT */
#include "nearest.h"

#include <stdint.h>
#include <string.h>

enum {
	NAME_MAX_HERE = 40, /* no option's name is longer */
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many characters must be put in, left out, changed, or swapped with their neighbour
 * to make B of A: the optimal string alignment distance, by three rows of its table. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][NAME_MAX_HERE + 1];
	size_t a_length = strlen(a), b_length = strlen(b);
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	if (a_length > NAME_MAX_HERE || b_length > NAME_MAX_HERE)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *spare = before;

		before = above;
		above = row;
		row = spare;
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			bool same = a[i - 1] == b[j - 1];

			row[j] = least(
				least(above[j], row[j - 1]) + 1, above[j - 1] + !same);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return row[b_length];
}

/* How far NAME is from the name of OPTION: 1 if it is that, more if it is less like it,
 * 0 if it is nothing like it. */
static size_t compare(const struct table_option *option, const char *name)
{
	size_t length = strlen(name), far = distance(name, option->name);

	/* Somebody who breaks off, as other parsers allow, is close too. */
	if (length > 2 && !strncmp(option->name, name, length))
		return 2;
	/* Of the letters a third may be wrong; more is another word. */
	return far <= length / 3 ? far + 1 : 0;
}

const char *nearest_option(const struct table *table, const char *name)
{
	const struct table_option *found = NULL;
	size_t best = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct table_option *option = &table->options[i];
		size_t far = compare(option, name);

		if (!far || (found && far > best))
			continue;
		/* As good as the one found: the shorter is the simpler guess. */
		if (found && far == best && strlen(option->name) >= strlen(found->name))
			continue;
		best = far;
		found = option;
	}
	return found ? found->name : NULL;
}
